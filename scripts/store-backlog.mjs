// @ts-check
// npm run store:backlog: millions of messages on disk; how long a start takes, how much memory, what becomes of the disk.
import { readCommandLine } from './lib/command-line.mjs';
import { report } from './lib/report.mjs';
import { backlogText, runBacklog } from './store/backlog.mjs';
import { topicsOf } from './store/setting.mjs';
import { onStage } from './store/stage.mjs';

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

await onStage('backlog', async ({ cluster, folder }) => {
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
  if (most > Number(values['rss-mb'])) console.log(`PROBLEM ${most} MB are more than ${values['rss-mb']}`);
  return result.problems.length === 0 && most <= Number(values['rss-mb']);
});
