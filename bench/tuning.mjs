// npm run bench:tuning: what single settings of the producer cost or bring, on real Kafka. Each is compared with the
// defaults measured right before it.
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { buildIfStale } from '../scripts/lib/build.mjs';
import { readCommandLine } from '../scripts/lib/command-line.mjs';
import { endForSetup } from '../scripts/lib/report.mjs';
import { startCluster } from '../scripts/kafka/cluster.mjs';
import { measure, median } from './measure.mjs';

const { values } = readCommandLine({
  command: 'npm run bench:tuning',
  about:
    'Measures what single settings of the producer cost or bring, on real Kafka, each beside the defaults.',
  options: {
    messages: { type: 'string', value: 'N', default: '100000', help: 'messages of one measurement' },
    rounds: { type: 'string', value: 'N', default: '3', help: 'measurements of each setting' },
  },
});
if (!(await buildIfStale())) process.exit(1);

const DEFAULT_WINDOW = 2_000;

/** Name → producer settings, or how many messages are in flight, or headers. */
const CASES = {
  'one in flight (await each)': { window: 1, messages: 2_000 },
  '100 in flight': { window: 100 },
  '500 in flight': { window: 500 },
  '8,000 in flight': { window: 8_000 },
  'lingerMs 0': { producer: { lingerMs: 0 } },
  'lingerMs 50': { producer: { lingerMs: 50 } },
  'lingerMs 0, 100 in flight': { window: 100, producer: { lingerMs: 0 } },
  'acks one': { producer: { acks: 'one', enableIdempotence: false } },
  'acks none': { producer: { acks: 'none', enableIdempotence: false } },
  'without idempotence': { producer: { enableIdempotence: false } },
  'compression none': { producer: { compression: 'none' } },
  'compression gzip': { producer: { compression: 'gzip' } },
  'compression snappy': { producer: { compression: 'snappy' } },
  'compression zstd': { producer: { compression: 'zstd' } },
  'zstd, lingerMs 50': { producer: { compression: 'zstd', lingerMs: 50 } },
  'no headers': { headers: 'none' },
};

const cluster = await startCluster({ autoCreateTopics: true }).catch(endForSetup);

/** Bytes that a topic has on the disk of the only node. */
async function bytesOf(topic) {
  const folder = path.join(cluster.node(1).dataFolder, `${topic}-0`);
  const segments = (await readdir(folder)).filter((name) => name.endsWith('.log'));
  const sizes = await Promise.all(segments.map((name) => stat(path.join(folder, name))));
  return sizes.reduce((sum, { size }) => sum + size, 0);
}

let topics = 0;
async function run({ window = DEFAULT_WINDOW, messages = values.messages, producer = {}, headers = 'all' }) {
  topics += 1;
  const topic = `tuning.${topics}`;
  const bootstrap = cluster.bootstrapServers;
  const options = { bootstrap, topic, window, messages, headers, producer: JSON.stringify(producer) };
  const result = await measure({ ...options, variant: 'publish' });
  // The worker warms up with as many as a fifth.
  const all = Number(messages) + Math.min(20_000, Math.ceil(Number(messages) / 5));
  return { ...result, bytes: (await bytesOf(topic)) / all };
}

function print(name, results, ratio) {
  const of = (key) => median(results.map((result) => result[key]));
  const columns = [
    name.padEnd(28),
    `${(of('rate') / 1000).toFixed(1)} k msg/s`.padStart(16),
    `ratio ${ratio.toFixed(2)}`.padStart(12),
    `${of('cpuSecondsPerMillion').toFixed(1)} CPU-s/M`.padStart(16),
    `${of('bytes').toFixed(0)} bytes on disk`.padStart(20),
  ];
  console.log(columns.join(''));
}

try {
  const defaults = [];
  for (const [name, options] of Object.entries(CASES)) {
    const results = [];
    const ratios = [];
    for (let round = 0; round < Number(values.rounds); round += 1) {
      const usual = await run({});
      const result = await run(options);
      defaults.push(usual);
      results.push(result);
      ratios.push(result.rate / usual.rate);
    }
    print(name, results, median(ratios));
  }
  print('defaults', defaults, 1);
} finally {
  await cluster.stop();
}
