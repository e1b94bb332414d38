/**
 * The contiguous low-water mark of one partition in one assignment (contract §6). It keeps an entry only for
 * what is unfinished or held; what is finished behind those costs nothing.
 */
export class LowWaterMark {
  /** Unfinished and held offsets; offsets only grow, so the first one is the lowest. */
  readonly #open = new Set<number>();
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
    for (const first of this.#open) return first;
    return this.#next;
  }

  /** How many offsets are remembered: unfinished or held. */
  get size(): number {
    return this.#open.size;
  }

  get held(): number {
    return this.#held.size;
  }

  /** A record came whose outcome is open. */
  take(offset: number): void {
    this.#next = offset + 1;
    this.#open.add(offset);
  }

  /** A record came that needs nothing. */
  skip(offset: number): void {
    this.#next = offset + 1;
  }

  done(offset: number): void {
    this.#open.delete(offset);
  }

  /** The mark stays below this record until `release()`. */
  hold(offset: number): void {
    if (this.#open.has(offset)) this.#held.add(offset);
  }

  /** @returns false: it is not held. */
  release(offset: number): boolean {
    if (!this.#held.delete(offset)) return false;
    this.#open.delete(offset);
    return true;
  }
}
