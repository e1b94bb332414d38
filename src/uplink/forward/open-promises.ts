/**
 * Promises of messages that are on disk, synced, and not done. They are bounded: beyond that the oldest end as stored, so that an
 * outage of days costs no memory.
 */
import type { QueueSize } from '../delivery/limits.js';

/** A lane, as far as its promises go. */
export interface PromiseHolder {
  /** When the oldest message with an open promise was accepted, monotonic ms; `null`: there is none. */
  readonly oldestOpen: number | null;
  settleOldest(): void;
}

export class OpenPromises {
  readonly #size: Pick<QueueSize, 'maxMessages'>;
  readonly #holders: PromiseHolder[] = [];
  #open = 0;

  constructor(size: Pick<QueueSize, 'maxMessages'>) {
    this.#size = size;
  }

  add(holder: PromiseHolder): void {
    this.#holders.push(holder);
  }

  opened(count: number): void {
    this.#open += count;
    while (this.#open > this.#size.maxMessages) {
      const oldest = this.#oldestHolder();
      if (oldest === null) return;
      oldest.settleOldest();
    }
  }

  closed(count: number): void {
    this.#open -= count;
  }

  #oldestHolder(): PromiseHolder | null {
    let oldest: PromiseHolder | null = null;
    let acceptedAt = Infinity;
    for (const holder of this.#holders) {
      const its = holder.oldestOpen;
      if (its === null || its >= acceptedAt) continue;
      oldest = holder;
      acceptedAt = its;
    }
    return oldest;
  }
}
