// @ts-check
// npm test: set-up, then every suite: unit, contract, embedded broker and real Kafka. Arguments go to vitest.
import path from 'node:path';
import { readPassedOn } from './lib/command-line.mjs';
import { projectRoot } from './lib/project.mjs';
import { runVisibly } from './lib/run.mjs';
import { setUp } from './setup/index.mjs';

const { args } = readPassedOn({
  command: 'npm test',
  about: 'Puts in place what the tests need, then runs every suite. Arguments go to vitest.',
  options: {},
  more: '"npx vitest --help" lists the options of vitest.',
});
// With KAFKA_BOOTSTRAP too: the tests read back with the console consumer from Kafka's jars.
await setUp({ kafka: true });
const vitest = path.join(projectRoot, 'node_modules/vitest/vitest.mjs');
process.exitCode = await runVisibly(process.execPath, [vitest, 'run', ...args], {
  cwd: projectRoot,
});
