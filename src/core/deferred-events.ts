import type { Clock } from './clock.js';

/**
 * Tells events in a turn of their own, in order: a listener may call back at once without finding the library in the middle of
 * something.
 */
export class DeferredEvents {
  readonly #clock: Clock;
  #waiting: Array<() => void> = [];
  #telling: Promise<void> | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(tell: () => void): void {
    this.#waiting.push(tell);
    this.#telling ??= new Promise((resolve) => {
      this.#clock.soon(() => {
        const waiting = this.#waiting;
        this.#waiting = [];
        this.#telling = null;
        for (const each of waiting) each();
        resolve();
      });
    });
  }

  /** Resolves when all has been told. */
  async told(): Promise<void> {
    while (this.#telling !== null) await this.#telling;
  }
}
