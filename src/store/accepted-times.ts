/** When the records of a lane were accepted, about: so that the age of the oldest one that is not done is known without reading a file. */

const MOST = 64;
const CLOSEST_MS = 100;

interface Entry {
  readonly position: number;
  readonly acceptedMs: number;
}

export class AcceptedTimes {
  /** By position. */
  #entries: Entry[] = [];
  /** No two of them are closer: a long backlog is known in steps of a thirtieth of the time that it covers. */
  #spacingMs = CLOSEST_MS;

  /** @param mark everything below is done, and never asked for again */
  add(position: number, acceptedMs: number, mark: number): void {
    let at = this.#entries.length;
    // Only what is read of a former life does not belong at the end.
    while (at > 0 && (this.#entries[at - 1]?.position ?? 0) >= position) at -= 1;
    const before = this.#entries[at - 1];
    if (before !== undefined && Math.abs(acceptedMs - before.acceptedMs) < this.#spacingMs) return;
    this.#entries.splice(at, 0, { position, acceptedMs });
    if (this.#entries.length > MOST) this.#makeRoom(mark);
  }

  /** Unix ms at which the record at this position was accepted, or a little less; `null`: not known. @param from the first position that may tell */
  at(position: number, from: number): number | null {
    const known = this.#entries.findLast((entry) => entry.position <= position);
    return known === undefined || known.position < from ? null : known.acceptedMs;
  }

  #makeRoom(mark: number): void {
    const oldest = this.#entries.findLastIndex(({ position }) => position <= mark);
    this.#entries = this.#entries.slice(Math.max(0, oldest));
    this.#spacingMs = CLOSEST_MS;
    if (this.#entries.length <= MOST / 2) return;
    const [first, last] = [this.#entries[0], this.#entries.at(-1)];
    this.#entries = this.#entries.filter((_, index) => index % 2 === 0);
    const covered = Math.abs((last?.acceptedMs ?? 0) - (first?.acceptedMs ?? 0));
    this.#spacingMs = Math.max(CLOSEST_MS, covered / (MOST / 2));
  }
}
