// @ts-check
// npm run demo [-- --bootstrap host:port] [--config file.json]: set-up without Kafka and Java, build, examples/demo.
import path from 'node:path';
import { readCommandLine } from './lib/command-line.mjs';
import { buildIfStale, compile } from './lib/build.mjs';
import { projectRoot } from './lib/project.mjs';
import { report } from './lib/report.mjs';
import { runVisibly } from './lib/run.mjs';
import { setUp } from './setup/index.mjs';

readCommandLine({
  command: 'npm run demo',
  about:
    'Runs a small plant against a Kafka: measured values go up, commands come down, and in the middle the Kafka is away for some seconds. examples/demo is its code.',
  options: {
    bootstrap: {
      type: 'string',
      value: 'HOST:PORT',
      help: 'a Kafka that runs, without an outage (default: an embedded broker)',
    },
    config: { type: 'string', value: 'FILE', help: "a configuration document instead of the demo's own" },
    seconds: { type: 'string', value: 'N', help: 'how long the plant runs, 1 to 45 (default: 15)' },
  },
});
await setUp({ kafka: false });
report('building');
const built = (await buildIfStale()) && (await compile('tsconfig.examples.json'));
if (!built) {
  console.error('demo: the project does not compile; see above.');
  process.exit(1);
}
report('demo');
const main = path.join(projectRoot, '.tmp/examples/demo/main.js');
process.exitCode = await runVisibly(process.execPath, [main, ...process.argv.slice(2)]);
