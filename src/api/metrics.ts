import type { ErrorCode } from './errors.js';
import type { ConnectionState } from './events.js';
import type { StoreMetrics } from './store.js';

/** Cumulative, as Prometheus takes it: `count` of all observations ≤ `le`. */
export interface HistogramSnapshot {
  readonly count: number;
  readonly sumMs: number;
  readonly buckets: ReadonlyArray<{ readonly leMs: number; readonly count: number }>;
}

/** The uplink's part of `metrics()`. */
export interface UplinkMetrics {
  /** Messages by result. `fail`: every publish that ended with an error, by its code in `failedByCode`. */
  readonly success: number;
  readonly fail: number;
  readonly skipped: number;
  /** Messages that ended with an error, by cause. */
  readonly failedByCode: Readonly<Partial<Record<ErrorCode, number>>>;
  /** From acceptance to the delivery report. What the store sent again is not in it. */
  readonly latency: HistogramSnapshot;
  readonly queue: {
    /** Accepted and not yet ended, in memory. With a store up to twice `uplink.queue.maxMessages`: what is on disk as well takes no room in the queue. */
    readonly messages: number;
    readonly bytes: number;
    /** Of these, held by the client. */
    readonly inFlight: number;
    /** Callers waiting for room (`whenFull: wait`). */
    readonly waitingCallers: number;
  };
  /** Producer clients at the moment: several where there are many topics. */
  readonly clients: number;
  /** Clients made again after a fatal error or a changed secret. */
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
  /** `null`: no `uplink.store` is configured. */
  readonly store: StoreMetrics | null;
}

/** State of the uplink or the downlink; `disabled` where the configuration switches it off. */
export type SideState = ConnectionState | 'disabled';

/** How far behind one partition is. */
export interface PartitionLag {
  readonly topic: string;
  readonly partition: number;
  /**
   * Records from the mark to the end of the partition; `null`: not known yet. Of a partition that is paused it is at most
   * about seven seconds old, as long as a broker answers.
   */
  readonly lag: number | null;
}

/** What the downlink counts since `start()`. */
export interface DownlinkCounts {
  /** Records that came. */
  readonly records: number;
  /** Commands handed to the host, redeliveries included. */
  readonly handedOver: number;
  /** Of these, redeliveries. */
  readonly redelivered: number;
  /** Commands that the host finished. */
  readonly success: number;
  /** Attempts on which the host failed. */
  readonly failedAttempts: number;
  readonly ignored: number;
  readonly decodeErrors: number;
  readonly expired: number;
  readonly duplicates: number;
  /** Given up after their attempts, or undecodable and dropped. */
  readonly dropped: number;
  readonly deadLettered: number;
  readonly held: number;
  /** Taken away while in the host's hands. */
  readonly stale: number;
  readonly responses: number;
  readonly commits: number;
  readonly commitFailures: number;
  readonly rebalances: number;
  readonly offsetResets: number;
}

/** The downlink's part of `metrics()`. */
export interface DownlinkMetrics extends DownlinkCounts {
  readonly queue: {
    /** Waiting for the host, for their turn, or for a dead letter's receipt. */
    readonly commands: number;
    readonly bytes: number;
    /** In the host's hands. */
    readonly inHand: number;
    /** Offsets held at the moment. */
    readonly heldNow: number;
  };
  readonly lag: readonly PartitionLag[];
  /** From the arrival of the record to the end of the command. */
  readonly latency: HistogramSnapshot;
  /** Clients made again after a fatal error or a changed secret. */
  readonly reconnects: number;
}
