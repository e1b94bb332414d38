// @ts-check
// npm run example -- NAME [--bootstrap host:port]: set-up, build, then examples/NAME.ts. Without NAME: their list.
// Those of `SECURED` get a Kafka of their own, since the embedded one has no TLS.
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { startSecuredKafka } from './kafka/secured.mjs';
import { buildIfStale, compile } from './lib/build.mjs';
import { readCommandLine } from './lib/command-line.mjs';
import { projectRoot } from './lib/project.mjs';
import { report } from './lib/report.mjs';
import { runVisibly } from './lib/run.mjs';
import { setUp } from './setup/index.mjs';

const SECURED = ['tls-scram'];

const files = await readdir(path.join(projectRoot, 'examples'));
const names = files.filter((file) => file.endsWith('.ts')).map((file) => path.basename(file, '.ts'));

const {
  values,
  positionals: [name = ''],
  refuse,
  showHelp,
} = readCommandLine({
  command: 'npm run example',
  about: 'Runs examples/NAME.ts, on an embedded broker where no other is given. Without NAME: this text.',
  options: {
    bootstrap: { type: 'string', value: 'HOST:PORT', help: 'a Kafka that runs' },
  },
  positionals: '[NAME]',
  more: `NAME is one of:\n  ${names.join('\n  ')}`,
});
if (name === '') showHelp();
if (!names.includes(name)) refuse(`there is no examples/${name}.ts`);

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
