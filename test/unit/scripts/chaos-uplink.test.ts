import { describe, expect, it } from 'vitest';
import {
  judgeUplink,
  type UplinkCase,
  type UplinkLog,
  type UplinkVerdict,
} from '../../../scripts/chaos/oracle/uplink.mjs';
import type { Life } from '../../../scripts/store/judge.mjs';
import { Journal } from '../../../scripts/store/journal.mjs';
import type { ReadRecord } from '../../../scripts/store/topics.mjs';

/** Of the last life, with nothing left. */
const STOPPED = stopped();

function stopped(over: object = {}, losses: { count: number; atLeast?: boolean }[] = []): string {
  return `stopped ${JSON.stringify({ report: { stored: 0, undelivered: 0, unclosed: [], ...over }, losses })}`;
}

function life(lines: string[], clean = true): Life {
  const journal = new Journal();
  for (const line of lines) journal.add(line);
  return { journal, clean, endUs: 10_000_000 };
}

const killed = (lines: string[]): Life => life(lines, false);

function record(n: number, offset: number, over: Partial<ReadRecord> = {}): ReadRecord {
  return { n, offset, partition: 0, key: 'k', id: `s-1-${n}`, replayed: false, ...over };
}

function log(records: ReadRecord[], removed?: UplinkLog['removed']): UplinkLog {
  const ends = new Map<number, number>();
  for (const { partition, offset } of records)
    ends.set(partition, Math.max(offset + 1, ends.get(partition) ?? 0));
  return { records, ends, ...(removed === undefined ? {} : { removed }) };
}

/** One gateway, whose numbers are below 1,000, and one topic. */
function verdict(
  lives: Life[],
  logs: ReadRecord[] | UplinkLog[],
  over: Partial<UplinkCase> = {},
): UplinkVerdict {
  const isLog = (each: ReadRecord | UplinkLog): each is UplinkLog => 'records' in each;
  const all = logs.every(isLog) && logs.length > 0 ? logs : [log(logs as ReadRecord[])];
  return judgeUplink({
    gateways: [
      { name: 'g', lives, rules: [{ topic: 't', holds: () => true }], owns: (n) => n > 0 && n < 1000 },
    ],
    topics: new Map([['t', all]]),
    ...over,
  });
}

/** A sample of the store. */
const store = (at: number, state: string): string => `x ${JSON.stringify({ at, store: { state } })}`;

interface Case {
  readonly lives: Life[];
  readonly logs: ReadRecord[] | UplinkLog[];
  readonly over?: Partial<UplinkCase>;
}

/** A gateway whose disk always had room. */
const worksOn = (lives: Life[]): Partial<UplinkCase> => ({
  gateways: [
    {
      name: 'g',
      lives,
      rules: [{ topic: 't', holds: () => true, storeAfterMs: 0, commitIntervalMs: 200 }],
      owns: () => true,
      diskWorks: true,
    },
  ],
});
const loss = (cause: string): string => `L ${JSON.stringify({ ids: ['s-1-1'], count: 1, cause, lane: 'x' })}`;
const TOLD_LOST = ['a 1 1', 's 1 2 s-1-1'];
const ledger = (cause: string): string => stopped({}, [{ count: 1, cause, lane: 'x' } as { count: number }]);
/** Two messages, the second of which was stored first. */
const OUT_OF_ORDER = ['a 1 1', 'a 2 1', 'd 1 2 t 0 1 0', 'd 2 2 t 0 0 0', STOPPED];
/** It runs all the time. */
const ticksTo = (us: number): string[] =>
  Array.from({ length: us / 5000 }, (_, index) => `t ${(index + 1) * 5000}`);

const REMOVED = { readUs: 1000, goneUs: 2000 };
const ONE = ['a 1 1', 'd 1 2 t 0 0 0'];

