import { describe, expect, it } from 'vitest';
import {
  judgeDownlink,
  type CommandLog,
  type DownlinkCase,
  type DownlinkVerdict,
  type SentCommand,
} from '../../../scripts/chaos/oracle/downlink.mjs';
import type { Commit } from '../../../scripts/chaos/oracle/read.mjs';
import { Journal } from '../../../scripts/store/journal.mjs';

/** Of the key `k` in partition 0; its id says where it is. */
function sent(offset: number, over: Partial<SentCommand> = {}): SentCommand {
  return { id: `w-${offset}`, partition: 0, offset, key: 'k', ...over };
}

function log(records: SentCommand[], end = records.length, over: Partial<CommandLog> = {}): CommandLog {
  return { records, aborted: [], ends: new Map([[0, end]]), ...over };
}

function commit(offset: number, atMs: number, over: Partial<Commit> = {}): Commit {
  return { topic: 't', partition: 0, offset, topicId: null, atMs, ...over };
}

/** Journals of processes, each of which was a life of a gateway of its own. */
function gateways(journals: string[][]): DownlinkCase['gateways'] {
  return journals.map((lines, index) => {
    const journal = new Journal();
    for (const line of lines) journal.add(line);
    return { name: `g${index}`, lives: [{ journal, clean: true, endUs: 0 }] };
  });
}

const run = (offset: number, at: number, how = 'ok', attempt = 1): string =>
  `C w-${offset} t 0 ${offset} ${attempt} ${at} ${how}`;
const came = (at: number, type = 'assigned'): string => `G ${type} ${at} t 0`;

interface Case extends Partial<DownlinkCase> {
  readonly journals: string[][];
  readonly logs: CommandLog[];
}

function verdict({ journals, logs, ...over }: Case): DownlinkVerdict {
  return judgeDownlink({
    gateways: gateways(journals),
    topics: new Map([['t', logs]]),
    // All that there is, long after.
    commits: [commit(logs.at(-1)?.ends.get(0) ?? 0, 1_000_000)],
    wallMinusMonotonicUs: 0,
    ...over,
  });
}

const TWO = log([sent(0), sent(1)]);
const REMOVED = { readUs: 1000, goneUs: 2000 };
const GONE = log([sent(0), sent(1)], 2, { removed: REMOVED });

