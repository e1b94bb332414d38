// @ts-check
/** Every message that a gateway accepted comes to an end, and what is not in Kafka is accounted for. Pure. */
import { mayBeGone } from './logs.mjs';

/** Those were never taken in: not one of them may be in Kafka. */
const NEVER_TAKEN = new Set(['QUEUE_FULL', 'STORE_FULL', 'EVENT_INVALID']);

/** A store whose disk works takes what was taken in: then none of it ends with another error. */
const WITHOUT_TROUBLE = new Set(['QUEUE_FULL', 'EVENT_INVALID']);
/** A full disk makes a gateway give up its oldest messages. Nothing else may. */
const CAUSES = new Set(['evicted', 'disk_full']);
/** By how much a machine that is busy may hold up a message on its way to the disk, beyond what the journal tells of it. */
const HELD_UP_MS = 2_000;

/** @typedef {import('./uplink.mjs').GatewayStory} GatewayStory */

/**
 * What the lives of a gateway told of the ends of stored messages.
 * @typedef {object} Ends
 * @property {ReadonlyMap<string, number>} lost Id → the first life that told it as lost
 * @property {ReadonlyMap<string, readonly (import('../../store/journal.mjs').Report & { at: number, life: number })[]>} delivered
 * @property {number} ledger How many the ledger has at the end; Infinity: it says that there may be more
 */

/**
 * @param {GatewayStory} gateway
 * @param {import('./uplink.mjs').UplinkCase['topics']} topics
 * @param {import('../../store/problems.mjs').Problems} problems
 * @param {Omit<import('./uplink.mjs').UplinkVerdict, 'problems'>} verdict
 */
export function judgeLedger(gateway, topics, problems, verdict) {
  const { name, lives, rules } = gateway;
  const ends = endsOf(lives);
  /** @type {string[]} */
  const unnamed = [];
  for (const rule of rules) {
    const logs = topics.get(rule.topic) ?? [];
    const there = new Set(logs.flatMap(({ records }) => records.map(({ n }) => n)));
    for (const [index, life] of lives.entries()) {
      for (const [n, acceptedUs] of life.journal.accepted) {
        if (!rule.holds(n)) continue;
        const which = `${n} of life ${index} of ${name}`;
        judgePromise(gateway, life, n, which, there.has(n), problems, verdict);
        if (gateway.diskWorks === true && !there.has(n) && !mayBeGone(logs, ANYWHERE, acceptedUs, Infinity))
          judgeOverdue(life, rule, n, acceptedUs, which, problems);
        if (there.has(n) || !life.journal.settled.has(n)) continue;
        if (wasRemoved(life, n, acceptedUs, logs, ends)) verdict.removed += 1;
        else judgeMissing(which, life.journal.storedAs.get(n), ends, unnamed, problems, verdict);
      }
      judgeStored(gateway, index, rule.holds, there, ends, problems, verdict);
    }
  }
  judgeUnnamed(unnamed, ends, problems, verdict);
  judgeCauses(gateway, problems);
  judgeEnd(gateway, ends, problems);
}

/** Nobody knows where it was. */
const ANYWHERE = { partition: 0, offset: NaN };

/** @param {GatewayStory['lives']} lives @returns {Ends} */
function endsOf(lives) {
  /** @type {Map<string, number>} */
  const lost = new Map();
  /** @type {Map<string, (import('../../store/journal.mjs').Report & { at: number, life: number })[]>} */
  const delivered = new Map();
  for (const [life, { journal }] of lives.entries()) {
    for (const { ids } of journal.lost) for (const id of ids) if (!lost.has(id)) lost.set(id, life);
    for (const [id, report] of journal.events)
      delivered.set(id, [...(delivered.get(id) ?? []), { ...report, life }]);
  }
  const entries = lives.at(-1)?.journal.stopped?.losses ?? [];
  const ledger = entries.some(({ atLeast }) => atLeast)
    ? Infinity
    : entries.reduce((sum, { count }) => sum + count, 0);
  return { lost, delivered, ledger };
}

/**
 * A promise ends once, and in the life in which it was given unless that is killed.
 * @param {GatewayStory} gateway
 * @param {GatewayStory['lives'][number]} life
 * @param {number} n
 * @param {string} which
 * @param {boolean} isThere
 * @param {import('../../store/problems.mjs').Problems} problems
 * @param {Omit<import('./uplink.mjs').UplinkVerdict, 'problems'>} verdict
 */
function judgePromise({ diskWorks }, { clean, journal }, n, which, isThere, problems, verdict) {
  const code = journal.rejected.get(n);
  if (code !== undefined) {
    if (journal.settled.has(n)) problems.add('a promise ended twice', which);
    if (isThere && NEVER_TAKEN.has(code)) problems.add('a refused message is in Kafka', `${which}, ${code}`);
    if (diskWorks === true && !WITHOUT_TROUBLE.has(code))
      problems.add('an error of a gateway whose disk works', `${which}, ${code}`);
    return;
  }
  if (journal.settled.has(n)) return;
  if (clean) problems.add('a promise without an end after a clean stop', which);
  else if (!isThere) verdict.gone += 1;
}

/**
 * A kill takes what was accepted a short time ago, and nothing that should have been on the disk long since.
 * @param {GatewayStory['lives'][number]} life
 * @param {GatewayStory['rules'][number]} rule
 * @param {number} n
 * @param {number} acceptedUs
 * @param {string} which
 * @param {import('../../store/problems.mjs').Problems} problems
 */
