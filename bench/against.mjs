// npm run bench -- --against FOLDER: this build beside another one, in turn on the same broker. What counts is the ratio
// within each pair: both halves of a pair met the same moment of a machine that is never quite idle.
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { projectRoot } from '../scripts/lib/project.mjs';
import { copyOfBuild } from './library.mjs';
import { measure, median, quantile } from './measure.mjs';
import { startBroker } from './start-broker.mjs';

const COMMANDS = 'bench.against.commands';
const DOWNLINK = 'downlink-worker.mjs';
/** The embedded broker has this many, and no way to ask for more. */
const PARTITIONS = 4;

/** Name → title, worker and what it is told. */
const CASES = {
  headers: ['publish, nine headers', 'worker.mjs', { variant: 'publish', headers: 'all' }],
  'no-headers': ['publish, no headers', 'worker.mjs', { variant: 'publish', headers: 'none' }],
  batch: ['publishBatch, nine headers', 'worker.mjs', { variant: 'batch', headers: 'all' }],
  'for-await': ['for await', DOWNLINK, { variant: 'commands' }],
  'manual-ack': ['for await, manualAck', DOWNLINK, { variant: 'manual' }],
};
/** What `--only` takes: one case, or a side of them. */
const SIDES = { uplink: ['headers', 'no-headers', 'batch'], downlink: ['for-await', 'manual-ack'] };
export const AGAINST_ONLY = [...Object.keys(CASES), ...Object.keys(SIDES)];

/**
 * @param {{ against: string, pairs: number, messages: string, window: string, broker: string, only?: string }} options
 */
export async function compareBuilds({ against, pairs, only, broker: kind, messages, window }) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ng-kafka-northward-bench-'));
  let broker;
  try {
    const present = await copyOfBuild(path.join(projectRoot, 'dist'), path.join(folder, 'present'));
    const other = await copyOfBuild(path.resolve(against), path.join(folder, 'other'));
    const names = only === undefined ? Object.keys(CASES) : (SIDES[only] ?? [only]);
    broker = await startBroker(kind);
    const base = { bootstrap: broker.bootstrap, messages };
    if (names.some((name) => SIDES.downlink.includes(name))) {
      await measure({ ...base, variant: 'fill', topic: COMMANDS, partitions: PARTITIONS }, DOWNLINK);
    }
    console.log(
      `present build / ${against}: the median of the ratios of ${pairs} pairs, (lowest..highest, quartiles)`,
    );
    console.log(`${kind} broker, ${messages} messages a run\n`);
    for (const name of names) {
      const [title, worker, given] = CASES[name];
      const own = worker === DOWNLINK ? { topic: COMMANDS, partitions: PARTITIONS } : { window };
      const run = (library) => measure({ ...base, ...own, ...given, library }, worker);
      print(
        title,
        await inPairs(
          pairs,
          () => run(present),
          () => run(other),
        ),
      );
    }
  } finally {
    await broker?.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Each pair the other way round than the one before: what comes second must not always be the same. */
async function inPairs(pairs, present, other) {
  const results = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    if (pair % 2 === 0) {
      const first = await present();
      results.push({ present: first, other: await other() });
    } else {
      const first = await other();
      results.push({ present: await present(), other: first });
    }
  }
  return results;
}

function print(title, results) {
  console.log(title);
  printRatio('  rate', results, 'rate', (value) => `${(value / 1000).toFixed(1)} k msg/s`);
  printRatio(
    '  CPU per message',
    results,
    'cpuSecondsPerMillion',
    (value) => `${value.toFixed(2)} CPU-s per million`,
  );
}

function printRatio(title, results, key, show) {
  const ratios = results.map(({ present, other }) => present[key] / other[key]);
  const at = (share) => quantile(ratios, share).toFixed(3);
  const [present, other] = ['present', 'other'].map((side) => median(results.map((pair) => pair[side][key])));
  const spread = `(${at(0)}..${at(1)}, ${at(0.25)}..${at(0.75)})`;
  console.log(
    `${title.padEnd(18)} ${at(0.5)} ${spread}`.padEnd(60) + `${show(present)} beside ${show(other)}`,
  );
}
