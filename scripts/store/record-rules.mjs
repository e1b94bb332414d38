// @ts-check
/** What must hold of the records of a topic, and of what gateways told of them. Pure. */

/**
 * A message has one id and an id one message: whoever drops what he has seen gets each one once.
 * @param {string} topic
 * @param {readonly import('./topics.mjs').ReadRecord[]} records
 * @param {import('./problems.mjs').Problems} problems
 */
export function judgeIds(topic, records, problems) {
  /** @type {Map<string, number>} */
  const byId = new Map();
  /** @type {Map<number, string>} */
  const byNumber = new Map();
  for (const { n, id, partition, offset } of records) {
    const place = `${topic} ${partition} ${offset}`;
    if (Number.isNaN(n)) {
      problems.add('a record that nobody published', place);
      continue;
    }
    if (id === null || id === '') {
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
 * @param {readonly import('./judge.mjs').Life[]} lives
 * @param {Pick<import('./judge.mjs').LaneRule, 'topic' | 'holds'>} rule
 * @param {readonly import('./topics.mjs').ReadRecord[]} records
 * @param {import('./problems.mjs').Problems} problems
 */
export function judgeCopies(lives, { topic, holds }, records, problems) {
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
      // One that points elsewhere is about another log of this topic.
      if (maybeDuplicate || !all.some((record) => placeOf(record) === placeOf({ partition, offset })))
        continue;
      const earlier = all.find((record) => record.partition === partition && record.offset < offset);
      if (earlier === undefined) continue;
      const found = `${n} at ${topic} ${partition} ${offset}, before it ${earlier.offset}`;
      problems.add('a copy was told without maybeDuplicate', found);
    }
  }
  return copies;
}

/**
 * Where a gateway says that a message is, there it is.
 * @param {readonly import('./judge.mjs').Life[]} lives
 * @param {string} topic
 * @param {readonly import('./topics.mjs').ReadRecord[]} records Of all logs that the topic had
 * @param {import('./problems.mjs').Problems} problems
 * @param {(which: number | string, report: import('./journal.mjs').Report, toldUs: number) => boolean} [isExcused] The log that this
 * message, by its number or its id, was in is gone
 */
export function judgeReports(lives, topic, records, problems, isExcused = () => false) {
  const places = byPlace(records);
  const judgeOne = (
    /** @type {import('./journal.mjs').Report} */ report,
    /** @type {number | string} */ which,
    /** @type {number} */ index,
    /** @type {number} */ toldUs,
  ) => {
    // Without an offset it was concluded from a later one.
    if (report.topic !== topic || Number.isNaN(report.offset)) return;
    const there = places.get(placeOf(report)) ?? [];
    if (there.some(({ n, id }) => n === which || id === which)) return;
    if (isExcused(which, report, toldUs)) return;
    const found = there.map(({ n }) => n).join(' and ') || 'nothing';
    const told = `${which} of life ${index} at ${topic} ${placeOf(report)}`;
    problems.add('a receipt points at another place', `${told}, where ${found} is`);
  };
  for (const [index, { journal }] of lives.entries()) {
    for (const [n, report] of journal.receipts)
      judgeOne(report, n, index, journal.settled.get(n) ?? Infinity);
    for (const [id, report] of journal.events) judgeOne(report, id, index, report.at);
  }
}

/** @param {readonly import('./topics.mjs').ReadRecord[]} records */
function byPlace(records) {
  /** @type {Map<string, import('./topics.mjs').ReadRecord[]>} */
  const places = new Map();
  for (const record of records) {
    const found = places.get(placeOf(record));
    if (found === undefined) places.set(placeOf(record), [record]);
    else found.push(record);
  }
  return places;
}

/** @param {{ partition: number, offset: number }} place */
function placeOf({ partition, offset }) {
  return `${partition} ${offset}`;
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
 * @param {readonly import('./judge.mjs').Life[]} lives
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
 * @param {readonly import('./judge.mjs').Life[]} lives
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
 * @param {import('./problems.mjs').Problems} problems
 * @param {object} [exceptions]
 * @param {boolean} [exceptions.keysMove] Partitions were added: order holds per partition
 * @param {(n: number) => boolean} [exceptions.mayOvertake] Those may stand before older ones
 * @param {(n: number) => boolean} [exceptions.mayBeLate] Those may stand behind newer ones
 */
export function judgeOrder(
  topic,
  records,
  problems,
  { keysMove = false, mayOvertake = () => false, mayBeLate = () => false } = {},
) {
  /** @type {Map<string, { last: number, partition: number }>} */
  const byKey = new Map();
  // Of one that stands in two partitions nothing tells which came first.
  const seen = keysMove ? inTwoPartitions(records) : new Set();
  for (const { key, partition, n, offset } of records) {
    if (seen.has(n)) continue;
    seen.add(n);
    const lane = keysMove ? `${partition} ${key}` : key;
    const before = byKey.get(lane);
    if (before !== undefined && before.partition !== partition) {
      problems.add('a key in two partitions', `${topic} ${key}`);
    }
    if (before !== undefined && n < before.last && !mayBeLate(n)) {
      problems.add('order of a key', `${topic} ${partition} ${offset}: ${n} after ${before.last}`);
    }
    byKey.set(lane, { last: Math.max(mayOvertake(n) ? -1 : n, before?.last ?? -1), partition });
  }
}

/** @param {readonly import('./topics.mjs').ReadRecord[]} records */
function inTwoPartitions(records) {
  /** @type {Map<number, number>} */
  const partitions = new Map();
  /** @type {Set<number>} */
  const found = new Set();
  for (const { n, partition } of records) {
    if ((partitions.get(n) ?? partition) !== partition) found.add(n);
    partitions.set(n, partition);
  }
  return found;
}
