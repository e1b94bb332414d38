// @ts-check
// npm run chaos: gateways on three brokers, and everything fails again and again; then all of it is read back and judged.
import { rmSync } from 'node:fs';
import { appendFile, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Brokers } from './chaos/brokers.mjs';
import { idOf, readHeld, judgeRound } from './chaos/judged.mjs';
import { playRound, removeTopics } from './chaos/round.mjs';
import { campaignText, countsOf, summed } from './chaos/campaign.mjs';
import { timelineOf, timelineSvg } from './chaos/timeline.mjs';
import { buildIfStale } from './lib/build.mjs';
import { readCommandLine } from './lib/command-line.mjs';
import { endForSetup, report } from './lib/report.mjs';
import { whyNoMounts } from './store/mounts.mjs';
import { preloadLibrary } from './store/native.mjs';
import { seedOf } from './store/random.mjs';

const { values } = readCommandLine({
  command: 'npm run chaos',
  about:
    'Four gateways publish and execute commands on three real brokers. Brokers and gateways are killed, links stall, disks fill up, clocks jump, topics change. Then everything is read back: is anything lost, doubled or out of order?',
  options: {
    rounds: { type: 'string', value: 'N', default: '1', help: 'how many; each takes about two minutes' },
    seed: {
      type: 'string',
      value: 'N',
      help: 'repeats the faults of an earlier run; each further round has the next seed (default: the time)',
    },
    seconds: { type: 'string', value: 'N', default: '75', help: 'how long faults happen in a round' },
    without: {
      type: 'string',
      multiple: true,
      choices: ['broker', 'gateway', 'link', 'disk', 'clock', 'topic'],
      help: 'leaves out a kind of fault; may be given more than once',
    },
    out: {
      type: 'string',
      value: 'FILE',
      place: 'write',
      help: 'adds a line of JSON for each round to this file',
    },
    keep: {
      type: 'string',
      value: 'FOLDER',
      place: 'folder',
      help: 'what was judged in rounds with a problem is put there',
    },
    svg: { type: 'string', value: 'FILE', place: 'write', help: 'draws the last round' },
  },
  more: 'It ends with 1 where it found a problem.',
});

/** What this machine cannot do is left out, and said. */
async function abilities() {
  const noDisks = await whyNoMounts();
  if (noDisks !== undefined) report(`disks are never full: ${noDisks}`);
  const clock = await preloadLibrary(folder, 'clock').catch((error) => {
    report(`clocks do not jump: ${error.message}`);
    return undefined;
  });
  return { ownDisks: noDisks === undefined, clock };
}

/** @param {string} where @param {number} seed @param {unknown} judged */
async function keep(where, seed, judged) {
  await mkdir(where, { recursive: true });
  const file = path.join(where, `chaos-${seed}.json`);
  await writeFile(
    file,
    JSON.stringify(judged, (_, value) => (value instanceof Map || value instanceof Set ? [...value] : value)),
  );
  report(`kept: ${file}`);
}

if (!(await buildIfStale())) process.exit(1);
const first = seedOf(values.seed);
const seconds = Number(values.seconds);
const folder = await mkdtemp(path.join(os.tmpdir(), 'northward-chaos-'));
// However it ends: gateways, tools and file systems see to themselves when this process exits.
process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));
const able = await abilities();
report('three brokers start');
const brokers = await Brokers.start().catch(endForSetup);
/** @type {import('./chaos/campaign.mjs').RoundCounts[]} */
const rounds = [];
try {
  for (let round = 0; round < Number(values.rounds); round += 1) {
    const seed = first + round;
    report(`round ${round + 1} of ${values.rounds}, seed ${seed}: faults for ${seconds} s`);
    const played = await playRound({
      brokers,
      seed,
      seconds,
      without: values.without ?? [],
      folder,
      ...able,
      dump: (topic) => readHeld(brokers.direct, topic, false),
      idOf: (topic) => idOf(brokers.direct, topic),
      say: report,
    });
    const { verdict, judged } = await judgeRound(played, brokers);
    await removeTopics(brokers, played.prefix);
    const counts = countsOf(played, verdict);
    rounds.push(counts);
    report(campaignText(counts));
    if (values.out !== undefined) await appendFile(values.out, `${JSON.stringify(counts)}\n`);
    if (values.keep !== undefined && counts.problems.length > 0) await keep(values.keep, seed, judged);
    if (values.svg !== undefined) await writeFile(values.svg, timelineSvg(timelineOf(played)));
  }
} finally {
  await brokers.stop();
}
if (rounds.length > 1) report(`in all:\n${campaignText(summed(rounds))}`);
process.exit(rounds.every(({ problems }) => problems.length === 0) ? 0 : 1);
