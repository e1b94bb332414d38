/**
 * Reports come in groups: their callers are told together, in a turn of their own, instead of one microtask
 * run for each (measured: docs/performance.md).
 */
import type { Clock } from '../../core/clock.js';
import type { Pending } from './pending.js';

/** Outcomes told in one turn of the event loop. */
const PER_TURN = 1_000;

export class Settlement {
  readonly #clock: Clock;
  readonly #settle: (pending: Pending, nowMs: number) => void;
  readonly #after: (anyDelivered: boolean) => void;
  #reported: Pending[] = [];
  #scheduled = false;
  /** A new epoch that concerns one of them may still be untold: reports and what the client logs come by ways of their own. */
  #mayBeLate = false;
  /** How many of them were there when one had to wait for that: none waits twice. */
  #waited = 0;

  /**
   * @param settle ends one message; a group asks the clock (monotonic) once
   * @param after called after each group
   */
  constructor(
    clock: Clock,
    settle: (pending: Pending, nowMs: number) => void,
    after: (anyDelivered: boolean) => void,
  ) {
    this.#clock = clock;
    this.#settle = settle;
    this.#after = after;
  }

  /** @param last no other report is awaited, so nothing would share a turn with it: it does not wait for one */
  add(pending: Pending, last = false): void {
    this.#reported.push(pending);
    if (pending.queue?.mayHave(pending) === true) this.#mayBeLate = true;
    if (this.#scheduled) return;
    if (!last || this.#mayBeLate || this.#reported.length > 1) {
      this.#schedule();
      return;
    }
    this.#scheduled = true;
    this.#turn();
  }

  #schedule(): void {
    this.#scheduled = true;
    this.#clock.soon(() => {
      this.#turn();
    });
  }

  #turn(): void {
    const group = this.#reported;
    const due = this.#mayBeLate ? this.#waited : group.length;
    this.#mayBeLate = false;
    this.#reported = [];
    const nowMs = this.#clock.monotonic();
    let anyDelivered = false;
    let settled = 0;
    let outcomes = 0;
    try {
      for (const pending of group) {
        if (settled >= due || outcomes >= PER_TURN) break;
        settled += 1;
        outcomes += pending.events;
        // Before settling: that gives the record back to the pool.
        anyDelivered ||= pending.failure === null;
        this.#settle(pending, nowMs);
      }
    } finally {
      // Also a fault in one must not keep the others from their outcome.
      this.#waited = group.length - settled;
      if (this.#waited > 0) this.#reported = [...group.slice(settled), ...this.#reported];
      this.#scheduled = false;
      if (this.#reported.length > 0) this.#schedule();
      this.#after(anyDelivered);
    }
  }
}
