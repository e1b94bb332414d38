/** One timer for the earliest of many deadlines. */
import type { Clock, Timer } from './clock.js';

export class DeadlineTimer {
  readonly #clock: Clock;
  readonly #onDue: (now: number) => void;
  #timer: Timer | undefined;
  #due = Infinity;

  /** @param onDue gets the monotonic time; the timer is not armed while it runs. */
  constructor(clock: Clock, onDue: (now: number) => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  get armed(): boolean {
    return this.#timer !== undefined;
  }

  /** @param due monotonic ms; `Infinity`: nothing is due. */
  arm(due: number): void {
    this.cancel();
    if (due === Infinity) return;
    this.#due = due;
    this.#timer = this.#clock.after(Math.max(1, due - this.#clock.monotonic()), () => {
      this.#timer = undefined;
      this.#due = Infinity;
      this.#onDue(this.#clock.monotonic());
    });
  }

  /** The same, unless it is armed for an earlier time. */
  armBy(due: number): void {
    if (due < this.#due) this.arm(due);
  }

  cancel(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#due = Infinity;
  }
}
