import type { Clock } from '../core/clock.js';

/** 2020-01-01: a clock that shows less was never set. */
const CLOCK_IS_SET_MS = 1_577_836_800_000;
const JUMP_MS = 3_600_000;
const SUSPENDED_MS = 600_000;

/**
 * How old records are, on machines whose clock may be wrong. Within a life of the store it is measured by the clock that only grows;
 * beyond, by the time of day, as far as that can be trusted.
 */
export class Ages {
  readonly #clock: Clock;
  #offset: number;
  #suspendedUntil = -Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#offset = clock.now() - clock.monotonic();
  }

  /** Looks at the clock; to be called often, so that no jump is missed. @returns whether anything may expire */
  mayExpire(): boolean {
    const now = this.#clock.monotonic();
    const offset = this.#clock.now() - now;
    if (offset - this.#offset > JUMP_MS) this.#suspendedUntil = now + SUSPENDED_MS;
    this.#offset = offset;
    return now >= this.#suspendedUntil && this.#clock.now() >= CLOCK_IS_SET_MS;
  }

  /**
   * Age of a record in ms, never negative.
   *
   * @param written when it was written down in this life, on both clocks; `null`: in a former life
   */
  of(acceptedAtMs: number, written: { wallMs: number; monotonicMs: number } | null): number {
    if (written === null) {
      // Accepted with a clock that was never set: nothing tells its age.
      return acceptedAtMs < CLOCK_IS_SET_MS ? 0 : Math.max(0, this.#clock.now() - acceptedAtMs);
    }
    const before = Math.max(0, written.wallMs - acceptedAtMs);
    return Math.max(0, this.#clock.monotonic() - written.monotonicMs + before);
  }
}
