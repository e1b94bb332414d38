/**
 * Polls the client on the event loop, for delivery reports and what else it has to tell. A timer alone would make each report
 * wait for half of its interval: while reports are awaited it polls as often as a timer can.
 */

/** While reports are awaited. Half of it is what a report waits. */
const AWAITED_MS = 1;
/** Otherwise; errors and the like have time. */
const IDLE_MS = 10;
/** Reports that take longer are those of an outage: they have time as well. */
const SOON_MS = 1_000;

export class ReportPoll {
  readonly #poll: () => void;
  #awaited = 0;
  /** When the last record was handed over or reported, ms. */
  #activeAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #waits = 0;
  #stopped = false;

  constructor(poll: () => void) {
    this.#poll = poll;
    this.#arm(IDLE_MS);
  }

  /** The client took a record. */
  sent(): void {
    this.#awaited += 1;
    this.#activeAt = performance.now();
    if (this.#waits !== AWAITED_MS) this.#arm(AWAITED_MS);
  }

  /** The report of one came. */
  reported(): void {
    this.#awaited -= 1;
    this.#activeAt = performance.now();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #arm(ms: number): void {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    this.#waits = ms;
    this.#timer = setTimeout(this.#look, ms);
    this.#timer.unref();
  }

  readonly #look = (): void => {
    this.#waits = 0;
    try {
      this.#poll();
    } catch {
      // Only while it is not connected: then there is nothing to be told.
    }
    const soon = this.#awaited > 0 && performance.now() - this.#activeAt < SOON_MS;
    if (this.#waits === 0) this.#arm(soon ? AWAITED_MS : IDLE_MS);
  };
}
