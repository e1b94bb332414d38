/** Texts of a timestamp. Remembers the last ones: events of one moment come in a row. */
export class TimestampText {
  #ms = Number.NaN;
  #digits = '';
  #second = Number.NaN;
  #toSecond = '';

  /** Unix milliseconds as digits. */
  digits(ms: number): string {
    if (ms !== this.#ms) {
      this.#ms = ms;
      this.#digits = `${ms}`;
    }
    return this.#digits;
  }

  /** RFC 3339 in UTC: no fraction where the milliseconds are 0, else three digits (contract §3). */
  rfc3339(ms: number): string {
    const second = Math.floor(ms / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#toSecond = new Date(second * 1000).toISOString().slice(0, 19);
    }
    const fraction = ms - second * 1000;
    if (fraction === 0) return this.#toSecond + 'Z';
    if (fraction > 99) return this.#toSecond + '.' + fraction + 'Z';
    return this.#toSecond + (fraction > 9 ? '.0' : '.00') + fraction + 'Z';
  }
}
