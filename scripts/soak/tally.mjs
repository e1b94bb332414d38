// @ts-check

/** How often each number came: a byte each, so that millions of them take the same room from the first to the last. */
export class Tally {
  #times;
  /** Numbers that came. */
  distinct = 0;
  /** Times beyond the first. */
  copies = 0;
  /** Numbers that nobody can have sent. */
  strange = 0;

  /** @param {number} most Numbers are 0 … most - 1 */
  constructor(most) {
    this.#times = new Uint8Array(most);
  }

  /** @param {number} n */
  add(n) {
    const times = this.#times[n];
    if (times === undefined) this.strange += 1;
    else if (times === 0) this.distinct += 1;
    else this.copies += 1;
    if (times !== undefined) this.#times[n] = Math.min(times + 1, 255);
  }

  /**
   * Numbers below a bound that did not come, and the first of them.
   * @param {number} below
   */
  missing(below) {
    let count = 0;
    /** @type {number[]} */
    const first = [];
    for (let n = 0; n < below; n += 1) {
      if ((this.#times[n] ?? 0) > 0) continue;
      count += 1;
      if (first.length < 10) first.push(n);
    }
    return { count, first };
  }
}
