// @ts-check
/** The judge of a gateway that was killed again and again: from what it told and what stands in the topics. Pure. */

/** From the end of a file call until the next one begins, and until a commit begins at all, a process may be held up a little. */
const BETWEEN_CALLS_MS = 2;
const BEGIN_MS = 25;
/** How many of a sort of problem are shown. */
const SHOWN = 5;

/**
 * @typedef {object} Life One process, from its start to its end
 * @property {import('./journal.mjs').Journal} journal
 * @property {boolean} clean It was stopped in order
 * @property {number} endUs When it was killed; of a clean end, when it was asked to stop
 *
 * @typedef {object} LaneRule A topic, and what its lane promises
 * @property {string} topic
 * @property {(n: number) => boolean} holds Which messages belong into it
 * @property {number} storeAfterMs
 * @property {number} commitIntervalMs
 * @property {'per_key' | 'live_first'} [order] Default `per_key`
 *
 * @typedef {object} Verdict
 * @property {string[]} problems Empty: everything holds
 * @property {number} accepted
 * @property {number} settled
 * @property {number} missing Accepted, not settled, and gone with a kill
 * @property {number} overdueMs By how much the one that waited longest had passed storeAfterMs + commitIntervalMs at the end
 * @property {number} syncs How many syncs that one waited for
 * @property {number} copies Records beyond the first of their message
 * @property {number} saidMaybe Deliveries that were told as `maybeDuplicate`
 */

/**
 * @param {readonly Life[]} lives In their order
 * @param {readonly LaneRule[]} rules
 * @param {ReadonlyMap<string, readonly import('./topics.mjs').ReadRecord[]>} topics
 * @returns {Verdict}
 */
export function judge(lives, rules, topics) {
  const problems = new Problems();
  const verdict = {
    accepted: 0,
    settled: 0,
    missing: 0,
    overdueMs: 0,
    syncs: 0,
    copies: 0,
    saidMaybe: 0,
  };
  for (const [index, { journal }] of lives.entries()) {
    for (const crash of journal.crashes)
      problems.add('the process reported a crash', `life ${index}: ${crash}`);
    verdict.accepted += journal.accepted.size;
    verdict.settled += journal.settled.size;
    const reports = [...journal.receipts.values(), ...journal.events.values()];
    verdict.saidMaybe += reports.filter((report) => report.maybeDuplicate).length;
  }
  for (const rule of rules) {
    const records = topics.get(rule.topic) ?? [];
    judgeMissing(lives, rule, new Set(records.map(({ n }) => n)), problems, verdict);
    judgeIds(rule.topic, records, problems);
    verdict.copies += judgeCopies(lives, rule, records, problems);
    if (rule.order === 'live_first') {
      // What comes from disk and what does not are two orders.
      judgeOrder(
        rule.topic,
        records.filter(({ replayed }) => replayed),
        problems,
      );
      judgeOrder(
        rule.topic,
        records.filter(({ replayed }) => !replayed),
        problems,
      );
    } else judgeOrder(rule.topic, records, problems);
  }
  return { problems: problems.list(), ...verdict };
}

/** Problems by their sort, the first few of each shown. */
class Problems {
  /** @type {Map<string, string[]>} */
  #bySort = new Map();

  /** @param {string} sort @param {string} which */
  add(sort, which) {
    const found = this.#bySort.get(sort);
    if (found === undefined) this.#bySort.set(sort, [which]);
    else found.push(which);
  }

  list() {
    return [...this.#bySort].map(([sort, all]) => {
      const more = all.length > SHOWN ? ` and ${all.length - SHOWN} more` : '';
      return `${sort}: ${all.slice(0, SHOWN).join('; ')}${more}`;
    });
  }
}

/**
 * What settled must be there; what was accepted longer ago than the bound too.
 * @param {readonly Life[]} lives
 * @param {LaneRule} rule
 * @param {ReadonlySet<number>} there
 * @param {Problems} problems
 * @param {Omit<Verdict, 'problems'>} verdict
 */
