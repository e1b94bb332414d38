/** Counters behind `metrics().downlink`: plain numbers, no labels but topic and partition of the lag. */
import { Histogram, type HistogramSnapshot } from './metrics.js';

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
  /** Clients made anew after a fatal error or a changed secret. */
  readonly reconnects: number;
}

/** What the downlink counts. */
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
