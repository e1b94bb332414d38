import type { DownlinkCounters } from '../downlink-metrics.js';
import type { TopicPartition } from '../kafka/consumer-port.js';
import type { OffsetResetReason } from './log-identity.js';
import type { Tell } from './tell.js';

/** Tells that reading goes on elsewhere than at the offset that was to be read next. */
export class OffsetResets {
  readonly #counters: DownlinkCounters;
  readonly #tell: Tell;

  constructor(counters: DownlinkCounters, tell: Tell) {
    this.#counters = counters;
    this.#tell = tell;
  }

  add({ topic, partition }: TopicPartition, from: number, to: number, reason: OffsetResetReason): void {
    this.#counters.offsetResets += 1;
    this.#tell.tell('offset-reset', () => ({ topic, partition, from, to, reason }));
  }
}
