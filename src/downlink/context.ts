/** What the pieces of the downlink share. Each of them names what it needs of it. */
import type { ResolvedDownlink } from '../config/resolve.js';
import type { Clock } from '../core/clock.js';
import type { NorthwardError } from '../api/errors.js';
import type { ConsumeFailure, ConsumerPort, TopicPartition } from '../kafka/port/consumer-port.js';
import type { DownlinkCounters } from '../observability/counters.js';
import type { LossLog } from '../observability/loss-log.js';
import type { DownlinkEmitter } from './events.js';

export interface DownlinkContext {
  readonly config: ResolvedDownlink;
  readonly clock: Clock;
  readonly counters: DownlinkCounters;
  readonly events: DownlinkEmitter;
  readonly losses: LossLog;
  onError(error: NorthwardError): void;
}

/** The client of now: a fatal error makes another one. */
export interface CurrentClient {
  /** `null`: there is none, or it must not be used any more. */
  readonly port: ConsumerPort | null;
}

/** What the connection's side of the downlink hears of the work: whether the consumer is well shows there. */
export interface HealthListener {
  /**
   * Records came from there, or marks were committed.
   * @param answered by a broker; else the records may come from the client's stock
   */
  works(places: readonly TopicPartition[], answered: boolean): void;
  /** The client tells a failure instead of records. */
  fails(failure: ConsumeFailure): void;
  /** The client says nothing, and has to be made again all the same. */
  outdated(why: string): void;
}
