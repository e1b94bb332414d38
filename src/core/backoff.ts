/** Waits between attempts, each longer than the one before. Pure. */

/** The wait after `failures` attempts in vain (1 is the first): from `firstMs`, twice as long each time, to `longestMs`. */
export function growingWait(firstMs: number, longestMs: number, failures: number, factor = 2): number {
  return Math.min(longestMs, firstMs * factor ** Math.max(0, failures - 1));
}

/** When a client is made again (`retryPolicy`, contract §2). */
export interface RetryPolicy {
  /** `null`: unlimited; 0: never. */
  readonly maxAttempts: number | null;
  readonly initialIntervalMs: number;
  readonly maxIntervalMs: number;
  readonly multiplier: number;
  /** 0–1: each wait is spread by this share, up and down. */
  readonly randomizationFactor: number;
  /** `null`: unlimited. */
  readonly maxElapsedTimeMs: number | null;
}

/** The wait before attempt `attempt` (1 is the first). `random` gives 0–1. */
export function backoffMs(policy: RetryPolicy, attempt: number, random: () => number = Math.random): number {
  const capped = growingWait(policy.initialIntervalMs, policy.maxIntervalMs, attempt, policy.multiplier);
  const spread = capped * policy.randomizationFactor;
  return Math.round(Math.min(policy.maxIntervalMs, capped - spread + 2 * spread * random()));
}

/** Whether attempt `attempt` may be made, `elapsedMs` after the first failure. */
export function mayRetry(policy: RetryPolicy, attempt: number, elapsedMs: number): boolean {
  if (policy.maxAttempts !== null && attempt > policy.maxAttempts) return false;
  return policy.maxElapsedTimeMs === null || elapsedMs <= policy.maxElapsedTimeMs;
}
