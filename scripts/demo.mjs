// @ts-check
// npm run demo [-- --bootstrap host:port] [--config file.json]: set-up without Kafka and Java, build, examples/demo.
// npm run demo -- --outage [--kafka]: an outage, second by second.
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { readCommandLine } from './lib/command-line.mjs';
import { buildIfStale, compile } from './lib/build.mjs';
import { projectRoot } from './lib/project.mjs';
import { report } from './lib/report.mjs';
import { runVisibly } from './lib/run.mjs';
import { setUp } from './setup/index.mjs';

const { values, refuse } = readCommandLine({
  command: 'npm run demo',
  about:
    'Runs a small plant against a Kafka: measured values go up, commands come down, and in the middle the Kafka is away for some seconds. examples/demo is its code.',
  options: {
    bootstrap: {
      type: 'string',
      value: 'HOST:PORT',
      help: 'a Kafka that runs, without an outage (default: an embedded broker)',
    },
    config: {
      type: 'string',
      value: 'FILE',
      place: 'read',
      help: "a configuration document instead of the demo's own",
    },
    seconds: { type: 'string', value: 'N', help: 'how long the plant runs, 1 to 45 (default: 15)' },
    outage: {
      type: 'boolean',
      default: false,
      help: 'an outage instead, second by second: a proxy cuts the broker off',
    },
    kafka: {
      type: 'boolean',
      default: false,
      help: 'with --outage: Apache Kafka, which is killed and started again',
    },
  },
});
const { outage, kafka, ...ofThePlant } = values;
if (kafka && !outage) refuse('--kafka goes with --outage; --bootstrap takes a Kafka that runs');
if (outage && Object.keys(ofThePlant).length > 0) refuse('--outage takes --kafka only');
await setUp({ kafka });
report('building');
const built = (await buildIfStale()) && (await compile('tsconfig.examples.json'));
if (!built) {
  console.error('demo: the project does not compile; see above.');
  process.exit(1);
}
report('demo');
process.exitCode = outage ? await showAnOutage() : await runThePlant();

async function runThePlant() {
  const main = path.join(projectRoot, '.tmp/examples/demo/main.js');
  return runVisibly(process.execPath, [main, ...process.argv.slice(2)]);
}

async function showAnOutage() {
  // They need what was built just now.
  const { embeddedBroker, realBroker } = await import('./demo/brokers.mjs');
  const { showOutage } = await import('./demo/outage.mjs');
  const folder = await mkdtemp(path.join(os.tmpdir(), 'northward-demo-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));
  const broker = await (kafka ? realBroker() : embeddedBroker());
  try {
    return (await showOutage(broker, folder, console.log)) ? 0 : 1;
  } catch (error) {
    console.error(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  } finally {
    await broker.stop();
  }
}
