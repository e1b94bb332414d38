/**
 * librdkafka's threads wait until a time of day, not for so long (its issue 2145). Where the clock is set back meanwhile, they wait
 * for that much longer: a client that has lost its brokers would not connect again before the clock shows the old time. Node tells
 * nobody of it, so the clock is looked at, and the clients are woken.
 */

/** How often the clock is looked at, ms. */
const LOOK_MS = 1_000;
/** Less is how a clock is corrected without a step, ms. */
const STEP_MS = 250;
/** A wait that began while the clock was set is woken by the next look. */
const WAKES = 2;

export class ClockSteps {
  readonly #timeOfDay: () => number;
  readonly #monotonic: () => number;
  readonly #watchers = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;
  /** Time of day less the time that only grows. */
  #offset = 0;
  #wakes = 0;

  constructor(timeOfDay: () => number = Date.now, monotonic: () => number = () => performance.now()) {
    this.#timeOfDay = timeOfDay;
    this.#monotonic = monotonic;
  }

  /**
   * @param wake called when the clock was set back; must not throw
   * @returns ends it
   */
  watch(wake: () => void): () => void {
    this.#watchers.add(wake);
    if (this.#timer === undefined) {
      this.#offset = this.#now();
      this.#timer = setInterval(this.look, LOOK_MS).unref();
    }
    return () => {
      this.#watchers.delete(wake);
      if (this.#watchers.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  }

  /** For tests; else a timer calls it. */
  readonly look = (): void => {
    const offset = this.#now();
    if (offset < this.#offset - STEP_MS) this.#wakes = WAKES;
    this.#offset = offset;
    if (this.#wakes === 0) return;
    this.#wakes -= 1;
    for (const wake of this.#watchers) wake();
  };

  #now(): number {
    return this.#timeOfDay() - this.#monotonic();
  }
}

/** The one of this process. */
export const clockSteps = new ClockSteps();