/** What is wrong → one input in which only that is. */
const BROKEN: Readonly<Record<string, Case>> = {
  'a settled message is missing: 1 of life 0 of g, delivered': {
    lives: [life(['a 1 1', 'd 1 2 t 0 null 0', STOPPED])],
    logs: [],
  },
  'a settled message is missing: 1 of life 0 of g, s-1-1': {
    lives: [killed(['a 1 1', 's 1 2 s-1-1']), life([STOPPED])],
    logs: [],
  },
  'a settled message is missing: 1 of life 0 of g, delivered, whatever the ledger counts': {
    lives: [life(['a 1 1', 'd 1 2 t 0 null 0', stopped({}, [{ count: 1 }])])],
    logs: [],
  },
  // The ledger has one loss, and two are missing.
  'a settled message is missing: 1 of life 0 of g, s-1-1; 2 of life 0 of g, s-1-2': {
    lives: [killed(['a 1 1', 's 1 2 s-1-1', 'a 2 1', 's 2 2 s-1-2']), life([stopped({}, [{ count: 1 }])])],
    logs: [],
  },
  // Settled before the topic was read for the last time.
  'a settled message is missing: 1 of life 0 of g, delivered; 2 of life 0 of g, delivered': {
    lives: [life(['a 1 1', 'd 1 900 t 0 null 0', 'a 2 2001', 'd 2 2100 t 0 null 0', STOPPED])],
    logs: [log([], REMOVED), log([])],
  },
  'a record without message_id: t 0 0; t 0 1': {
    lives: [life([...ONE, 'a 2 1', 'd 2 2 t 0 1 0', STOPPED])],
    logs: [record(1, 0, { id: '' }), record(2, 1, { id: null })],
  },
  // Sent before the store was open, and again under a name that it has there.
  'a message with two message_ids: t 0 1: early-0-1 and s-1-1': {
    lives: [killed(['a 1 1', 'o 5', 's 1 9 s-1-1']), life(['D s-1-1 300 t 0 1 1 1', STOPPED])],
    logs: [record(1, 0, { id: 'early-0-1' }), record(1, 1, { id: 's-1-1' })],
  },
  'a receipt points at another place: 1 of life 0 at t 0 1, where 2 is': {
    lives: [life(['a 1 1', 'a 2 1', 'd 1 2 t 0 1 0', 'd 2 2 t 0 1 0', STOPPED])],
    logs: [record(1, 0), record(2, 1)],
  },
  'a receipt points at another place: s-1-1 of life 1 at t 0 7, where nothing is': {
    lives: [killed(['a 1 1', 's 1 2 s-1-1']), life(['D s-1-1 5 t 0 7 0 1', STOPPED])],
    logs: [record(1, 0)],
  },
  // It was settled in the time of the removal, but stood before the end that was read.
  'a receipt points at another place: 2 of life 0 at t 0 0, where 1 is': {
    lives: [life(['a 1 1', 'd 1 2 t 0 0 0', 'a 2 1100', 'd 2 1200 t 0 0 0', STOPPED])],
    logs: [log([record(1, 0)], REMOVED), log([record(2, 5)])],
  },
  'order of a key: t 0 1: 1 after 2': {
    lives: [life(['a 1 1', 'a 2 1', 'd 1 2 t 0 1 0', 'd 2 2 t 0 0 0', STOPPED])],
    logs: [record(2, 0), record(1, 1)],
  },
  // It had settled: its successor knew of it.
  'order of a key: t 0 1: 1 after 2 of a life that was killed': {
    lives: [
      killed(['a 1 1', 's 1 2 s-1-1']),
      life(['a 2 100', 'd 2 200 t 0 0 0', 'D s-1-1 300 t 0 1 0 1', STOPPED]),
    ],
    logs: [record(2, 0), record(1, 1, { id: 's-1-1' })],
  },
  // The first request was refused in another life, or to another partition, or it stands before what was stored.
  'order of a key: t 0 1: 1 after 2, of another life than what started late': {
    lives: [life(['a 1 1', 'd 1 2 t 0 1 0', STOPPED]), life(['a 2 100', 'd 2 200 t 0 0 0', STOPPED])],
    logs: [{ ...log([record(2, 0), record(1, 1)]), starts: [{ partition: 0, from: 0, to: 0 }] }],
  },
  'order of a key: t 0 1: 1 after 2, of another partition than what started late': {
    lives: [life(OUT_OF_ORDER)],
    logs: [{ ...log([record(2, 0), record(1, 1)]), starts: [{ partition: 1, from: 0, to: 0 }] }],
  },
  'order of a key: t 0 1: 1 after 2, before what started late': {
    lives: [life(['a 1 1', 'a 2 1', 'a 3 1', 'd 1 2 t 0 1 0', 'd 2 2 t 0 0 0', 'd 3 2 t 0 2 0', STOPPED])],
    logs: [
      { ...log([record(2, 0), record(1, 1), record(3, 2)]), starts: [{ partition: 0, from: 2, to: 2 }] },
    ],
  },
  // Over both logs of a topic.
  'order of a key: t 0 0: 1 after 2': {
    lives: [life(['a 1 1', 'a 2 1', 'd 1 2 t 0 0 0', 'd 2 2 t 0 0 0', STOPPED])],
    logs: [log([record(2, 0)], REMOVED), log([record(1, 0)])],
  },
  'a key in two partitions: t k': {
    lives: [life([...ONE, 'a 2 1', 'd 2 2 t 1 0 0', STOPPED])],
    logs: [record(1, 0), record(2, 0, { partition: 1 })],
  },
  'order of a key: t 1 1: 2 after 3': {
    lives: [life([...ONE, 'a 2 1', 'a 3 1', 'd 2 2 t 1 1 0', 'd 3 2 t 1 0 0', STOPPED])],
    logs: [record(1, 0), record(3, 0, { partition: 1 }), record(2, 1, { partition: 1 })],
    over: { grown: new Set(['t']) },
  },
  // The disk works: nobody may overtake.
  'order of a key: t 0 1: 1 after 2 of a working store': {
    lives: [
      life([
        store(0, 'working'),
        'a 1 5000000',
        'a 2 5000001',
        store(6_000_000, 'working'),
        'd 1 6000000 t 0 1 0',
        'd 2 6000000 t 0 0 0',
        STOPPED,
      ]),
    ],
    logs: [record(2, 0), record(1, 1)],
  },
  'more copies than ends could cause: 1: 2, maybeDuplicate 0, unclean ends 0': {
    lives: [life([...ONE, STOPPED])],
    logs: [record(1, 0), record(1, 1)],
  },
  'a copy was told without maybeDuplicate: 1 at t 0 1, before it 0': {
    lives: [killed(['a 1 1', 's 1 2 s-1-1']), life(['D s-1-1 5 t 0 1 0 1', STOPPED])],
    logs: [record(1, 0), record(1, 1)],
  },
  'two messages with one message_id: t 0 1: s-1-1': {
    lives: [life([...ONE, 'a 2 1', 'd 2 2 t 0 1 0', STOPPED])],
    logs: [record(1, 0), record(2, 1, { id: 's-1-1' })],
  },
  'a record without message_id: t 0 0': {
    lives: [life([...ONE, STOPPED])],
    logs: [record(1, 0, { id: null })],
  },
  'a record that nobody published: 2 of g at 0 1': {
    lives: [life([...ONE, STOPPED])],
    logs: [record(1, 0), record(2, 1)],
  },
  // Behind what a killed one told there may be more, before it not.
  'a record that nobody published: 3 of g at 0 0': {
    lives: [killed(['a 4 1']), life([STOPPED])],
    logs: [record(3, 0)],
  },
  // One that was killed before it told of any excuses no number behind those of the next life.
  'a record that nobody published: 3 of g at 0 1': {
    lives: [killed([]), life(['a 2 1', 'd 2 2 t 0 0 0', STOPPED])],
    logs: [record(2, 0), record(3, 1)],
  },
  'a record of no gateway: t 0 1': {
    lives: [life([...ONE, STOPPED])],
    logs: [record(1, 0), record(5000, 1)],
  },
  'a promise without an end after a clean stop: 1 of life 0 of g': {
    lives: [life(['a 1 1', STOPPED])],
    logs: [record(1, 0)],
  },
  'a promise ended twice: 1 of life 0 of g': {
    lives: [life([...ONE, 'r 1 3 STOPPED', STOPPED])],
    logs: [record(1, 0)],
    over: { allowedCodes: new Set(['STOPPED']) },
  },
  'a refused message is in Kafka: 1 of life 0 of g, QUEUE_FULL': {
    lives: [life(['a 1 1', 'r 1 2 QUEUE_FULL', STOPPED])],
    logs: [record(1, 0)],
    over: { allowedCodes: new Set(['QUEUE_FULL']) },
  },
  'a stored message of which no end was told: 1 of life 0 of g, s-1-1': {
    lives: [life(['a 1 1', 's 1 2 s-1-1', STOPPED])],
    logs: [record(1, 0)],
  },
  'a message told as delivered and as lost: 1 of life 0 of g, s-1-1': {
    lives: [
      life([
        'a 1 1',
        's 1 2 s-1-1',
        'D s-1-1 5 t 0 0 0 0',
        `L ${JSON.stringify({ ids: ['s-1-1'], count: 1 })}`,
        stopped({}, [{ count: 1 }]),
      ]),
    ],
    logs: [record(1, 0)],
  },
  'the ledger has less than was told as lost: g: 0 of 1': {
    lives: [life(['a 1 1', 's 1 2 s-1-1', `L ${JSON.stringify({ ids: ['s-1-1'], count: 1 })}`, STOPPED])],
    logs: [],
  },
  'an unexpected error: DELIVERY_TIMEOUT, 1 of life 0 of g': {
    lives: [life(['a 1 1', 'r 1 2 DELIVERY_TIMEOUT', STOPPED])],
    logs: [],
    over: { allowedCodes: new Set(['QUEUE_FULL']) },
  },
  'an unexpected error: LIBRARY_FAULT, respond LIBRARY_FAULT in life 0 of g': {
    lives: [life(['e respond LIBRARY_FAULT', STOPPED])],
    logs: [],
  },
  'the process reported a crash: life 0 of g: unhandled rejection x': {
    lives: [life(['c unhandled rejection x', STOPPED])],
    logs: [],
  },
  'an error of a gateway whose disk works: 1 of life 0 of g, DELIVERY_TIMEOUT': {
    lives: [],
    logs: [],
    over: {
      ...worksOn([life(['a 1 1', 'r 1 2 DELIVERY_TIMEOUT', STOPPED])]),
      allowedCodes: new Set(['DELIVERY_TIMEOUT']),
    },
  },
  'a loss that nothing explains: g: lane x, corrupt': {
    lives: [life([...TOLD_LOST, loss('corrupt'), ledger('corrupt')])],
    logs: [],
  },
  // Counted by the ledger alone.
  'a loss that nothing explains: g: lane x, corrupt, after a kill': {
    lives: [killed(TOLD_LOST), life([ledger('corrupt')])],
    logs: [],
  },
  'a loss that nothing explains: g: lane x, disk_full': {
    lives: [],
    logs: [],
    over: worksOn([life([...TOLD_LOST, loss('disk_full'), ledger('disk_full')])]),
  },
  'a message that was due is missing: 1 of life 0 of g, overdue for 4800 ms': {
    lives: [],
    logs: [],
    over: worksOn([killed(['a 1 5000000', 'o 1', ...ticksTo(10_000_000)]), life([STOPPED])]),
  },
  'a client is not closed at the end: g: uplink': {
    lives: [life([stopped({ unclosed: ['uplink'] })])],
    logs: [],
  },
  'a gateway did not stop in order at the end: g': { lives: [killed([])], logs: [] },
  'messages are left on disk at the end: g: 3': { lives: [life([stopped({ stored: 3 })])], logs: [] },
  'messages ended with an error at the last stop: g: 2': {
    lives: [life([stopped({ undelivered: 2 })])],
    logs: [],
  },
};

