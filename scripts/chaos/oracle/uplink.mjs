// @ts-check
/** The judge of what gateways published: from what they told, and what Kafka's own tools have read back. Pure. */
import { Problems } from '../../store/problems.mjs';
import { judgeCopies, judgeIds, judgeOrder, judgeReports } from '../../store/record-rules.mjs';
import { judgeLedger } from './ledger.mjs';
import { mayBeGone } from './logs.mjs';
import { behindLateStarts } from './starts.mjs';

/** From when a disk takes nothing until the store says so. */
const NOTICED_US = 1_000_000;
/** So many publishes at most are told to nobody, when a process is killed. */
const UNTOLD = 10_000;

/**
 * @typedef {import('../../store/topics.mjs').ReadRecord} ReadRecord
 * @typedef {import('./logs.mjs').TopicLog<ReadRecord> & { starts?: readonly import('./starts.mjs').LateStart[] }} UplinkLog
 *
 * @typedef {object} GatewayStory
 * @property {string} name
 * @property {readonly import('../../store/judge.mjs').Life[]} lives In their order
 * @property {readonly (Pick<import('../../store/judge.mjs').LaneRule, 'topic' | 'holds'> & { storeAfterMs?: number, commitIntervalMs?: number })[]} rules
 * Without the times nothing tells by when a message must be on the disk
 * @property {boolean} [diskWorks] Its disk has always had room: then no message ends with an error or is lost. Default false
 * @property {(n: number) => boolean} owns The number is one of its own
 *
 * @typedef {object} UplinkCase
 * @property {readonly GatewayStory[]} gateways
 * @property {ReadonlyMap<string, readonly UplinkLog[]>} topics Name → its logs, in their order
 * @property {ReadonlySet<string>} [grown] Topics that got partitions meanwhile
 * @property {ReadonlySet<string>} [allowedCodes] Of errors that may come
 *
 * @typedef {object} UplinkVerdict
 * @property {string[]} problems Empty: everything holds
 * @property {number} accepted
 * @property {number} settled
 * @property {number} records
 * @property {number} copies Records beyond the first of their message, within a log
 * @property {number} saidMaybe Deliveries that were told as `maybeDuplicate`
 * @property {Record<string, number>} codes How often each error code came
 * @property {number} gone Accepted, neither settled nor rejected, and gone with a kill
 * @property {number} removed Settled, and gone with a topic that was deleted
 * @property {number} lost Settled as stored, and told as lost, or counted as such
 * @property {number} endUntold Stored and there, but the word of it went with a kill
 * @property {number} behindStart Behind newer ones, since a broker refused the first request of a producer and took the next one
 */

/**
 * @param {UplinkCase} given
 * @returns {UplinkVerdict}
 */
export function judgeUplink({ gateways, topics, grown = new Set(), allowedCodes = new Set() }) {
  const problems = new Problems();
  /** @type {Omit<UplinkVerdict, 'problems'>} */
  const verdict = {
    accepted: 0,
    settled: 0,
    records: 0,
    copies: 0,
    saidMaybe: 0,
    codes: {},
    gone: 0,
    removed: 0,
    lost: 0,
    endUntold: 0,
    behindStart: 0,
  };
  judgeOwners(gateways, topics, problems);
  for (const logs of topics.values()) for (const { records } of logs) verdict.records += records.length;
  for (const gateway of gateways) {
    countLives(gateway, allowedCodes, problems, verdict);
    for (const rule of gateway.rules) {
      const logs = logsOf(gateway, topics.get(rule.topic) ?? []);
      judgeTopic(gateway, rule, logs, grown.has(rule.topic), problems, verdict);
    }
    judgeLedger(gateway, topics, problems, verdict);
  }
  return { problems: problems.list(), ...verdict };
}

/**
 * What a gateway has written to a topic.
 * @param {GatewayStory} gateway
 * @param {readonly UplinkLog[]} logs
 */
