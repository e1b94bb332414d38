import { describe, expect, it } from 'vitest';
import { judge, type LaneRule, type Life } from '../../../scripts/store/judge.mjs';
import { Journal, TICK_US } from '../../../scripts/store/journal.mjs';
import type { ReadRecord } from '../../../scripts/store/topics.mjs';

const RULE: LaneRule = { topic: 't', holds: () => true, storeAfterMs: 1000, commitIntervalMs: 200 };
const END_US = 10_000_000;

/** A life that was killed 10 s after the clock began, from the lines that it told. */
function life(lines: string[], clean = false): Life {
  const journal = new Journal();
  for (let at = 0; at <= END_US; at += TICK_US) journal.add(`t ${at}`);
  for (const line of ['o 0', ...lines]) journal.add(line);
  return { journal, clean, endUs: END_US };
}

function record(n: number, offset: number, over: Partial<ReadRecord> = {}): ReadRecord {
  return { n, offset, partition: 0, key: 'k', id: `s-1-${n}`, replayed: false, ...over };
}

function verdict(lives: Life[], records: ReadRecord[], rule = RULE) {
  return judge(lives, [rule], new Map([['t', records]]));
}

describe('the judge of killed gateways', () => {
  it('finds nothing where all arrived once, in order', () => {
    const told = ['a 1 1000', 'd 1 2000 t 0 0 0', 'a 2 1500', 's 2 3000 s-1-2'];
    expect(verdict([life(told)], [record(1, 0), record(2, 1)])).toMatchObject({
      problems: [],
      accepted: 2,
      settled: 2,
      missing: 0,
      copies: 0,
    });
  });

  it.each([
    ['delivered', 'd 1 2000 t 0 null 0'],
    ['stored', 's 1 2000 s-1-1'],
  ])('finds a message that settled as %s and is missing, however young it was', (_, settled) => {
    const { problems } = verdict([life([`a 1 ${END_US - 1000}`, settled])], []);
    expect(problems).toEqual([expect.stringContaining('a settled message is missing: 1 of life 0')]);
  });

  it('finds what was accepted before the bound and is missing, and lets go what was accepted after it', () => {
    const old = life([`a 1 ${END_US - 1_350_000}`]);
    const young = life([`a 2 ${END_US - 1_100_000}`]);
    expect(verdict([old], []).problems).toEqual([
      expect.stringContaining(
        'a message accepted before the bound is missing: 1 of life 0, overdue for 150 ms',
      ),
    ]);
    expect(verdict([young], [])).toMatchObject({ problems: [], missing: 1 });
  });

  it('lets a due message wait for file calls, also for one that is not over, and while the process did not run', () => {
    const told = [`a 1 ${END_US - 1_400_000}`];
    const calls = [`y ${END_US - 210_000} fdatasync`, `z ${END_US - 110_000}`, `y ${END_US - 90_000} write`];
    expect(verdict([life([...told, ...calls])], [])).toMatchObject({
      problems: [],
      overdueMs: 200,
      syncs: 1,
    });
    expect(verdict([life([...told, ...calls.slice(0, 2)])], []).problems).toEqual([
      expect.stringContaining(
        '1 of life 0, overdue for 200 ms (1 file calls, 1 of them syncs, took 90 ms, stalled 0 ms)',
      ),
    ]);
    const stalled = life(told);
    // Already before it was due.
    stalled.journal.ticks = stalled.journal.ticks.filter(
      (at) => at < END_US - 300_000 || at > END_US - 20_000,
    );
    expect(verdict([stalled], []).problems).toEqual([]);
  });

  it('lets a message wait for a store that was not open yet', () => {
    const late = life([`a 1 ${END_US - 1_350_000}`, `o ${END_US - 210_000}`]);
    expect(verdict([late], []).problems).toEqual([]);
    const young = life([`a 1 ${END_US - 1_350_000}`, `o ${END_US - 300_000}`]);
    expect(verdict([young], []).problems).toHaveLength(1);
  });

  it('lets nothing go after a clean stop, unless its caller has an error', () => {
    expect(verdict([life([`a 1 ${END_US - 10}`], true)], []).problems).toEqual([
      'a clean stop lost a message: 1 of life 0',
    ]);
    expect(verdict([life(['a 1 10', 'r 1 20 STOPPED'], true)], []).problems).toEqual([]);
  });

  it('finds records of one message with two ids, of two with one, and without', () => {
    const lives = [life(['a 1 1', 'a 2 1'])];
    expect(verdict(lives, [record(1, 0), record(2, 1, { id: 's-1-1' })]).problems).toEqual([
      'two messages with one message_id: t 0 1: s-1-1',
    ]);
    expect(verdict(lives, [record(1, 0), record(1, 1, { id: 's-2-1' }), record(2, 2)]).problems).toEqual([
      'a message with two message_ids: t 0 1: s-1-1 and s-2-1',
    ]);
    expect(verdict(lives, [record(1, 0, { id: null }), record(2, 1)]).problems).toEqual([
      'a record without message_id: t 0 0',
    ]);
    expect(verdict(lives, [record(1, 0), record(2, 1), record(NaN, 2)]).problems).toEqual([
      'a record that nobody published: t 0 2',
    ]);
  });

  it('takes a copy after a kill, if whoever reports the second one says maybeDuplicate', () => {
    const first = life(['a 1 1', 'd 1 2 t 0 0 0']);
    const records = [record(1, 0), record(1, 1)];
    const honest = verdict([first, life(['D s-1-1 5 t 0 1 1 1'], true)], records);
    expect(honest).toMatchObject({ problems: [], copies: 1, saidMaybe: 1 });
    const silent = verdict([first, life(['D s-1-1 5 t 0 1 0 1'], true)], records);
    expect(silent.problems).toEqual(['a copy was told without maybeDuplicate: 1 at t 0 1, before it 0']);
  });

  it('finds a receipt that points at another message, or at none', () => {
    const told = life(['a 1 1', 'd 1 2 t 0 0 0', 'a 2 1', 'd 2 2 t 0 0 0', 'D s-1-2 5 t 0 7 0 0']);
    expect(verdict([told], [record(1, 0), record(2, 1)]).problems).toEqual([
      'a receipt points at another place: 2 of life 0 at t 0 0, where 1 is; s-1-2 of life 0 at t 0 7, where nothing is',
    ]);
  });

  it('finds a copy that no unclean end explains', () => {
    const told = life(['a 1 1', 'd 1 2 t 0 0 0'], true);
    expect(verdict([told], [record(1, 0), record(1, 1)]).problems).toEqual([
      'more copies than ends could cause: 1: 2, maybeDuplicate 0, unclean ends 0',
    ]);
  });

  it('finds a key out of order by first appearances, and lets copies stand anywhere', () => {
    const lives = [life(['a 1 1', 'a 2 2', 'a 3 3'])];
    expect(verdict(lives, [record(1, 0), record(2, 1), record(1, 2), record(3, 3)]).problems).toEqual([]);
    expect(verdict(lives, [record(1, 0), record(3, 1), record(2, 2)]).problems).toEqual([
      'order of a key: t 0 2: 2 after 3',
    ]);
    expect(verdict(lives, [record(1, 0), record(2, 0, { partition: 1 }), record(3, 1)]).problems[0]).toBe(
      'a key in two partitions: t k; t k',
    );
  });

  it('finds an unhandled rejection, and a message in the topic of another lane', () => {
    expect(verdict([life(['c unhandled rejection Error: x'])], []).problems).toEqual([
      'the process reported a crash: life 0: unhandled rejection Error: x',
    ]);
    const rule: LaneRule = { ...RULE, holds: (n) => n > 1 };
    expect(verdict([life(['a 1 1'])], [record(1, 0)], rule).problems).toEqual([
      'a message in the wrong topic: 1 in t',
    ]);
  });
});
