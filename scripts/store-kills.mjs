// @ts-check
// npm run store:kills: gateways that are killed at random moments while they publish; nothing that they promised is lost.
import path from 'node:path';
import { readCommandLine } from './lib/command-line.mjs';
import { report } from './lib/report.mjs';
import { Random, seedOf } from './store/random.mjs';
import { killed, resultText, runRounds } from './store/rounds.mjs';
import { SMALL_QUEUE, topicsOf } from './store/setting.mjs';
import { onStage } from './store/stage.mjs';

const { values } = readCommandLine({
  command: 'npm run store:kills',
  about:
    'Kills a publishing gateway (kill -9) again and again at random moments, in outages too, starts it again on the same folder, and reads back what came.',
  options: {
    rounds: { type: 'string', value: 'N', default: '100', help: 'how many kills for each storeAfterMs' },
    seed: { type: 'string', value: 'N', help: 'repeats the moments of an earlier run (default: the time)' },
    rate: { type: 'string', value: 'N', default: '1000', help: 'messages a second' },
    'store-after': {
      type: 'string',
      choices: ['0', '1000', 'both'],
      default: 'both',
      help: 'storeAfterMs of telemetry',
    },
    'without-store': {
      type: 'boolean',
      default: false,
      help: 'the control: without a store messages must be missing, else this test shows nothing',
    },
  },
  more: 'It ends with 1 where it found a problem; with --without-store, where it found none.',
});

const seed = seedOf(values.seed);
const series = values['store-after'] === 'both' ? [0, 1000] : [Number(values['store-after'])];
await onStage('kills', async ({ cluster, folder }) => {
  let problems = 0;
  for (const storeAfterMs of series) {
    report(`storeAfterMs ${storeAfterMs}, seed ${seed}`);
    const result = await runRounds({
      cluster,
      setting: {
        topics: topicsOf(`kills-${storeAfterMs}`),
        folder: path.join(folder, String(storeAfterMs)),
        storeAfterMs,
        uplink: { queue: SMALL_QUEUE, ...(values['without-store'] ? { store: undefined } : {}) },
      },
      rounds: Number(values.rounds),
      rate: Number(values.rate),
      random: new Random(seed),
      outages: { begins: 0.4, ends: 0.5, killed: 0.4 },
      end: killed,
      say: report,
    });
    problems += result.problems.length;
    console.log(resultText(result));
  }
  return problems > 0 === values['without-store'];
});
