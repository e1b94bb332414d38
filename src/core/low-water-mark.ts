/** So many finished ones may stand between open ones, before the list is made without them. */
const MOST_CLOSED = 1_024;

/**
 * The contiguous low-water mark of one partition in one assignment (contract §6). It keeps an entry only for
 * what is unfinished or held; what is finished behind those costs nothing.
 *
 * A list, not a Set: a Set that is added to and deleted from for each record makes a new table for every few
 * hundred of them, and each table refers to the next one. Once one of them is old, V8 takes all of them for alive
 * until its next full collection (measured: docs/performance.md).
 */
export class LowWaterMark {
  /** Ascending, as offsets only grow. From `#first` on, which is open; those between that are finished stand negated. */
  #taken: number[] = [];
  #first = 0;
  /** How many of them are finished. */
  #closed = 0;
  readonly #held = new Set<number>();
  #next: number;

  /** @param start where reading starts */
  constructor(start: number) {
    this.#next = start;
  }

  /** The offset behind the last record that came. */
  get next(): number {
    return this.#next;
  }

  /** What may be committed: everything below it is finished. */
  get mark(): number {
    return this.#taken[this.#first] ?? this.#next;
  }

  /** How many offsets are remembered: unfinished or held. */
  get size(): number {
    return this.#taken.length - this.#first - this.#closed;
  }

  get held(): number {
    return this.#held.size;
  }

  /** A record came whose outcome is open. The last one may be taken again. */
  take(offset: number): void {
    const last = this.#taken[this.#taken.length - 1];
    if (offset < this.#next && last !== undefined && offsetOf(last) === offset) this.#reopen(last);
    else this.#taken.push(offset);
    this.#next = offset + 1;
  }

  /** A record came that needs nothing. */
  skip(offset: number): void {
    this.#next = offset + 1;
  }

  done(offset: number): void {
    if (this.#taken[this.#first] === offset) {
      this.#first += 1;
      this.#advance();
      return;
    }
    const index = this.#indexOf(offset);
    if (index === null) return;
    this.#taken[index] = closed(offset);
    this.#closed += 1;
    if (this.#closed > MOST_CLOSED && this.#closed > this.size) this.#compact();
  }

  /** The mark stays below this record until `release()`. */
  hold(offset: number): void {
    if (this.#indexOf(offset) !== null) this.#held.add(offset);
  }

  /** @returns false: it is not held. */
  release(offset: number): boolean {
    if (!this.#held.delete(offset)) return false;
    this.done(offset);
    return true;
  }

  /** To the next one that is open. */
  #advance(): void {
    while ((this.#taken[this.#first] ?? 0) < 0) {
      this.#first += 1;
      this.#closed -= 1;
    }
    if (this.#first === this.#taken.length) {
      this.#taken.length = 0;
      this.#first = 0;
    } else if (this.#first >= MOST_CLOSED) {
      this.#taken.splice(0, this.#first);
      this.#first = 0;
    }
  }

  #compact(): void {
    this.#taken = this.#taken.slice(this.#first).filter((entry) => entry >= 0);
    this.#first = 0;
    this.#closed = 0;
  }

  #reopen(last: number): void {
    if (last >= 0) return;
    this.#taken[this.#taken.length - 1] = offsetOf(last);
    this.#closed -= 1;
  }

  /** Of an open one; `null`: it is none. */
  #indexOf(offset: number): number | null {
    let low = this.#first;
    let high = this.#taken.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const entry = this.#taken[middle] ?? 0;
      if (entry === offset) return middle;
      if (offsetOf(entry) < offset) low = middle + 1;
      else high = middle - 1;
    }
    return null;
  }
}

/** A finished offset as it stands in the list. */
function closed(offset: number): number {
  return -1 - offset;
}

/** Of an entry of the list. */
function offsetOf(entry: number): number {
  return entry < 0 ? -1 - entry : entry;
}
