/** The leader epochs of what was read from a partition: a commit names that of the record before it (KIP-320). */

/** Elections to remember while the mark stands still. */
const MOST = 100;

export class EpochHistory {
  /** Where each epoch was seen first, ascending. */
  #seen: Array<{ readonly from: number; readonly epoch: number | null }>;

  /** @param epoch of the record before the offset at which reading starts */
  constructor(epoch: number | null) {
    this.#seen = [{ from: -1, epoch }];
  }

  /** The record at `offset` is the first one of this epoch. */
  note(offset: number, epoch: number | null): void {
    this.#seen.push({ from: offset, epoch });
    if (this.#seen.length > MOST) this.#seen.shift();
  }

  /** The epoch of the record before `mark`; `null`: not known. What is before it is forgotten. */
  before(mark: number): number | null {
    let last = 0;
    while ((this.#seen[last + 1]?.from ?? mark) < mark) last += 1;
    if (last > 0) this.#seen = this.#seen.slice(last);
    const first = this.#seen[0];
    return first !== undefined && first.from < mark ? first.epoch : null;
  }
}