function logsOf({ owns }, logs) {
  return logs.map((log) => ({ ...log, records: log.records.filter(({ n }) => owns(n)) }));
}

/**
 * @param {GatewayStory} gateway
 * @param {GatewayStory['rules'][number]} rule
 * @param {readonly UplinkLog[]} logs
 * @param {boolean} keysMove
 * @param {Problems} problems
 * @param {Omit<UplinkVerdict, 'problems'>} verdict
 */
function judgeTopic({ lives, name }, rule, logs, keysMove, problems, verdict) {
  const records = logs.flatMap((log) => log.records);
  judgeIds(rule.topic, records, problems);
  judgeReports(lives, rule.topic, records, problems, excuseOf(lives, logs));
  for (const log of logs) verdict.copies += judgeCopies(lives, rule, log.records, problems);
  const behindStarts = behindLateStarts(lives, logs);
  const isLate = latecomersOf(lives, keysMove ? sentAgain(lives, records) : new Set());
  judgeOrder(rule.topic, records, problems, {
    keysMove,
    mayOvertake: overtakersOf(lives),
    mayBeLate: (n) => {
      if (isLate(n)) return true;
      if (!behindStarts.has(n)) return false;
      verdict.behindStart += 1;
      return true;
    },
  });
  judgeUnknown(lives, name, records, problems);
}

/**
 * Whether what a gateway told of a message may be about a log that is gone.
 * @param {GatewayStory['lives']} lives
 * @param {readonly UplinkLog[]} logs
 */
function excuseOf(lives, logs) {
  /** @type {Map<number | string, number>} */
  const accepted = new Map();
  for (const { journal } of lives) {
    for (const [n, at] of journal.accepted) accepted.set(n, at);
    for (const [n, id] of journal.storedAs) accepted.set(id, journal.accepted.get(n) ?? 0);
  }
  return (
    /** @type {number | string} */ which,
    /** @type {import('../../store/journal.mjs').Report} */ report,
    /** @type {number} */ toldUs,
  ) => mayBeGone(logs, report, accepted.get(which) ?? 0, toldUs);
}

/**
 * While the disk takes nothing, new messages do not wait behind what is on it.
 * @param {GatewayStory['lives']} lives
 */
function overtakersOf(lives) {
  /** @type {Set<number>} */
  const found = new Set();
  for (const { journal } of lives) {
    const spans = withoutDisk(journal);
    if (spans.length === 0) continue;
    for (const [n, at] of journal.accepted)
      if (spans.some(([from, to]) => at >= from && at <= to)) found.add(n);
  }
  return (/** @type {number} */ n) => found.has(n);
}

/**
 * What a process that was killed had on its way to a broker may be written when its successor is at work.
 * @param {GatewayStory['lives']} lives
 * @param {ReadonlySet<number>} others Those may be late as well
 */
function latecomersOf(lives, others) {
  return (/** @type {number} */ n) =>
    others.has(n) ||
    lives.some(({ journal, clean }) => !clean && journal.accepted.has(n) && !journal.settled.has(n));
}

/**
 * Those that a client had before. Where the key has another partition by then, what came meanwhile may stand there already.
 * @param {GatewayStory['lives']} lives
 * @param {readonly ReadRecord[]} records
 */
function sentAgain(lives, records) {
  const numbers = new Map(records.map(({ id, n }) => [id, n]));
  /** @type {Set<number>} */
  const found = new Set();
  for (const { journal } of lives) {
    for (const [n, { maybeDuplicate }] of journal.receipts) if (maybeDuplicate) found.add(n);
    for (const [id, { maybeDuplicate }] of journal.events)
      if (maybeDuplicate) found.add(numbers.get(id) ?? NaN);
  }
  return found;
}

/**
 * From the last sample in which the store worked to the next one in which it works again.
 * @param {import('../../store/journal.mjs').Journal} journal
 */
