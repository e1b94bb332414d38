// @ts-check
// npm run store:backlog: millions of messages on disk; how long a start takes, how much memory, what becomes of the disk.
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { startCluster } from './kafka/cluster.mjs';
import { buildIfStale } from './lib/build.mjs';
import { readCommandLine } from './lib/command-line.mjs';
import { report } from './lib/report.mjs';
import { backlogText, runBacklog } from './store/backlog.mjs';
import { topicsOf } from './store/setting.mjs';

const { values } = readCommandLine({
  command: 'npm run store:backlog',
  about:
    'Fills a store while no broker is there, starts a gateway on it, hands everything over, and prints times, memory and disk.',
  options: {
    records: { type: 'string', value: 'N', default: '5000000', help: 'how many messages' },
    'rss-mb': { type: 'string', value: 'N', default: '250', help: 'most memory, in MB' },
  },
  more: 'It ends with 1 where a message is missing, twice or out of order, or where it takes more memory.',
});

if (!(await buildIfStale())) process.exit(1);
const cluster = await startCluster();
const folder = await mkdtemp(path.join(os.tmpdir(), 'northward-backlog-'));
let good = false;
try {
  const result = await runBacklog({
    cluster,
    setting: {
      topics: topicsOf('backlog'),
      folder,
      storeAfterMs: 1000,
      store: { maxBytes: 8 * 2 ** 30 },
    },
    records: Number(values.records),
    say: report,
  });
  console.log(backlogText(result));
  const most = Math.max(result.fillRssMb, result.startRssMb, result.drainRssMb);
  good = result.problems.length === 0 && most <= Number(values['rss-mb']);
  if (most > Number(values['rss-mb'])) console.log(`PROBLEM ${most} MB are more than ${values['rss-mb']}`);
} finally {
  await cluster.stop();
  await rm(folder, { recursive: true, force: true });
}
process.exit(good ? 0 : 1);
