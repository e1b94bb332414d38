import type { Clock, Timer } from '../../core/clock.js';
import type { Delivery, OwnedPartition } from '../group/partition.js';

/** Commands that wait for their next attempt. */
export class Backoffs {
  readonly #clock: Clock;
  readonly #timers = new Map<Delivery, Timer>();
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(delivery: Delivery, ms: number, due: () => void): void {
    if (this.#closed) return;
    const timer = this.#clock.after(ms, () => {
      this.#timers.delete(delivery);
      due();
    });
    this.#timers.set(delivery, timer);
  }

  drop(partition: OwnedPartition): void {
    for (const [delivery, timer] of this.#timers) {
      if (delivery.partition !== partition) continue;
      timer.cancel();
      this.#timers.delete(delivery);
    }
  }

  /** Nothing comes due any more. */
  close(): void {
    this.#closed = true;
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }
}
