/** Counters behind `metrics()`: plain numbers, no device or point labels, so they stay few. */
import type { ErrorCode } from '../api/errors.js';
import type { HistogramSnapshot, DownlinkCounts } from '../api/metrics.js';

/** Upper bounds of the latency buckets, ms; the last bucket has none. */
const LATENCY_BUCKETS_MS: readonly number[] = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000,
];

export class Histogram {
  readonly #counts = new Array<number>(LATENCY_BUCKETS_MS.length + 1).fill(0);
  #count = 0;
  #sum = 0;

  observe(ms: number, times = 1): void {
    let index = 0;
    while (index < LATENCY_BUCKETS_MS.length && ms > (LATENCY_BUCKETS_MS[index] ?? Infinity)) index += 1;
    this.#counts[index] = (this.#counts[index] ?? 0) + times;
    this.#count += times;
    this.#sum += ms * times;
  }

  snapshot(): HistogramSnapshot {
    let below = 0;
    const buckets = this.#counts.map((count, index) => {
      below += count;
      return { leMs: LATENCY_BUCKETS_MS[index] ?? Infinity, count: below };
    });
    return { count: this.#count, sumMs: this.#sum, buckets };
  }
}

/** What the uplink counts. */
export class UplinkCounters {
  success = 0;
  fail = 0;
  skipped = 0;
  readonly latency = new Histogram();
  readonly failedByCode: Partial<Record<ErrorCode, number>> = {};

  failed(code: ErrorCode): void {
    this.fail += 1;
    this.failedByCode[code] = (this.failedByCode[code] ?? 0) + 1;
  }
}

/** What the downlink counts, behind `metrics().downlink`: no labels but topic and partition of the lag. */
export class DownlinkCounters implements DownlinkCounts {
  records = 0;
  handedOver = 0;
  redelivered = 0;
  success = 0;
  failedAttempts = 0;
  ignored = 0;
  decodeErrors = 0;
  expired = 0;
  duplicates = 0;
  dropped = 0;
  deadLettered = 0;
  held = 0;
  stale = 0;
  responses = 0;
  commits = 0;
  commitFailures = 0;
  rebalances = 0;
  offsetResets = 0;
  readonly latency = new Histogram();

  /** The plain numbers, as they are now. */
  counts(): DownlinkCounts {
    const { latency: _, ...counts } = this;
    return counts;
  }
}
