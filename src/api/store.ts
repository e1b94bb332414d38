/** What hosts see of the store on disk. */
import type { UplinkKind } from './uplink.js';

/** Why what was accepted will not arrive. `purged`: somebody removed it by `ng-kafka-northward store --purge`. */
export type LossCause =
  'expired' | 'evicted' | 'disk_full' | 'corrupt' | 'unknown_version' | 'refused' | 'purged';

/** A line of the ledger: what was accepted, not handed back to its caller by an error, and will not arrive. */
export interface LossEntry {
  readonly cause: LossCause;
  readonly lane: string;
  /** `unknown`: the place on disk is damaged, so that nothing tells what it held. */
  readonly kind: UplinkKind | 'dead_letter' | 'data_gap' | 'unknown';
  /** `2026-05-31`, UTC, of the loss; `null`: everything older than 31 days, summed. */
  readonly day: string | null;
  readonly count: number;
  /** The count is the least that it can be. */
  readonly atLeast: boolean;
  readonly bytes: number;
  /** Timestamps of the first and the last one, Unix ms; `null`: not known. */
  readonly firstMs: number | null;
  readonly lastMs: number | null;
}

/** One lane of the store in `metrics()`. */
export interface StoreLaneMetrics {
  readonly lane: string;
  /** On disk and not done. */
  readonly messages: number;
  readonly bytes: number;
  /** Of these, waiting for a topic that is missing. */
  readonly parked: number;
  /** Since the oldest of `messages` was accepted, ms, about: of a long backlog too much by 3% of its time at most. `null`: there is none. */
  readonly oldestMs: number | null;
  /** Since the start. */
  readonly written: number;
  readonly replayed: number;
  readonly lost: number;
}

/** The store in `metrics()`. */
export interface StoreMetrics {
  /**
   * `opening`: not open yet, which is no fault: until then, and for 15 s at most, messages wait. `degraded`: it does not work, and messages are in
   * memory only.
   */
  readonly state: 'opening' | 'working' | 'degraded' | 'closed';
  /** The most important first. */
  readonly lanes: readonly StoreLaneMetrics[];
  /** Written to files since the start. The device writes more: for its journal, a file system takes some 20 KiB a commit. */
  readonly bytesWritten: number;
  /** Since the start. */
  readonly commits: number;
  /** Of the last sync, ms; `null`: none yet. */
  readonly syncMs: number | null;
  /** On the file system; `null`: not known yet. */
  readonly freeBytes: number | null;
  /**
   * Until a bound is reached at the rate of the last minute, ms: `maxBytes` of the store or of a lane, or `minFreeBytes` of the disk. 0: at a bound,
   * where it evicted or refused something in the last minute, or the disk has less room than that. `null`: nothing grows.
   */
  readonly fullInMs: number | null;
}
