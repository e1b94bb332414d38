// @ts-check
/** Numbers that look random, and are the same for the same seed: what was found can be found again. */
export class Random {
  #state;

  /** @param {number} seed */
  constructor(seed) {
    this.#state = seed >>> 0;
  }

  /** From 0 to 1, without 1 (mulberry32). */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /**
   * A whole number from `from` to `to`, both included.
   * @param {number} from
   * @param {number} to
   */
  between(from, to) {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  /** @param {number} share */
  chance(share) {
    return this.next() < share;
  }
}

/**
 * The seed of a command line, else one of the time: never 0, which the command line does not take.
 * @param {string | undefined} given
 */
export function seedOf(given) {
  return Number(given ?? 1 + (Date.now() % 999_999));
}
