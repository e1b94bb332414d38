import { describe, expect, it } from 'vitest';
import { backoffMs, mayRetry, type RetryPolicy } from '../../../src/core/backoff.js';

const policy: RetryPolicy = {
  maxAttempts: null,
  initialIntervalMs: 1_000,
  maxIntervalMs: 30_000,
  multiplier: 2,
  randomizationFactor: 0.2,
  maxElapsedTimeMs: null,
};

describe('§2 retryPolicy', () => {
  it('grows by the multiplier up to the longest interval', () => {
    const waits = [1, 2, 3, 4, 5, 6, 7, 1_000].map((attempt) => backoffMs(policy, attempt, () => 0.5));
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  });

  it('is spread by the randomization factor, never beyond the longest interval', () => {
    expect(backoffMs(policy, 1, () => 0)).toBe(800);
    expect(backoffMs(policy, 1, () => 1)).toBe(1_200);
    expect(backoffMs(policy, 50, () => 1)).toBe(30_000);
  });

  it('null is unlimited, 0 is never, a number is the number of attempts', () => {
    expect(mayRetry(policy, 1_000_000, Number.MAX_SAFE_INTEGER)).toBe(true);
    expect(mayRetry({ ...policy, maxAttempts: 0 }, 1, 0)).toBe(false);
    expect([1, 2, 3].map((attempt) => mayRetry({ ...policy, maxAttempts: 2 }, attempt, 0))).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('maxElapsedTimeMs ends it, too', () => {
    expect(mayRetry({ ...policy, maxElapsedTimeMs: 5_000 }, 1, 5_000)).toBe(true);
    expect(mayRetry({ ...policy, maxElapsedTimeMs: 5_000 }, 1, 5_001)).toBe(false);
  });
});