/** What is wrong → one input in which only that is. */
const BROKEN: Readonly<Record<string, Case>> = {
  'a command was not executed: w-1 (t 0 1), 1 failed attempts': {
    journals: [[run(0, 10), run(1, 20, 'failed')]],
    logs: [TWO],
    // Commits are another matter.
    slopMs: Infinity,
  },
  'a command of an aborted transaction was executed: w-2 at t 0 2 in life 0 of g0': {
    journals: [[run(0, 10), run(1, 20), run(2, 30)]],
    logs: [log([sent(0), sent(1)], 4, { aborted: [sent(2)] })],
  },
  'a command was executed that nobody sent: w-9 at t 0 9 in life 0 of g0': {
    journals: [[run(0, 10), run(1, 20), run(9, 30)]],
    logs: [TWO],
  },
  // The log that it may have been in is gone for long.
  'a command was executed that nobody sent: w-7 at t 0 7 in life 0 of g0': {
    journals: [[run(0, 10), run(1, 20), run(7, 20_000_000)]],
    logs: [GONE, log([])],
  },
  'a command was executed with a wrong place: w-1 at t 0 5 in life 0 of g0': {
    journals: [[run(0, 10), run(1, 20), 'C w-1 t 0 5 1 30 ok']],
    logs: [TWO],
  },
  'order of the commands of a key: w-1 (t 0 1) at 10 in life 0 of g0, before w-0 (t 0 0)': {
    journals: [[run(1, 10), run(0, 20)]],
    logs: [TWO],
  },
  // Of two processes, and though the first had begun with the one before.
  'order of the commands of a key: w-1 (t 0 1) at 20 in life 0 of g1, before w-0 (t 0 0)': {
    journals: [[run(0, 10, 'failed'), run(0, 30, 'ok', 2)], [run(1, 20)]],
    logs: [TWO],
  },
  // In a log that is gone later: it was passed over before.
  'order of the commands of a key: w-1 (t 0 1) at 900 in life 0 of g0, before w-0 (t 0 0)': {
    journals: [[run(1, 900)]],
    logs: [GONE, log([])],
  },
  'a command came again within an assignment: w-0 (t 0 0), attempt 1, after w-1 (t 0 1), attempt 1, in life 0 of g0':
    { journals: [[came(1), run(0, 10), run(1, 20), run(0, 30)]], logs: [TWO] },
  'a command came again within an assignment: w-1 (t 0 1), attempt 1, after w-1 (t 0 1), attempt 1, in life 0 of g0':
    { journals: [[came(1), run(0, 10), run(1, 20), run(1, 30)]], logs: [TWO] },
  'a commit passes a command: t 0: 2 passes w-1 (t 0 1), executed 20 ms later': {
    journals: [[run(0, 1000), run(1, 120_000)]],
    logs: [TWO],
    commits: [commit(1, 100), commit(2, 100)],
  },
  'a commit passes a command: t 0: 1 passes w-0 (t 0 0), executed 6 ms later': {
    journals: [[run(0, 16_000), run(1, 17_000)]],
    logs: [TWO],
    commits: [commit(1, 10), commit(2, 100)],
  },
  // In the log that is gone; the commit has its id.
  'a commit passes a command: t 0: 2 passes w-1 (t 0 1), never executed': {
    journals: [[run(0, 100)]],
    logs: [{ ...GONE, topicId: 'old' }, log([])],
    commits: [commit(2, 1_000_000, { topicId: 'old' })],
  },
  'a commit beyond the end: t 0: 3, end 2': {
    journals: [[run(0, 10), run(1, 20)]],
    logs: [TWO],
    commits: [commit(3, 1000)],
  },
  'not everything is committed at the end: t 0: 1 of 3': {
    journals: [[run(0, 10), run(1, 20)]],
    logs: [log([sent(0), sent(1)], 3)],
    commits: [commit(1, 1000)],
  },
  // A commit for the former log says nothing about this one.
  'not everything is committed at the end: t 0: 0 of 1': {
    journals: [[run(0, 10), run(1, 20), 'C w-3 t 0 0 1 3000 ok']],
    logs: [GONE, log([sent(0, { id: 'w-3' })])],
    commits: [commit(2, 1)],
  },
  'a command that Kafka has acknowledged is missing: t w-8': {
    journals: [[run(0, 10), run(1, 20)]],
    logs: [TWO],
    acknowledged: new Map([['t', new Set(['w-0', 'w-8'])]]),
  },
};

