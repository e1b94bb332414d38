/**
 * Callers that wait for room (`uplink.queue.whenFull: wait`): first in, first out, bounded in number and
 * bytes, each for `waitMs` at most.
 */
import { Fifo } from '../fifo.js';
import type { Pending } from './pending.js';

interface Waiter {
  readonly pending: Pending;
  readonly deadline: number;
}

export class Waiters {
  readonly #maxCallers: number;
  readonly #maxBytes: number;
  readonly #queue = new Fifo<Waiter>();
  #bytes = 0;

  constructor(maxCallers: number, maxBytes: number) {
    this.#maxCallers = maxCallers;
    this.#maxBytes = maxBytes;
  }

  get size(): number {
    return this.#queue.size;
  }

  /** Monotonic ms at which the first one's time is up. */
  get deadline(): number | null {
    return this.#queue.head?.deadline ?? null;
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
    return this.#queue.head?.pending ?? null;
  }

  shift(): Pending | null {
    const waiter = this.#queue.shift();
    if (waiter === undefined) return null;
    this.#bytes -= waiter.pending.bytes;
    return waiter.pending;
  }
}
