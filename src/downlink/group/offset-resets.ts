import type { DownlinkCounters } from '../../observability/counters.js';
import type { TopicPartition } from '../../kafka/port/consumer-port.js';
import type { OffsetResetReason } from '../../api/events.js';
import type { Tell } from '../events.js';

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