/** What is allowed → an input of it. */
const WHOLE: Readonly<Record<string, Case & { readonly counts?: Partial<DownlinkVerdict> }>> = {
  'a topic that is created again within an assignment': {
    journals: [[came(1), run(0, 10), run(1, 20), 'C w-5 t 0 0 1 5000000 ok']],
    logs: [{ ...GONE, topicId: 'old' }, log([sent(0, { id: 'w-5' })], 1, { topicId: 'new' })],
    commits: [commit(2, 4000, { topicId: 'old' }), commit(1, 6000, { topicId: 'new' })],
  },
  'a topic that is created again, whose records were read before the gateway knew that': {
    journals: [[came(1), run(0, 10), run(1, 20), came(25, 'recreated'), run(0, 30), run(1, 40)]],
    logs: [TWO],
    counts: { repeated: 2 },
  },
  'the marker of a transaction is the last record, and not passed yet': {
    journals: [[run(0, 10), run(1, 20)]],
    logs: [log([sent(0), sent(1)], 3)],
    commits: [commit(2, 1000)],
  },
  'each once, in order': {
    journals: [[came(1), run(0, 10), run(1, 20)]],
    logs: [TWO],
    commits: [commit(0, 0), commit(1, 1), commit(2, 1)],
    acknowledged: new Map([['t', new Set(['w-0', 'w-1'])]]),
    counts: { commands: 2, executions: 2, repeated: 0, failures: 0, commits: 3 },
  },
  'an attempt that failed, and the next one': {
    journals: [[came(1), run(0, 10, 'failed'), run(0, 20, 'ok', 2), run(1, 30)]],
    logs: [TWO],
    counts: { executions: 2, failures: 1, repeated: 0 },
  },
  'a successful one again, since its answer was not delivered': {
    journals: [[came(1), run(0, 10), run(0, 20, 'ok', 2), run(1, 30)]],
    logs: [TWO],
    counts: { repeated: 1 },
  },
  'again from the start, by the next owner': {
    journals: [
      [run(0, 10), run(1, 20)],
      [run(0, 30), run(1, 40)],
    ],
    logs: [TWO],
    counts: { executions: 4, repeated: 2 },
  },
  'again by the same process, after another assignment': {
    journals: [[came(1), run(0, 10), run(1, 20), came(25, 'lost'), came(26), run(0, 30), run(1, 40)]],
    logs: [TWO],
    counts: { repeated: 2, judgedAssignments: 3 },
  },
  'another partition that is assigned': {
    journals: [[came(1), run(0, 10), 'G assigned 15 t 1', run(1, 20)]],
    logs: [TWO],
  },
  'two keys in any order, and none without a key': {
    journals: [['C w-2 t 0 2 1 5 ok', run(1, 10), run(0, 20), 'C w-3 t 0 3 1 2 ok']],
    logs: [log([sent(0), sent(1, { key: 'l' }), sent(2, { key: null }), sent(3, { key: null })])],
  },
  'an aborted one that nobody executed': {
    journals: [[run(0, 10), run(1, 20)]],
    logs: [log([sent(0), sent(1)], 4, { aborted: [sent(2)] })],
    counts: { aborted: 1 },
  },
  'one that was not executed before its topic was gone': {
    journals: [[run(0, 10)]],
    logs: [GONE, log([])],
    counts: { removed: 1 },
  },
  'one that came after the last read of a log that is gone': {
    journals: [[run(0, 10), run(1, 20), run(2, 2500)]],
    logs: [GONE, log([])],
  },
  'the same place in both logs of a topic': {
    journals: [[run(0, 10), run(1, 20), 'C w-5 t 0 0 1 5000000 ok']],
    logs: [{ ...GONE, topicId: 'old' }, log([sent(0, { id: 'w-5' })], 1, { topicId: 'new' })],
    // The old one has the time of the new one.
    commits: [commit(2, 4000, { topicId: 'old' }), commit(1, 6000, { topicId: 'new' })],
  },
  'logs without an id, which commits belong to by their time': {
    journals: [[run(0, 10), run(1, 20), 'C w-5 t 0 0 1 5000000 ok']],
    logs: [GONE, log([sent(0, { id: 'w-5' })])],
    commits: [commit(2, 1), commit(0, 4000), commit(1, 5001)],
  },
  'a commit within the grain of the clocks': {
    journals: [[run(0, 14_000), run(1, 15_000)]],
    logs: [TWO],
    commits: [commit(2, 10)],
  },
  'a clock of the brokers that is ahead of that of the journals': {
    journals: [[run(0, 10_000), run(1, 20_000)]],
    logs: [TWO],
    commits: [commit(1, 7011), commit(2, 7021)],
    wallMinusMonotonicUs: 7_000_000,
  },
  'one that ended as a dead letter': {
    journals: [[run(1, 20)]],
    logs: [TWO],
    otherEnds: new Map([['w-0', 15]]),
    commits: [commit(2, 1000)],
  },
};

describe('the judge of what gateways executed', () => {
  it.each(Object.entries(BROKEN))('finds: %s', (problem, given) => {
    expect(verdict(given).problems).toEqual([problem]);
  });

  it.each(Object.entries(WHOLE))('finds nothing: %s', (_, given) => {
    expect(verdict(given)).toMatchObject({ problems: [], ...given.counts });
  });
});
