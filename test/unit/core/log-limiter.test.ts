import { describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../src/core/clock.js';
import { NorthwardError } from '../../../src/api/errors.js';
import { Events } from '../../../src/core/emitter.js';
import { RepeatLimiter, type Occurrences } from '../../../src/core/log-limiter.js';
import { Reporter } from '../../../src/observability/reporter.js';
import { MemoryClock } from '../../../src/testing/memory-clock.js';
import { linesOf } from '../../support/log-lines.js';

function limiter() {
  const clock = new MemoryClock(0);
  const told: Array<{ detail: string } & Occurrences> = [];
  const limiter = new RepeatLimiter<string>(clock, (detail, occurrences) => {
    told.push({ detail, ...occurrences });
  });
  return { clock, told, limiter };
}

describe('§7 the first of a cause at once, then a count per minute', () => {
  it('counts what comes within a minute, and tells it when the minute is over', async () => {
    const { clock, told, limiter: causes } = limiter();
    for (let n = 1; n <= 651; n += 1) causes.note('a', `a${n}`);
    causes.note('b', 'b1');
    expect(told).toEqual([
      { detail: 'a1', count: 1, withinMs: null },
      { detail: 'b1', count: 1, withinMs: null },
    ]);
    await clock.advance(59_999);
    expect(told).toHaveLength(2);
    await clock.advance(1);
    expect(told[2]).toEqual({ detail: 'a651', count: 650, withinMs: 60_000 });
    await clock.advance(600_000);
    expect(told).toHaveLength(3);
    causes.note('a', 'a652');
    expect(told[3]).toEqual({ detail: 'a652', count: 1, withinMs: null });
  });

  it('goes on counting while the cause goes on', async () => {
    const { clock, told, limiter: causes } = limiter();
    for (let second = 0; second < 180; second += 1) {
      causes.note('a', 'a');
      await clock.advance(1_000);
    }
    const counts = told.map(({ count }) => count);
    expect(counts[0]).toBe(1);
    expect(counts.length).toBeLessThanOrEqual(4);
    causes.close();
    expect(told.reduce((sum, { count }) => sum + count, 0)).toBe(180);
  });

  it('tells what is pending when things are well again, and at the end; after the end only what is new', () => {
    const { clock, told, limiter: causes } = limiter();
    causes.note('a', 'a', 2);
    causes.note('a', 'a', 3);
    causes.clear();
    expect(told.map(({ count }) => count)).toEqual([2, 3]);
    causes.note('a', 'a');
    causes.note('a', 'a');
    causes.close();
    expect(told.map(({ count }) => count)).toEqual([2, 3, 1, 1]);
    causes.note('b', 'b');
    causes.note('b', 'b');
    expect(told).toHaveLength(5);
    expect(clock.nextDue).toBeNull();
  });

  it('remembers a bounded number of causes, and loses no count of those it forgets', () => {
    const { told, limiter: causes } = limiter();
    for (let n = 0; n < 1_000; n += 1) {
      causes.note(`cause ${n}`, '');
      causes.note(`cause ${n}`, '');
    }
    expect(told).toHaveLength(1_000 + 800);
    causes.close();
    expect(told.reduce((sum, { count }) => sum + count, 0)).toBe(2_000);
  });

  it('keeps no process alive', () => {
    const timeout = vi.spyOn(globalThis, 'setTimeout');
    const causes = new RepeatLimiter(systemClock(), () => undefined);
    causes.note('a', 1);
    causes.note('a', 1);
    expect(timeout.mock.results.map(({ value }) => (value as NodeJS.Timeout).hasRef())).toEqual([false]);
    causes.close();
    timeout.mockRestore();
  });
});

describe('§7 faults are told as events and to the logger', () => {
  it('at once, then with a count per minute; what is over is logged, but is no event', async () => {
    const clock = new MemoryClock(0);
    const { lines, logger } = linesOf();
    const events = new Events(logger);
    const heard = vi.fn();
    events.on('error', heard);
    const reporter = new Reporter(events, logger, clock);
    const error = new NorthwardError('COMMIT_FAILED', 'broken');
    for (let n = 0; n < 4; n += 1) reporter.error(error);
    await clock.advance(60_000);
    expect(lines).toMatchObject([
      { level: 'warn', message: 'broken' },
      { level: 'warn', message: 'broken (3 more times in the last minute)', fields: { repeated: 3 } },
    ]);
    expect(heard).toHaveBeenCalledTimes(2);
    reporter.error(error);
    await clock.advance(30_000);
    reporter.wellAgain();
    expect(lines[2]?.message).toBe('broken (once more in the last 30 s)');
    expect(heard).toHaveBeenCalledTimes(2);
  });

  it('where a person is needed, as an error', () => {
    const { lines, logger } = linesOf();
    const reporter = new Reporter(new Events(logger), logger, new MemoryClock(0));
    reporter.error(new NorthwardError('AUTHENTICATION_FAILED', 'denied'));
    expect(lines).toMatchObject([{ level: 'error', message: 'denied' }]);
  });
});
