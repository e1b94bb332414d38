// @ts-check
/** What is wrong with a soak run: what is not accounted for, and what grew. */
import { EXIT_MS } from './child.mjs';

const MIB = 2 ** 20;
/** Of the time before the outage: code is compiled, caches are filled. */
const WARM_UP = 0.25;

/**
 * By how much the level after the outage may be above that before it. Handles and threads: not at all. Descriptors: a lane of the
 * store has its file open, or not. RSS: V8 and the allocator keep
 * some of what the outage needed. Heap: records of messages are used again, and an outage needs 40,000 of them at the most (twice
 * `uplink.queue.maxMessages`), 17.4 MiB; they are kept for the next one.
 */
export const BOUNDS = {
  rssMiB: 96,
  heapMiB: 22,
  externalMiB: 4,
  handles: 0,
  threads: 0,
  descriptors: 2,
  storeMiB: 8,
};
/** What RSS may grow by within the last part: there is nothing to keep any more, and each byte is one too many. */
export const RSS_DRIFT_MIB = 8;

/**
 * @typedef {keyof typeof BOUNDS} Resource
 *
 * @typedef {object} Level
 * @property {Resource} resource
 * @property {number} before Median, after the warm-up and before the outage; of heap and external memory: without garbage, just before the outage
 * @property {number} after Median of the last part, after the replay; the same at the end
 * @property {number} most In the whole run
 * @property {number} perHour Slope of the last part
 * @property {number} bound
 *
 * @typedef {object} Verdict
 * @property {Level[]} levels
 * @property {{ before: [number, number], after: [number, number] }} windows Seconds
 * @property {string[]} problems
 */

/** `live`: its levels are those that a full garbage collection leaves. @type {Record<Resource, { of: (sample: import('./samples.mjs').Sample) => number, live?: keyof import('./host.mjs').Live }>} */
const RESOURCES = {
  rssMiB: { of: ({ rss }) => rss / MIB },
  heapMiB: { of: ({ heapUsed }) => heapUsed / MIB, live: 'heapUsed' },
  externalMiB: { of: ({ external }) => external / MIB, live: 'external' },
  handles: { of: ({ handles }) => handles },
  threads: { of: ({ threads }) => threads },
  descriptors: { of: ({ descriptors }) => descriptors },
  storeMiB: { of: ({ diskBytes }) => diskBytes / MIB },
};

/**
 * @param {import('./run.mjs').SoakResult} result
 * @returns {Verdict}
 */
export function judgeSoak(result) {
  const { marks } = result;
  const warm = marks.away * WARM_UP;
  // The second half of what is left after the replay: what the replay needed has gone by then, if it goes.
  const calm = Math.min(marks.replayed, marks.end);
  const windows = {
    before: /** @type {[number, number]} */ ([warm, marks.away]),
    after: /** @type {[number, number]} */ ([(calm + marks.end) / 2, marks.end]),
  };
  const levels = /** @type {Resource[]} */ (Object.keys(RESOURCES)).map((resource) =>
    levelOf(resource, result, windows),
  );
  const grown = levels
    .filter(({ before, after, bound }) => after - before > bound)
    .map(
      ({ resource, before, after, bound }) =>
        `${resource} grew from ${shown(before)} to ${shown(after)}: by more than ${bound}`,
    );
  const [from, to] = windows.after;
  const drift = ((levels.find(({ resource }) => resource === 'rssMiB')?.perHour ?? 0) * (to - from)) / 3600;
  if (drift > RSS_DRIFT_MIB)
    grown.push(`rssMiB grew by ${shown(drift)} within the last part: by more than ${RSS_DRIFT_MIB}`);
  const checks = [...comparable(marks, levels), ...promises(result), ...readBack(result), ...ending(result)];
  const wrong = checks.filter(([isWrong]) => isWrong).map(([, text]) => text);
  return { levels, windows, problems: [...wrong, ...grown] };
}

/**
 * @param {Resource} resource
 * @param {import('./run.mjs').SoakResult} result
 * @param {Verdict['windows']} windows
 * @returns {Level}
 */
function levelOf(resource, { samples, live }, windows) {
  const { of, live: name } = RESOURCES[resource];
  const within = (/** @type {[number, number]} */ [from, to]) =>
    samples
      .filter(({ at }) => at >= from && at <= to)
      .map((sample) => /** @type {const} */ ([sample.at, of(sample)]));
  const level = (/** @type {'before' | 'after'} */ when) =>
    name === undefined
      ? median(within(windows[when]).map(([, value]) => value))
      : (live[when]?.[name] ?? NaN) / MIB;
  return {
    resource,
    before: level('before'),
    after: level('after'),
    most: samples.reduce((most, sample) => Math.max(most, of(sample)), 0),
    perHour: slope(within(windows.after)) * 3600,
    bound: BOUNDS[resource],
  };
}

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

