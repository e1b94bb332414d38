/**
 * Callers that wait for room (`uplink.queue.whenFull: wait`): first in, first out, bounded in number and
 * bytes, each for `waitMs` at most.
 */
import type { Pending } from './pending.js';

interface Waiter {
  readonly pending: Pending;
  readonly deadline: number;
}

export class Waiters {
  readonly #maxCallers: number;
  readonly #maxBytes: number;
  readonly #queue: Waiter[] = [];
  /** Index of the first: shifting an array of thousands is slow. */
  #first = 0;
  #bytes = 0;

  constructor(maxCallers: number, maxBytes: number) {
    this.#maxCallers = maxCallers;
    this.#maxBytes = maxBytes;
  }

  get size(): number {
    return this.#queue.length - this.#first;
  }

  /** Monotonic ms at which the first one's time is up. */
  get deadline(): number | null {
    return this.#queue[this.#first]?.deadline ?? null;
  }

  /** @returns false: no further caller may wait. */
  add(pending: Pending, deadline: number): boolean {
    if (this.size >= this.#maxCallers || (this.size > 0 && this.#bytes + pending.bytes > this.#maxBytes))
      return false;
    this.#queue.push({ pending, deadline });
    this.#bytes += pending.bytes;
    return true;
  }

  get head(): Pending | null {
    return this.#queue[this.#first]?.pending ?? null;
  }

  shift(): Pending | null {
    const waiter = this.#queue[this.#first];
    if (waiter === undefined) return null;
    this.#bytes -= waiter.pending.bytes;
    this.#first += 1;
    if (this.#first === this.#queue.length || this.#first > 1_000) {
      this.#queue.splice(0, this.#first);
      this.#first = 0;
    }
    return waiter.pending;
  }
}
