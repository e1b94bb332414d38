import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ClockSteps } from '../../../src/kafka/client/clock-steps.js';

describe('§7.4 a clock that is set back', () => {
  let monotonic = 0;
  let offset = 0;
  let steps: ClockSteps;
  const wake = vi.fn();
  /** How often it wakes in so many looks. */
  const wakes = (looks: number): number => {
    wake.mockClear();
    for (let n = 0; n < looks; n += 1) {
      monotonic += 1_000;
      vi.advanceTimersByTime(1_000);
    }
    return wake.mock.calls.length;
  };

  beforeEach(() => {
    wake.mockReset();
    vi.useFakeTimers();
    [monotonic, offset] = [0, 1_700_000_000_000];
    steps = new ClockSteps(
      () => monotonic + offset,
      () => monotonic,
    );
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('wakes what waits, and once more what began to wait at that moment', () => {
    steps.watch(wake);
    expect(wakes(5)).toBe(0);
    offset -= 3_600_000;
    expect(wakes(1)).toBe(1);
    expect(wakes(5)).toBe(1);
    offset -= 1_000;
    expect(wakes(5)).toBe(2);
  });

  it('given one that is set forward, or is corrected little by little, then nobody is woken', () => {
    steps.watch(wake);
    offset += 3_600_000;
    expect(wakes(5)).toBe(0);
    for (let n = 0; n < 20; n += 1) {
      offset -= 100;
      expect(wakes(1)).toBe(0);
    }
  });

  it('given it was set back while nobody watched, then nobody is woken', () => {
    steps.watch(wake)();
    offset -= 3_600_000;
    steps.watch(wake);
    expect(wakes(5)).toBe(0);
  });

  it('given one that watches no more, then the others are woken, and after the last one no timer is left', () => {
    const other = vi.fn();
    const end = steps.watch(other);
    const endLast = steps.watch(wake);
    end();
    offset -= 3_600_000;
    expect(wakes(1)).toBe(1);
    expect(other).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(1);
    endLast();
    expect(vi.getTimerCount()).toBe(0);
  });
});
