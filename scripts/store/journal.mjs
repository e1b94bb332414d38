// @ts-check
/** What a publisher (publisher.mjs) told before it ended, however it ended. */

/** How often a publisher comes to run, at least. */
export const TICK_US = 5_000;

/** Microseconds on the clock that all processes of this machine share, and that nobody sets. */
export function nowUs() {
  return Number(process.hrtime.bigint() / 1000n);
}

/**
 * @typedef {object} Report A delivery that the library told, by a receipt or an event
 * @property {string} topic
 * @property {number} partition
 * @property {number} offset
 * @property {boolean} maybeDuplicate
 *
 * @typedef {object} Execution A command's run, as the taker of commands told it at its end
 * @property {string} id
 * @property {string} topic
 * @property {number} partition
 * @property {number} offset
 * @property {number} attempt From 1 on
 * @property {number} at When it ended, in microseconds
 * @property {boolean} ok
 *
 * @typedef {object} Assignment A partition of commands came or went, or begins from its beginning
 * @property {'assigned' | 'revoked' | 'lost' | 'recreated'} type
 * @property {number} at
 * @property {string} topic
 * @property {number} partition
 *
 * @typedef {object} Sample
 * @property {number} at
 * @property {number} rssMb
 * @property {string} state
 * @property {number} queued
 * @property {Record<string, number>} failed
 * @property {(import('../../src/index.js').StoreMetrics & { waiting: number }) | null} store
 */

export class Journal {
  /** When `publish…()` returned, by number. @type {Map<number, number>} */
  accepted = new Map();
  /** When the promise resolved, by number. @type {Map<number, number>} */
  settled = new Map();
  /** Codes of the errors, by number. @type {Map<number, string>} */
  rejected = new Map();
  /** Ids of those that settled as stored. @type {Map<number, string>} */
  storedAs = new Map();
  /** Receipts. @type {Map<number, Report>} */
  receipts = new Map();
  /** Events `delivered`, by message id. @type {Map<string, Report & { former: boolean, at: number }>} */
  events = new Map();
  /** Events `lost`. @type {{ ids: string[], count: number, cause: string, lane: string, former: boolean }[]} */
  lost = [];
  /** Commands, in the order in which they ended. @type {Execution[]} */
  executions = [];
  /** @type {Assignment[]} */
  assignments = [];
  /** @type {Sample[]} */
  samples = [];
  /** Latencies of probes, ms, with the time of their end. @type {{ at: number, ms: number }[]} */
  probes = [];
  /** Turns of the loop, each `TICK_US` after the one before, if nothing holds it up. @type {number[]} */
  ticks = [];
  /** File calls; `to`: Infinity while it is under way. @type {{ from: number, to: number, isSync: boolean }[]} */
  calls = [];
  /** What the logger got as a warning or an error. @type {string[]} */
  warnings = [];
  /** What must never be: an unhandled rejection. @type {string[]} */
  crashes = [];
  /** When its store was seen to work: `start()` does not wait for a disk. */
  openedUs = Infinity;
  /** ms that `start()` took; undefined: it had not resolved. @type {number | undefined} */
  startMs;
  /** @type {{ report: import('../../src/index.js').StopReport, losses: import('../../src/index.js').LossEntry[] } | undefined} */
  stopped;
  /** Other errors: of a probe, of filling. @type {Map<string, number>} */
  otherErrors = new Map();

  /** @param {string} line */
  add(line) {
    const space = line.indexOf(' ');
    const word = space < 0 ? line : line.slice(0, space);
    TAKERS[word]?.(this, line.slice(space + 1), line.split(' '));
  }

  /**
   * For how long the process did not come to run: a machine that is busy with other things holds up clocks and timers alike.
   * @param {number} fromUs
   * @param {number} toUs
   */
  stalledUs(fromUs, toUs) {
    // One that began before counts from the beginning on.
    const within = [fromUs, ...this.ticks.filter((at) => at > fromUs && at < toUs), toUs];
    return within.reduce((sum, at, index) => sum + Math.max(0, at - (within[index - 1] ?? at) - TICK_US), 0);
  }

  /**
   * The file calls of that time.
   * @param {number} fromUs
   * @param {number} toUs
   */
  inCalls(fromUs, toUs) {
    const within = this.calls.filter(({ from, to }) => to > fromUs && from < toUs);
    const us = within.reduce((sum, { from, to }) => sum + Math.min(to, toUs) - Math.max(from, fromUs), 0);
    return { calls: within.length, syncs: within.filter(({ isSync }) => isSync).length, us };
  }
}

/** @type {Record<string, (journal: Journal, rest: string, words: string[]) => void>} */
const TAKERS = {
  a: (journal, _, [, n, at]) => void journal.accepted.set(Number(n), Number(at)),
  d: (journal, _, [, n, at, ...report]) => {
    journal.settled.set(Number(n), Number(at));
    journal.receipts.set(Number(n), reportOf(report));
  },
  s: (journal, _, [, n, at, id = '']) => {
    journal.settled.set(Number(n), Number(at));
    journal.storedAs.set(Number(n), id);
  },
  r: (journal, _, [, n, , code = '']) => void journal.rejected.set(Number(n), code),
  D: (journal, _, [, id = '', at, topic = '', partition = '', offset = '', again = '', former]) => {
    journal.events.set(id, {
      ...reportOf([topic, partition, offset, again]),
      former: former === '1',
      at: Number(at),
    });
  },
  C: (journal, _, [, id = '', topic = '', partition, offset, attempt, at, how]) => {
    journal.executions.push({
      id,
      topic,
      partition: Number(partition),
      offset: Number(offset),
      attempt: Number(attempt),
      at: Number(at),
      ok: how === 'ok',
    });
  },
  G: (journal, _, [, type, at, topic = '', partition]) => {
    journal.assignments.push({
      type: /** @type {Assignment['type']} */ (type),
      at: Number(at),
      topic,
      partition: Number(partition),
    });
  },
  L: (journal, rest) => void journal.lost.push(JSON.parse(rest)),
  p: (journal, _, [, at, ms]) => void journal.probes.push({ at: Number(at), ms: Number(ms) }),
  t: (journal, _, [, at]) => void journal.ticks.push(Number(at)),
  y: (journal, _, [, at, name = '']) => {
    journal.calls.push({ from: Number(at), to: Infinity, isSync: name.endsWith('sync') });
  },
  z: (journal, rest) => {
    const last = journal.calls.at(-1);
    if (last !== undefined) last.to = Number(rest);
  },
  o: (journal, rest) => {
    journal.openedUs = Number(rest);
  },
  x: (journal, rest) => void journal.samples.push(JSON.parse(rest)),
  w: (journal, rest) => void journal.warnings.push(rest),
  c: (journal, rest) => void journal.crashes.push(rest),
  e: (journal, rest) => void journal.otherErrors.set(rest, (journal.otherErrors.get(rest) ?? 0) + 1),
  started: (journal, rest) => {
    journal.startMs = Number(rest);
  },
  stopped: (journal, rest) => {
    journal.stopped = JSON.parse(rest);
  },
};

/** @param {string[]} words */
function reportOf([topic = '', partition, offset, again]) {
  return {
    topic,
    partition: Number(partition),
    // `null`: concluded from a later record.
    offset: Number(offset),
    maybeDuplicate: again === '1',
  };
}
