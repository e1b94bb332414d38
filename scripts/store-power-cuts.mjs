// @ts-check
// npm run store:power-cuts: an ext4 whose power is cut while a gateway writes to it; nothing reported as stored is lost.
import { readCommandLine } from './lib/command-line.mjs';
import { report } from './lib/report.mjs';
import { whyNoMounts } from './store/mounts.mjs';
import { runPowerCuts } from './store/power-cuts.mjs';
import { Random, seedOf } from './store/random.mjs';
import { resultText } from './store/rounds.mjs';
import { onStage } from './store/stage.mjs';

const { values, refuse } = readCommandLine({
  command: 'npm run store:power-cuts',
  about:
    'Cuts the power of an ext4 (on a loop device, EXT4_IOC_SHUTDOWN) at random moments while a gateway stores on it, and reads back what came. Needs root, Linux, cc and mkfs.ext4.',
  options: {
    rounds: { type: 'string', value: 'N', default: '100', help: 'how many cuts' },
    seed: { type: 'string', value: 'N', help: 'repeats the moments of an earlier run (default: the time)' },
    rate: { type: 'string', value: 'N', default: '500', help: 'messages a second' },
    'store-after': {
      type: 'string',
      choices: ['0', '1000'],
      default: '0',
      help: 'storeAfterMs of telemetry',
    },
    'without-sync': {
      type: 'boolean',
      default: false,
      help: 'the control: with syncs that do nothing messages must be missing, else this test shows nothing',
    },
  },
  more: 'It ends with 1 where it found a problem; with --without-sync, where it found none.',
});

const why = await whyNoMounts();
if (why !== undefined) refuse(`it cannot be done here: ${why}`);
const seed = seedOf(values.seed);
report(`seed ${seed}`);
await onStage('power-cuts', async ({ cluster }) => {
  const result = await runPowerCuts({
    cluster,
    rounds: Number(values.rounds),
    rate: Number(values.rate),
    storeAfterMs: Number(values['store-after']),
    random: new Random(seed),
    withoutSync: values['without-sync'],
    say: report,
  });
  console.log(resultText(result));
  return result.problems.length > 0 === values['without-sync'];
});
