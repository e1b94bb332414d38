/** The machine's clock, and timers that a test lets fire early. */
import { systemClock, type Clock, type Timer } from '../../src/core/clock.js';

export class EarlyClock implements Clock {
  readonly #real = systemClock();
  readonly #waiting = new Map<Timer, { readonly ms: number; readonly callback: () => void }>();

  now = (): number => this.#real.now();
  monotonic = (): number => this.#real.monotonic();
  inBackground = (ms: number, callback: () => void): Timer => this.#real.inBackground(ms, callback);
  soon = (callback: () => void): void => {
    this.#real.soon(callback);
  };

  after = (ms: number, callback: () => void): Timer => {
    const real = this.#real.after(ms, () => {
      this.#waiting.delete(timer);
      callback();
    });
    const timer: Timer = {
      cancel: () => {
        real.cancel();
        this.#waiting.delete(timer);
      },
    };
    this.#waiting.set(timer, { ms, callback });
    return timer;
  };

  /** Whether one is set to so many ms. */
  waiting(ms: number): boolean {
    return [...this.#waiting.values()].some((each) => each.ms === ms);
  }

  /** Fires those that were set to so many ms. */
  fire(ms: number): void {
    const due = [...this.#waiting].filter(([, each]) => each.ms === ms);
    for (const [timer, { callback }] of due) {
      timer.cancel();
      callback();
    }
  }
}