/** What is allowed → an input of it. */
const WHOLE: Readonly<Record<string, Case & { readonly counts?: Partial<UplinkVerdict> }>> = {
  'each once, in order': {
    lives: [life([...ONE, 'a 2 2', 's 2 3 s-1-2', 'D s-1-2 5 t 0 1 0 0', STOPPED])],
    logs: [record(1, 0), record(2, 1)],
    counts: { accepted: 2, settled: 2, records: 2 },
  },
  'sent before the store was open, stored later, and sent again under its first name': {
    lives: [killed(['a 1 1', 'o 5', 's 1 9 early-0-1']), life(['D early-0-1 300 t 0 1 1 1', STOPPED])],
    logs: [record(1, 0, { id: 'early-0-1' }), record(1, 1, { id: 'early-0-1' })],
    counts: { copies: 1 },
  },
  'behind newer ones of the same process, since its first request was refused': {
    lives: [life(OUT_OF_ORDER)],
    logs: [{ ...log([record(2, 0), record(1, 1)]), starts: [{ partition: 0, from: 0, to: 0 }] }],
    counts: { behindStart: 1 },
  },
  'sent again, when its key had another partition': {
    lives: [
      killed(['a 1 1', 's 1 2 s-1-1', 'a 2 3']),
      life(['D s-1-1 300 t 1 1 1 1', 'a 3 301', 'd 3 302 t 1 2 0', STOPPED]),
    ],
    logs: [record(2, 0, { partition: 1 }), record(1, 1, { partition: 1 }), record(3, 2, { partition: 1 })],
    over: { grown: new Set(['t']) },
  },
  'what a killed process had on its way, written behind what its successor sent': {
    lives: [killed(['a 1 1']), life(['a 2 100', 'd 2 200 t 0 0 0', STOPPED])],
    logs: [record(2, 0), record(1, 1)],
  },
  'accepted, and gone with a kill before it had settled': {
    lives: [killed(['a 1 1']), life([STOPPED])],
    logs: [],
    counts: { gone: 1 },
  },
  'in the log that was deleted': {
    lives: [life([...ONE, STOPPED])],
    logs: [log([record(1, 0)], REMOVED), log([])],
  },
  'delivered while a topic was deleted, at a place that nobody has read': {
    lives: [life(['a 1 1900', 'd 1 9000 t 0 0 0', STOPPED])],
    logs: [log([], REMOVED), log([])],
    counts: { removed: 1 },
  },
  'stored, and delivered while a topic was deleted': {
    lives: [killed(['a 1 1', 's 1 2 s-1-1']), life(['D s-1-1 1500 t 0 3 0 1', STOPPED])],
    logs: [log([record(2, 2)], REMOVED), log([])],
    counts: { removed: 1, records: 1 },
    over: {
      gateways: [
        {
          name: 'g',
          lives: [
            killed(['a 1 1', 's 1 2 s-1-1', 'a 2 1', 'd 2 2 t 0 2 0']),
            life(['D s-1-1 1500 t 0 3 0 1', STOPPED]),
          ],
          rules: [{ topic: 't', holds: () => true }],
          owns: () => true,
        },
      ],
    },
  },
  'the same place in both logs of a topic': {
    lives: [life([...ONE, 'a 2 3000', 'd 2 4000 t 0 0 0', STOPPED])],
    logs: [log([record(1, 0)], REMOVED), log([record(2, 0)])],
  },
  'once in each log of a topic': {
    lives: [life(['a 1 1', 'd 1 2 t 0 0 0', STOPPED])],
    logs: [log([record(1, 0)], REMOVED), log([record(1, 0)])],
    counts: { copies: 0 },
  },
  'told as lost': {
    lives: [
      life([
        'a 1 1',
        's 1 2 s-1-1',
        `L ${JSON.stringify({ ids: ['s-1-1'], count: 1 })}`,
        stopped({}, [{ count: 1 }]),
      ]),
    ],
    logs: [],
    counts: { lost: 1 },
  },
  'counted as lost, by a ledger that cannot name it': {
    lives: [killed(['a 1 1', 's 1 2 s-1-1']), life([stopped({}, [{ count: 1 }])])],
    logs: [],
    counts: { lost: 1 },
  },
  'counted as lost, at least': {
    lives: [
      killed(['a 1 1', 's 1 2 s-1-1', 'a 2 1', 's 2 2 s-1-2']),
      life([stopped({}, [{ count: 1, atLeast: true }])]),
    ],
    logs: [],
    counts: { lost: 2 },
  },
  'a copy after a kill, told as maybeDuplicate': {
    lives: [killed(ONE), life(['D s-1-1 5 t 0 1 1 1', STOPPED])],
    logs: [record(1, 0), record(1, 1)],
    counts: { copies: 1, saidMaybe: 1 },
  },
  'a stored message whose end was told to nobody, because of a kill': {
    lives: [killed(['a 1 1', 's 1 2 s-1-1']), life([STOPPED])],
    logs: [record(1, 0)],
    counts: { endUntold: 1 },
  },
  'a record that a killed gateway had no time to tell of': {
    lives: [killed(ONE), life([STOPPED])],
    logs: [record(1, 0), record(2, 1)],
  },
  'a record of a gateway that was killed before it told of any': {
    lives: [killed([]), life(['a 3 1', 'd 3 2 t 0 1 0', STOPPED])],
    logs: [record(2, 0), record(3, 1)],
  },
  'a key that moves to a new partition, with a copy there': {
    lives: [killed([...ONE, 'a 2 1', 'd 2 2 t 1 0 0']), life([STOPPED])],
    logs: [record(1, 0), record(2, 0, { partition: 1 }), record(1, 1, { partition: 1 })],
    over: { grown: new Set(['t']) },
    counts: { copies: 1 },
  },
  'one that overtakes what is on a disk that takes nothing': {
    lives: [
      life([
        store(0, 'working'),
        'a 1 2000000',
        store(4_000_000, 'working'),
        'a 2 5000000',
        store(5_000_000, 'degraded'),
        store(6_000_000, 'working'),
        'd 1 6000000 t 0 1 0',
        'd 2 6000000 t 0 0 0',
        STOPPED,
      ]),
    ],
    logs: [record(2, 0), record(1, 1)],
  },
  'given up by a gateway whose disk was full': {
    lives: [life([...TOLD_LOST, loss('disk_full'), ledger('disk_full')])],
    logs: [],
    counts: { lost: 1 },
  },
  'due for a long time, by a process that did not come to run': {
    lives: [],
    logs: [],
    over: worksOn([killed(['a 1 5000000', 'o 1', 't 5000001']), life([STOPPED])]),
    counts: { gone: 1 },
  },
  'accepted so late that it was not due': {
    lives: [],
    logs: [],
    over: worksOn([killed(['a 1 9000000', 'o 1', ...ticksTo(10_000_000)]), life([STOPPED])]),
    counts: { gone: 1 },
  },
  'due for a long time, and perhaps gone with a topic that was deleted': {
    lives: [],
    logs: [log([], { readUs: 5_500_000, goneUs: 6_000_000 }), log([])],
    over: worksOn([killed(['a 1 5000000', 'o 1', ...ticksTo(10_000_000)]), life([STOPPED])]),
    counts: { gone: 1 },
  },
  'an error that may come': {
    lives: [life(['a 1 1', 'r 1 2 DELIVERY_TIMEOUT', 'e respond DELIVERY_TIMEOUT', STOPPED])],
    logs: [],
    over: { allowedCodes: new Set(['DELIVERY_TIMEOUT']) },
    counts: { codes: { DELIVERY_TIMEOUT: 2 } },
  },
};

describe('the judge of what gateways published', () => {
  it.each(Object.entries(BROKEN))('finds: %s', (problem, { lives, logs, over }) => {
    const found = verdict(lives, logs, over).problems;
    expect(found).toHaveLength(1);
    // A note behind the problem makes its name in this table another one.
    expect(problem.startsWith(found[0] ?? '-')).toBe(true);
  });

  it.each(Object.entries(WHOLE))('finds nothing: %s', (_, { lives, logs, over, counts = {} }) => {
    expect(verdict(lives, logs, over)).toMatchObject({ problems: [], ...counts });
  });

  it('finds a message in the topic of another lane', () => {
    const rules = [
      { topic: 't', holds: (n: number) => n > 1 },
      { topic: 'u', holds: (n: number) => n === 1 },
    ];
    const gateways = [{ name: 'g', lives: [life([...ONE, STOPPED])], rules, owns: () => true }];
    expect(verdict([], [record(1, 0)], { gateways }).problems).toContain(
      'a message in the wrong topic: 1 in t',
    );
  });
});