function withoutDisk({ samples }) {
  /** @type {[number, number][]} */
  const spans = [];
  let worked = -Infinity;
  let degraded = false;
  for (const { at, store } of samples) {
    if (store?.state === 'degraded') degraded = true;
    else if (store?.state === 'working') {
      if (degraded) spans.push([worked - NOTICED_US, at]);
      degraded = false;
      worked = at;
    }
  }
  if (degraded) spans.push([worked - NOTICED_US, Infinity]);
  return spans;
}

/**
 * Whoever is killed may have published what nobody was told of, but only behind all that it told.
 * @param {GatewayStory['lives']} lives
 * @param {string} name
 * @param {readonly ReadRecord[]} records
 * @param {Problems} problems
 */
function judgeUnknown(lives, name, records, problems) {
  const untold = lives.flatMap(({ clean }, index) => (clean ? [] : [untoldOf(lives, index)]));
  const known = new Set(lives.flatMap(({ journal }) => [...journal.accepted.keys()]));
  for (const { n, partition, offset } of records) {
    if (known.has(n) || untold.some(([after, to]) => n > after && n <= to)) continue;
    problems.add('a record that nobody published', `${n} of ${name} at ${partition} ${offset}`);
  }
}

/**
 * The numbers that a killed life may have published without a word: behind those of the lives before it, and of its own.
 * @param {GatewayStory['lives']} lives
 * @param {number} index
 * @returns {[after: number, to: number]}
 */
function untoldOf(lives, index) {
  const last = highest(lives.slice(index, index + 1));
  if (last >= 0) return [last, last + UNTOLD];
  // Killed before it told of any.
  const next = lives.slice(index + 1).flatMap(({ journal }) => [...journal.accepted.keys()]);
  return [highest(lives.slice(0, index)), next.reduce((least, n) => Math.min(least, n), Infinity)];
}

/** @param {GatewayStory['lives']} lives */
function highest(lives) {
  return lives
    .flatMap(({ journal }) => [...journal.accepted.keys()])
    .reduce((most, n) => Math.max(most, n), -1);
}

/**
 * @param {readonly GatewayStory[]} gateways
 * @param {UplinkCase['topics']} topics
 * @param {Problems} problems
 */
function judgeOwners(gateways, topics, problems) {
  for (const [topic, logs] of topics) {
    for (const { n, partition, offset } of logs.flatMap(({ records }) => records)) {
      if (gateways.some(({ owns }) => owns(n))) continue;
      problems.add('a record of no gateway', `${topic} ${partition} ${offset}`);
    }
  }
}

/**
 * @param {GatewayStory} gateway
 * @param {ReadonlySet<string>} allowedCodes
 * @param {Problems} problems
 * @param {Omit<UplinkVerdict, 'problems'>} verdict
 */
function countLives({ name, lives }, allowedCodes, problems, verdict) {
  const count = (/** @type {string} */ code, /** @type {string} */ which, /** @type {number} */ times) => {
    verdict.codes[code] = (verdict.codes[code] ?? 0) + times;
    if (!allowedCodes.has(code)) problems.add('an unexpected error', `${code}, ${which}`);
  };
  for (const [index, { journal }] of lives.entries()) {
    const life = `life ${index} of ${name}`;
    for (const crash of journal.crashes) problems.add('the process reported a crash', `${life}: ${crash}`);
    for (const [n, code] of journal.rejected) count(code, `${n} of ${life}`, 1);
    // `respond DELIVERY_TIMEOUT`: what was done, and the code.
    for (const [text, times] of journal.otherErrors)
      count(text.split(' ').at(-1) ?? text, `${text} in ${life}`, times);
    verdict.accepted += journal.accepted.size;
    verdict.settled += journal.settled.size;
    for (const { maybeDuplicate } of [...journal.receipts.values(), ...journal.events.values()])
      if (maybeDuplicate) verdict.saidMaybe += 1;
  }
}