function judgeMissing(lives, rule, there, problems, verdict) {
  for (const [index, life] of lives.entries()) {
    const { journal } = life;
    for (const [n, at] of journal.accepted) {
      if (!rule.holds(n) || there.has(n)) continue;
      const ageMs = (life.endUs - at) / 1000;
      if (journal.settled.has(n)) {
        problems.add(
          'a settled message is missing',
          `${n} of life ${index}, ${ageMs.toFixed(0)} ms before its end, ${journal.storedAs.get(n) ?? 'delivered'}`,
        );
      } else if (!journal.rejected.has(n)) {
        verdict.missing += 1;
        if (life.clean) problems.add('a clean stop lost a message', `${n} of life ${index}`);
        else judgeOverdue(life, rule, `${n} of life ${index}`, at, problems, verdict);
      }
    }
  }
}

/**
 * What is due may wait for the disk, for nothing else. Their time is measured, and so is the time in which the process did not
 * come to run at all.
 * @param {Life} life
 * @param {LaneRule} rule
 * @param {string} which
 * @param {number} acceptedUs
 * @param {Problems} problems
 * @param {Omit<Verdict, 'problems'>} verdict
 */
function judgeOverdue({ journal, endUs }, rule, which, acceptedUs, problems, verdict) {
  // What is accepted before the store is open is stored when it is.
  const wantedUs = Math.max(acceptedUs + rule.storeAfterMs * 1000, journal.openedUs);
  const dueUs = wantedUs + rule.commitIntervalMs * 1000;
  const overdueMs = (endUs - dueUs) / 1000;
  if (overdueMs <= 0) return;
  const { calls, syncs, us } = journal.inCalls(dueUs, endUs);
  const stalledMs = journal.stalledUs(dueUs, endUs) / 1000;
  if (overdueMs > verdict.overdueMs) Object.assign(verdict, { overdueMs, syncs });
  if (overdueMs <= us / 1000 + stalledMs + BETWEEN_CALLS_MS * calls + BEGIN_MS) return;
  const why = `${calls} file calls, ${syncs} of them syncs, took ${(us / 1000).toFixed(0)} ms, stalled ${stalledMs.toFixed(0)} ms`;
  const found = `${which}, overdue for ${overdueMs.toFixed(0)} ms (${why})`;
  problems.add('a message accepted before the bound is missing', found);
}

/**
 * A message has one id and an id one message: whoever drops what he has seen gets each one once.
 * @param {string} topic
 * @param {readonly import('./topics.mjs').ReadRecord[]} records
 * @param {Problems} problems
 */
function judgeIds(topic, records, problems) {
  /** @type {Map<string, number>} */
  const byId = new Map();
  /** @type {Map<number, string>} */
  const byNumber = new Map();
  for (const { n, id, partition, offset } of records) {
    const place = `${topic} ${partition} ${offset}`;
    if (Number.isNaN(n)) problems.add('a record that nobody published', place);
    if (id === null) {
      problems.add('a record without message_id', place);
      continue;
    }
    if ((byId.get(id) ?? n) !== n) problems.add('two messages with one message_id', `${place}: ${id}`);
    if ((byNumber.get(n) ?? id) !== id)
      problems.add('a message with two message_ids', `${place}: ${byNumber.get(n)} and ${id}`);
    byId.set(id, n);
    byNumber.set(n, id);
  }
}

/**
 * Copies are allowed where a life ended uncleanly, and whoever tells of a copy says so: before a delivery that was told without
 * `maybeDuplicate` there is no other record of that message.
 * @param {readonly Life[]} lives
 * @param {LaneRule} rule
 * @param {readonly import('./topics.mjs').ReadRecord[]} records
 * @param {Problems} problems
 */
