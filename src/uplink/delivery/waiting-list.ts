/** The messages of all topics that wait, by age. */
import type { Pending } from './pending.js';

/** All that wait, over all topics, oldest first: time-outs and `drop_oldest` look at its head only. */
export class WaitingList {
  #oldest: Pending | null = null;
  #newest: Pending | null = null;
  #size = 0;
  #events = 0;
  #bytes = 0;

  get oldest(): Pending | null {
    return this.#oldest;
  }

  get size(): number {
    return this.#size;
  }

  /** In all of them. */
  get events(): number {
    return this.#events;
  }

  get bytes(): number {
    return this.#bytes;
  }

  append(pending: Pending): void {
    this.#insertAfter(this.#newest, pending);
  }

  /** Puts messages that were sent back where they stood: mostly before all others. @param messages in the order of acceptance */
  putBack(messages: readonly Pending[]): void {
    let older: Pending | null = null;
    for (const pending of messages) {
      let newer: Pending | null = older === null ? this.#oldest : older.newer;
      while (newer !== null && newer.sequence < pending.sequence) {
        older = newer;
        newer = newer.newer;
      }
      this.#insertAfter(older, pending);
      older = pending;
    }
  }

  #insertAfter(older: Pending | null, pending: Pending): void {
    const newer = older === null ? this.#oldest : older.newer;
    pending.older = older;
    pending.newer = newer;
    if (older === null) this.#oldest = pending;
    else older.newer = pending;
    if (newer === null) this.#newest = pending;
    else newer.older = pending;
    this.#size += 1;
    this.#events += pending.events;
    this.#bytes += pending.bytes;
  }

  remove(pending: Pending): void {
    if (pending.older === null) this.#oldest = pending.newer;
    else pending.older.newer = pending.newer;
    if (pending.newer === null) this.#newest = pending.older;
    else pending.newer.older = pending.older;
    pending.older = null;
    pending.newer = null;
    this.#size -= 1;
    this.#events -= pending.events;
    this.#bytes -= pending.bytes;
  }
}