function judgeOverdue({ clean, journal, endUs }, rule, n, acceptedUs, which, problems) {
  const { storeAfterMs, commitIntervalMs } = rule;
  if (clean || storeAfterMs === undefined || commitIntervalMs === undefined) return;
  if (journal.settled.has(n) || journal.rejected.has(n)) return;
  // What is accepted before the store is open is stored when it is.
  const wantedUs = Math.max(acceptedUs + storeAfterMs * 1000, journal.openedUs);
  const dueUs = wantedUs + commitIntervalMs * 1000;
  const overdueMs = (endUs - dueUs) / 1000;
  if (overdueMs <= HELD_UP_MS) return;
  const heldUpMs = (journal.inCalls(dueUs, endUs).us + journal.stalledUs(dueUs, endUs)) / 1000;
  if (overdueMs > heldUpMs + HELD_UP_MS)
    problems.add('a message that was due is missing', `${which}, overdue for ${overdueMs.toFixed(0)} ms`);
}

/**
 * @param {GatewayStory['lives'][number]} life
 * @param {number} n
 * @param {number} acceptedUs
 * @param {readonly import('./uplink.mjs').UplinkLog[]} logs
 * @param {Ends} ends
 */
function wasRemoved({ journal }, n, acceptedUs, logs, { delivered }) {
  const receipt = journal.receipts.get(n);
  const toldUs = journal.settled.get(n) ?? Infinity;
  const told = delivered.get(journal.storedAs.get(n) ?? '') ?? [];
  return (
    (receipt !== undefined && mayBeGone(logs, receipt, acceptedUs, toldUs)) ||
    told.some((report) => mayBeGone(logs, report, acceptedUs, report.at))
  );
}

/**
 * What was told as stored ends in one event, `delivered` or `lost`; the word of it may go with a kill.
 * @param {GatewayStory} gateway
 * @param {number} index
 * @param {(n: number) => boolean} holds
 * @param {ReadonlySet<number>} there
 * @param {Ends} ends
 * @param {import('../../store/problems.mjs').Problems} problems
 * @param {Omit<import('./uplink.mjs').UplinkVerdict, 'problems'>} verdict
 */
function judgeStored({ name, lives }, index, holds, there, { lost, delivered }, problems, verdict) {
  const isKilledLater = lives.slice(index).some(({ clean }) => !clean);
  for (const [n, id] of lives[index]?.journal.storedAs ?? []) {
    if (!holds(n)) continue;
    const which = `${n} of life ${index} of ${name}, ${id}`;
    const lostIn = lost.get(id);
    const told = delivered.get(id) ?? [];
    if (lostIn !== undefined && told.some(({ life }) => life === lostIn))
      problems.add('a message told as delivered and as lost', which);
    if (lostIn !== undefined || told.length > 0) continue;
    if (!isKilledLater) problems.add('a stored message of which no end was told', which);
    else if (there.has(n)) verdict.endUntold += 1;
  }
}

/**
 * @param {string} which
 * @param {string | undefined} id Of a stored message; what was told as delivered cannot be lost
 * @param {Ends} ends
 * @param {string[]} unnamed Those that the ledger has to count
 * @param {import('../../store/problems.mjs').Problems} problems
 * @param {Omit<import('./uplink.mjs').UplinkVerdict, 'problems'>} verdict
 */
function judgeMissing(which, id, { lost }, unnamed, problems, verdict) {
  if (id === undefined) problems.add('a settled message is missing', `${which}, delivered`);
  else if (lost.has(id)) verdict.lost += 1;
  else unnamed.push(`${which}, ${id}`);
}

/**
 * The ledger may count what no event names.
 * @param {readonly string[]} unnamed
 * @param {Ends} ends
 * @param {import('../../store/problems.mjs').Problems} problems
 * @param {Omit<import('./uplink.mjs').UplinkVerdict, 'problems'>} verdict
 */
function judgeUnnamed(unnamed, { ledger, lost }, problems, verdict) {
  const counted = Math.max(0, ledger - lost.size);
  if (unnamed.length <= counted) verdict.lost += unnamed.length;
  else for (const which of unnamed) problems.add('a settled message is missing', which);
}

/**
 * That a loss is told does not make it right: a kill damages nothing, and a disk with room makes nobody give anything up.
 * @param {GatewayStory} gateway
 * @param {import('../../store/problems.mjs').Problems} problems
 */
function judgeCauses({ name, lives, diskWorks = false }, problems) {
  const told = lives.flatMap(({ journal }) => journal.lost);
  const counted = lives.at(-1)?.journal.stopped?.losses ?? [];
  // An event and the ledger tell of the same loss.
  const found = new Set(
    [...told, ...counted]
      .filter(({ cause }) => cause !== undefined && (diskWorks || !CAUSES.has(cause)))
      .map(({ cause, lane }) => `${name}: lane ${lane}, ${cause}`),
  );
  for (const which of found) problems.add('a loss that nothing explains', which);
}

/**
 * @param {GatewayStory} gateway
 * @param {Ends} ends
 * @param {import('../../store/problems.mjs').Problems} problems
 */
function judgeEnd({ name, lives }, { ledger, lost }, problems) {
  const last = lives.at(-1);
  if (last === undefined) return;
  const { stopped } = last.journal;
  if (!last.clean || stopped === undefined) {
    problems.add('a gateway did not stop in order at the end', name);
    return;
  }
  const { stored, undelivered, unclosed } = stopped.report;
  // During a fault it may be: no broker answers.
  if (unclosed.length > 0)
    problems.add('a client is not closed at the end', `${name}: ${unclosed.join(' and ')}`);
  if (stored > 0) problems.add('messages are left on disk at the end', `${name}: ${stored}`);
  if (undelivered > 0)
    problems.add('messages ended with an error at the last stop', `${name}: ${undelivered}`);
  if (lost.size > ledger)
    problems.add('the ledger has less than was told as lost', `${name}: ${ledger} of ${lost.size}`);
}