function judgeCopies(lives, { topic, holds }, records, problems) {
  const reports = reportsOf(lives, topic, records);
  const unclean = uncleanEndsSince(lives);
  let copies = 0;
  for (const [n, all] of grouped(records)) {
    if (!holds(n)) problems.add('a message in the wrong topic', `${n} in ${topic}`);
    if (all.length === 1) continue;
    copies += all.length - 1;
    const told = reports.get(n) ?? [];
    const said = told.filter((report) => report.maybeDuplicate).length;
    if (all.length - 1 > said + unclean(n)) {
      const found = `${n}: ${all.length}, maybeDuplicate ${said}, unclean ends ${unclean(n)}`;
      problems.add('more copies than ends could cause', found);
    }
    for (const { partition, offset, maybeDuplicate } of told) {
      if (maybeDuplicate) continue;
      const earlier = all.find((record) => record.partition === partition && record.offset < offset);
      if (earlier === undefined) continue;
      const found = `${n} at ${topic} ${partition} ${offset}, before it ${earlier.offset}`;
      problems.add('a copy was told without maybeDuplicate', found);
    }
  }
  return copies;
}

/**
 * @param {readonly import('./topics.mjs').ReadRecord[]} records
 * @returns {Map<number, import('./topics.mjs').ReadRecord[]>}
 */
function grouped(records) {
  /** @type {Map<number, import('./topics.mjs').ReadRecord[]>} */
  const byNumber = new Map();
  for (const record of records) {
    const found = byNumber.get(record.n);
    if (found === undefined) byNumber.set(record.n, [record]);
    else found.push(record);
  }
  return byNumber;
}

/**
 * What the lives told of deliveries to a topic, by number. Events name the id only: the records tell whose it is.
 * @param {readonly Life[]} lives
 * @param {string} topic
 * @param {readonly import('./topics.mjs').ReadRecord[]} records
 */
function reportsOf(lives, topic, records) {
  const numbers = new Map(records.map(({ id, n }) => [id, n]));
  /** @type {Map<number, import('./journal.mjs').Report[]>} */
  const byNumber = new Map();
  const note = (/** @type {number} */ n, /** @type {import('./journal.mjs').Report} */ report) => {
    if (report.topic !== topic) return;
    const found = byNumber.get(n);
    if (found === undefined) byNumber.set(n, [report]);
    else found.push(report);
  };
  for (const { journal } of lives) {
    for (const [n, report] of journal.receipts) note(n, report);
    for (const [id, report] of journal.events) note(numbers.get(id) ?? NaN, report);
  }
  return byNumber;
}

/**
 * How many lives ended uncleanly from the one on in which a message was accepted.
 * @param {readonly Life[]} lives
 */
function uncleanEndsSince(lives) {
  const acceptedIn = lives.map(({ journal }) => journal.accepted);
  return (/** @type {number} */ n) => {
    const first = Math.max(
      0,
      acceptedIn.findIndex((accepted) => accepted.has(n)),
    );
    return lives.slice(first).filter(({ clean }) => !clean).length;
  };
}

/**
 * First appearances of the messages of a key stand in the order in which they were accepted.
 * @param {string} topic
 * @param {readonly import('./topics.mjs').ReadRecord[]} records
 * @param {Problems} problems
 */
function judgeOrder(topic, records, problems) {
  /** @type {Map<string, { last: number, partition: number }>} */
  const byKey = new Map();
  const seen = new Set();
  for (const { key, partition, n, offset } of records) {
    if (seen.has(n)) continue;
    seen.add(n);
    const before = byKey.get(key);
    if (before !== undefined && before.partition !== partition) {
      problems.add('a key in two partitions', `${topic} ${key}`);
    }
    if (before !== undefined && n < before.last) {
      problems.add('order of a key', `${topic} ${partition} ${offset}: ${n} after ${before.last}`);
    }
    byKey.set(key, { last: Math.max(n, before?.last ?? -1), partition });
  }
}
