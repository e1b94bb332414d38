/** Counters behind `metrics()`: plain numbers, no device or point labels, so they stay few. */
import type { DownlinkMetrics } from './downlink-metrics.js';
import type { ErrorCode } from './errors.js';
import type { ConnectionState } from './kafka/status.js';

/** Upper bounds of the latency buckets, ms; the last bucket has none. */
export const LATENCY_BUCKETS_MS: readonly number[] = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000,
];

/** Cumulative, as Prometheus takes it: `count` of all observations ≤ `le`. */
export interface HistogramSnapshot {
  readonly count: number;
  readonly sumMs: number;
  readonly buckets: ReadonlyArray<{ readonly leMs: number; readonly count: number }>;
}

export class Histogram {
  readonly #counts = new Array<number>(LATENCY_BUCKETS_MS.length + 1).fill(0);
  #count = 0;
  #sum = 0;

  observe(ms: number): void {
    let index = 0;
    while (index < LATENCY_BUCKETS_MS.length && ms > (LATENCY_BUCKETS_MS[index] ?? Infinity)) index += 1;
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#count += 1;
    this.#sum += ms;
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

/** The uplink's part of `metrics()`. */
export interface UplinkMetrics {
  /** Messages by result. `fail`: every publish that ended with an error, by its code in `failedByCode`. */
  readonly success: number;
  readonly fail: number;
  readonly skipped: number;
  /** Messages that ended with an error, by cause. */
  readonly failedByCode: Readonly<Partial<Record<ErrorCode, number>>>;
  /** From acceptance to the delivery report. */
  readonly latency: HistogramSnapshot;
  readonly queue: {
    /** Accepted and not yet ended. */
    readonly messages: number;
    readonly bytes: number;
    /** Of these, held by the client. */
    readonly inFlight: number;
    /** Callers waiting for room (`whenFull: wait`). */
    readonly waitingCallers: number;
  };
  /** Clients made anew after a fatal error or a changed secret. */
  readonly reconnects: number;
  /** Distinct topics so far; counted up to a bound. */
  readonly topics: number;
}

/** What `metrics()` returns: a snapshot, made at the call. */
export interface Metrics {
  readonly state: ConnectionState;
  readonly states: { readonly uplink: SideState; readonly downlink: SideState };
  readonly uplink: UplinkMetrics;
  readonly downlink: DownlinkMetrics;
}

/** State of the uplink or the downlink; `disabled` where the configuration switches it off. */
export type SideState = ConnectionState | 'disabled';

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
