import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LossLedger } from '../../../src/store/ledger.js';

const DAY = 86_400_000;
const NOW = Date.parse('2026-05-31T12:00:00Z');
const total = (ledger: LossLedger): number => ledger.entries().reduce((sum, { count }) => sum + count, 0);
const again = (ledger: LossLedger): LossLedger => LossLedger.from(JSON.parse(JSON.stringify(ledger)));

describe('the loss ledger', () => {
  it('given losses of one cause, lane, kind and day, then they are one row', () => {
    const ledger = new LossLedger();
    ledger.add('evicted', 'telemetry', 'telemetry', 3, 300, 20, 30, false, NOW);
    ledger.add('evicted', 'telemetry', 'telemetry', 2, 200, 10, 25, true, NOW + 1000);
    ledger.add('evicted', 'telemetry', 'telemetry', 1, 50, null, null, false, NOW);
    expect(ledger.entries()).toEqual([
      {
        cause: 'evicted',
        lane: 'telemetry',
        kind: 'telemetry',
        day: '2026-05-31',
        count: 6,
        atLeast: true,
        bytes: 550,
        firstMs: 10,
        lastMs: 30,
      },
    ]);
  });

  it('given another cause, lane, kind or day, then it is a row of its own, the oldest day first', () => {
    const ledger = new LossLedger();
    ledger.add('evicted', 'telemetry', 'telemetry', 1, 1, 1, 1, false, NOW);
    ledger.add('expired', 'telemetry', 'telemetry', 1, 1, 1, 1, false, NOW);
    ledger.add('evicted', 'state', 'telemetry', 1, 1, 1, 1, false, NOW);
    ledger.add('evicted', 'telemetry', 'unknown', 1, 1, 1, 1, false, NOW);
    ledger.add('evicted', 'telemetry', 'telemetry', 1, 1, 1, 1, false, NOW - DAY);
    expect(ledger.entries().map(({ day }) => day)).toEqual([
      '2026-05-30',
      ...Array.from({ length: 4 }, () => '2026-05-31'),
    ]);
  });

  it('given a loss a day for 40 days, then 31 days stand by themselves, and the others are summed', () => {
    const ledger = new LossLedger();
    for (let day = 0; day < 40; day += 1)
      ledger.add('evicted', 'telemetry', 'alarm', 2, 10, day, day, day === 3, NOW + day * DAY);
    const [old, ...days] = ledger.entries();
    expect(old).toMatchObject({ day: null, count: 18, bytes: 90, firstMs: 0, lastMs: 8, atLeast: true });
    expect(days).toHaveLength(31);
    expect(days.at(-1)).toMatchObject({ day: '2026-07-09', count: 2 });
  });

  it('given a clock that was set back by more than 31 days, then what is lost then is in the sum', () => {
    const ledger = new LossLedger();
    ledger.add('evicted', 'telemetry', 'alarm', 1, 1, 1, 1, false, NOW);
    ledger.add('evicted', 'telemetry', 'alarm', 1, 1, 1, 1, false, 0);
    expect(ledger.entries().map(({ day }) => day)).toEqual([null, '2026-05-31']);
  });

  it('given what it wrote as JSON, then it comes back the same', () => {
    const ledger = new LossLedger();
    for (let day = 0; day < 40; day += 1)
      ledger.add('refused', `lane ${day % 3}`, 'data_gap', day, 10, null, day, false, NOW + day * DAY);
    expect(again(ledger).entries()).toEqual(ledger.entries());
  });

  it('given ever new lanes and days, then there are at most 512 rows, no count is missing, and JSON stays short', () => {
    const ledger = new LossLedger();
    for (let n = 0; n < 5000; n += 1)
      ledger.add(
        'evicted',
        `lane ${n % 700}`,
        n % 2 === 0 ? 'alarm' : 'telemetry',
        1,
        1000,
        NOW,
        NOW,
        false,
        NOW + n * 1_000_000,
      );
    expect(ledger.entries().length).toBeLessThanOrEqual(512);
    expect(total(ledger)).toBe(5000);
    expect(total(again(ledger))).toBe(5000);
    expect(JSON.stringify(ledger).length).toBeLessThan(50_000);
  });

  it('given many kinds of loss on many days, then the days nearest to now stand by themselves', () => {
    const ledger = new LossLedger();
    for (let day = 0; day < 31; day += 1)
      for (let lane = 0; lane < 40; lane += 1)
        ledger.add('evicted', `lane ${lane}`, 'alarm', 1, 1, 1, 1, false, NOW + day * DAY);
    const days = new Set(ledger.entries().map(({ day }) => day));
    expect(days.has(null)).toBe(true);
    expect(days.has('2026-06-30')).toBe(true);
    expect(total(ledger)).toBe(31 * 40);
  });

  it('given a cause and a kind of a later version, then the count stays on the books', () => {
    const json = { texts: ['melted', 'telemetry', 'video'], rows: [[0, 1, 2, 20_000, 7, 1, null, null, 0]] };
    expect(LossLedger.from(json).entries()).toMatchObject([
      { cause: 'unknown_version', kind: 'unknown', count: 7 },
    ]);
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'x'],
    ['a list', []],
    ['texts only', { texts: ['evicted'] }],
    ['rows that are none', { texts: [], rows: [1, null, 'x', {}, []] }],
    ['a negative count', { texts: ['evicted', 'a', 'alarm'], rows: [[0, 1, 2, 1, -1, 0, 0, 0, 0]] }],
    ['half a count', { texts: ['evicted', 'a', 'alarm'], rows: [[0, 1, 2, 1, 0.5, 0, 0, 0, 0]] }],
    ['a lane that is none', { texts: ['evicted', {}, 'alarm'], rows: [[0, 1, 2, 1, 1, 0, 0, 0, 0]] }],
  ])('given %s instead of its JSON, then it is empty', (_, json) => {
    expect(LossLedger.from(json).entries()).toEqual([]);
  });

  it('given anything at all, then it never throws, and works on', () => {
    const cell = fc.oneof(fc.integer(), fc.double(), fc.string(), fc.constant(null), fc.anything());
    const almost = fc.record({
      texts: fc.array(fc.oneof(fc.constantFrom('evicted', 'telemetry', 'alarm'), cell)),
      rows: fc.array(fc.array(fc.oneof(fc.nat(3), cell), { maxLength: 10 })),
    });
    fc.assert(
      fc.property(fc.oneof(almost, fc.anything()), (json) => {
        const ledger = LossLedger.from(json);
        const before = total(ledger);
        ledger.add('evicted', 'telemetry', 'alarm', 1, 1, null, null, false, NOW);
        if (before < 2 ** 52) expect(total(ledger)).toBe(before + 1);
        expect(total(again(ledger))).toBe(total(ledger));
      }),
    );
  });

  it('given a time that is none, then the loss is counted all the same', () => {
    const ledger = new LossLedger();
    for (const now of [Number.NaN, -1, 1e18])
      ledger.add('corrupt', 'a', 'unknown', 1, 0, null, null, true, now);
    expect(total(ledger)).toBe(3);
  });
});
