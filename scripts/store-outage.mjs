// @ts-check
// npm run store:outage: a real broker is killed while a gateway publishes, and started again; what arrives, in which order, how fast.
import path from 'node:path';
import { readCommandLine } from './lib/command-line.mjs';
import { report } from './lib/report.mjs';
import { outageText, runOutage } from './store/outage.mjs';
import { topicsOf } from './store/setting.mjs';
import { onStage } from './store/stage.mjs';

const { values, refuse } = readCommandLine({
  command: 'npm run store:outage',
  about:
    'Kills the broker while a gateway publishes, starts it again, and prints what arrived, how long the replay took, latencies and memory.',
  options: {
    seconds: { type: 'string', value: 'N', default: '60', help: 'how long the broker is away' },
    rate: { type: 'string', value: 'N', default: '2000', help: 'messages a second' },
    order: {
      type: 'string',
      choices: ['per_key', 'live_first', 'both'],
      default: 'both',
      help: 'uplink.store.replay.order; both: one after the other',
    },
    share: { type: 'string', value: 'PART', default: '0.25', help: 'uplink.store.replay.share' },
    'store-after': {
      type: 'string',
      choices: ['0', '1000'],
      default: '1000',
      help: 'storeAfterMs of telemetry',
    },
  },
  more: 'It ends with 1 where a message is missing, twice without a reason, or out of order.',
});

if (!(Number(values.share) >= 0.01 && Number(values.share) <= 1)) {
  refuse(`--share takes a number from 0.01 to 1; found "${values.share}"`);
}
/** @type {readonly ('per_key' | 'live_first')[]} */
const all = ['per_key', 'live_first'];
const orders = all.filter((order) => values.order === 'both' || values.order === order);
await onStage('outage', async ({ cluster, folder }) => {
  let problems = 0;
  for (const order of orders) {
    report(`${order}, ${values.seconds} s`);
    const result = await runOutage({
      cluster,
      setting: {
        topics: topicsOf(`outage-${order.replace('_', '-')}`),
        folder: path.join(folder, order),
        storeAfterMs: Number(values['store-after']),
      },
      seconds: Number(values.seconds),
      rate: Number(values.rate),
      order,
      share: Number(values.share),
      how: 'killed',
      usualMs: 5_000,
      say: report,
    });
    problems += result.problems.length;
    console.log(outageText(result));
  }
  return problems === 0;
});