/** Of the straight line that fits best, a second. @param {readonly (readonly [number, number])[]} points */
export function slope(points) {
  const mean = (/** @type {number} */ place) =>
    points.reduce((sum, point) => sum + (point[place] ?? 0), 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const above = points.reduce((sum, [at, value]) => sum + (at - x) * (value - y), 0);
  const below = points.reduce((sum, [at]) => sum + (at - x) ** 2, 0);
  return below === 0 ? 0 : above / below;
}

/** A problem, if it is one. @typedef {[boolean, string]} Check */

/** Each promise ended, and each stored message has its event. @param {import('./run.mjs').SoakResult} result @returns {Check[]} */
function promises({ counts, lostByLedger }) {
  const open = counts.published - counts.delivered - counts.stored - counts.skipped - rejectedOf(counts);
  const without = counts.stored - counts.arrived - counts.lost;
  return [
    [open !== 0, `${open} promises did not end`],
    [without !== 0, `${without} stored messages have neither an event "delivered" nor "lost"`],
    [lostByLedger !== counts.lost, `the ledger has ${lostByLedger} lost messages, the events ${counts.lost}`],
  ];
}

/** What the library told is what is in Kafka, and what was executed. @param {import('./run.mjs').SoakResult} result @returns {Check[]} */
function readBack({ counts, inKafka, executed }) {
  const { missing, distinct, copies, written, read, skipped } = inKafka;
  const known = rejectedOf(counts) + counts.lost;
  const arrived = counts.delivered + counts.arrived;
  return [
    [
      missing.count > known,
      `${missing.count} messages are not in Kafka, ${known} are known not to be; the first missing: ${missing.first.join(', ')}`,
    ],
    [distinct < arrived, `${arrived} are told as delivered, ${distinct} are in Kafka`],
    [
      copies > counts.maybeDuplicate,
      `${copies} copies are in Kafka, ${counts.maybeDuplicate} have maybeDuplicate`,
    ],
    [inKafka.strange + executed.strange > 0, 'Kafka holds or the gateway executed what nobody sent'],
    [
      written !== read || skipped !== 0,
      `${written} records were written, ${read} read, ${skipped} offsets passed over`,
    ],
    [
      executed.missing.count > 0,
      `${executed.missing.count} commands were not executed; the first: ${executed.missing.first.join(', ')}`,
    ],
  ];
}

/** It stopped in order. @param {import('./run.mjs').SoakResult} result @returns {Check[]} */
function ending({ stop: { report, code, signal }, troubles }) {
  const rejections = troubles.filter((text) => text.startsWith('unhandled rejection'));
  return [
    [
      code !== 0 || signal !== null,
      `the process did not end by itself within ${EXIT_MS} ms after stop(): ${signal ?? code}`,
    ],
    [
      report === null || report.timedOut || report.stored > 0 || report.unclosed.length > 0,
      `stop() left something: ${JSON.stringify(report)}`,
    ],
    ...rejections.map((text) => /** @type {Check} */ ([true, text])),
  ];
}

/** There is something to compare. @param {import('./run.mjs').Marks} marks @param {readonly Level[]} levels @returns {Check[]} */
function comparable({ replayed }, levels) {
  return [
    [
      levels.some(({ before, after }) => Number.isNaN(before + after)),
      'there is nothing to compare: no sample before the outage, or none after the replay',
    ],
    [!Number.isFinite(replayed), 'the store was not empty again after the outage'],
  ];
}

/** @param {import('./host.mjs').Counts} counts */
function rejectedOf({ rejected }) {
  return Object.values(rejected).reduce((sum, count) => sum + count, 0);
}

/** @param {number} value */
function shown(value) {
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}

/** @param {import('./run.mjs').SoakResult} result @param {Verdict} verdict */
export function soakText({ node, plan, marks, counts, commandsSent, inKafka, executed, stop }, verdict) {
  const { levels, windows, problems } = verdict;
  const rows = levels.map(({ resource, before, after, most, perHour, bound }) => [
    resource,
    shown(before),
    shown(after),
    shown(most),
    perHour.toFixed(1),
    `+${bound}`,
  ]);
  const seconds = (/** @type {number} */ value) => `${value.toFixed(0)} s`;
  return [
    `Node ${node}, ${plan.rate} messages and ${plan.commands} commands a second for ${seconds(marks.end)}, broker away from ${seconds(marks.away)} to ${seconds(marks.back)}, store empty again at ${seconds(marks.replayed)}`,
    `published ${counts.published}: delivered ${counts.delivered}, stored and delivered ${counts.arrived} of ${counts.stored}, lost ${counts.lost}, refused ${JSON.stringify(counts.rejected)}`,
    `in Kafka ${inKafka.written} records: ${inKafka.distinct} messages and ${inKafka.copies} copies; maybeDuplicate ${counts.maybeDuplicate}; missing ${inKafka.missing.count}`,
    `commands ${commandsSent}: executed ${executed.distinct}, again ${executed.copies}, missing ${executed.missing.count}`,
    `stop() ${stop.report?.elapsedMs ?? '?'} ms; the process ended ${stop.exitMs} ms later, with ${stop.signal ?? stop.code}`,
    `before: ${windows.before.map(seconds).join(' to ')}; after: ${windows.after.map(seconds).join(' to ')}`,
    ...table([['', 'before', 'after', 'most', 'an hour', 'bound'], ...rows]),
    ...(problems.length === 0 ? ['no problem found'] : problems.map((text) => `PROBLEM ${text}`)),
  ].join('\n');
}

/** @param {string[][]} rows */
function table(rows) {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, n) => (n === 0 ? cell.padEnd(widths[n] ?? 0) : cell.padStart(widths[n] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
