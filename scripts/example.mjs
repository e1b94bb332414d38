// @ts-check
// npm run example -- NAME [--bootstrap host:port]: set-up, build, then examples/NAME.ts. Without NAME: their list.
// Those of `SECURED` get a Kafka of their own, since the embedded one has no TLS.
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startSecuredKafka } from './kafka/secured.mjs';
import { buildIfStale, compile } from './lib/build.mjs';
import { projectRoot } from './lib/project.mjs';
import { report } from './lib/report.mjs';
import { runVisibly } from './lib/run.mjs';
import { setUp } from './setup/index.mjs';

const SECURED = ['tls-scram'];

const files = await readdir(path.join(projectRoot, 'examples'));
const names = files.filter((file) => file.endsWith('.ts')).map((file) => path.basename(file, '.ts'));

/**
 * @param {string} [problem]
 * @returns {never}
 */
function usage(problem) {
  if (problem !== undefined) console.error(`example: ${problem}\n`);
  console.log(`npm run example -- NAME [--bootstrap host:port]\n\nNAME is one of:\n  ${names.join('\n  ')}`);
  process.exit(problem === undefined ? 0 : 2);
}

function readArguments() {
  try {
    return parseArgs({ options: { bootstrap: { type: 'string' } }, allowPositionals: true });
  } catch (error) {
    usage(error instanceof Error ? error.message : String(error));
  }
}

const { values, positionals } = readArguments();
const [name] = positionals;
if (name === undefined) usage();
if (!names.includes(name)) usage(`there is no examples/${name}.ts`);

const bootstrap = values.bootstrap ?? process.env['KAFKA_BOOTSTRAP'];
const secured = SECURED.includes(name) && bootstrap === undefined;
await setUp({ kafka: secured });
report('building');
if (!((await buildIfStale()) && (await compile('tsconfig.examples.json')))) {
  console.error('example: the project does not compile; see above.');
  process.exit(1);
}
if (secured) report('starting a Kafka with TLS and SCRAM');
const kafka = secured ? await startSecuredKafka() : undefined;
const given = bootstrap === undefined ? {} : { KAFKA_BOOTSTRAP: bootstrap };
// Ctrl-C reaches the example too: it ends when it is ready, and so does this.
process.on('SIGINT', () => {});
report(`examples/${name}.ts`);
const program = path.join(projectRoot, `.tmp/examples/${name}.js`);
process.exitCode = await runVisibly(process.execPath, [program], { env: kafka?.variables ?? given });
await kafka?.stop();
