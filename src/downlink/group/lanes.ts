/** So many idle lanes are kept. */
const MOST_IDLE = 1_024;
/** A longer key is not kept beyond its last command. */
const LONGEST_KEPT = 256;

/** What is on its way of one key. `T`: a command. */
export interface Lane<T> {
  readonly key: string;
  /** The last one; the others stand before it. `null`: the lane is idle. */
  tail: T | null;
}

/**
 * The lanes of one partition. Idle ones are kept, up to a number: keys come again, and a Map that is added to and
 * deleted from for each command keeps V8 from seeing that the commands are gone (see LowWaterMark).
 */
export class Lanes<T> {
  #byKey = new Map<string, Lane<T>>();
  #busy = 0;

  /** How many are known, busy or idle. */
  get size(): number {
    return this.#byKey.size;
  }

  of(key: string): Lane<T> {
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    if (this.#byKey.size - this.#busy >= MOST_IDLE) this.#keepBusy();
    const lane = { key, tail: null };
    this.#byKey.set(key, lane);
    return lane;
  }

  /** @returns what was last of it before; `null`: it was idle. */
  enter(lane: Lane<T>, item: T): T | null {
    const before = lane.tail;
    lane.tail = item;
    if (before === null) this.#busy += 1;
    return before;
  }

  /** The last one of it is finished. */
  leave(lane: Lane<T>): void {
    lane.tail = null;
    this.#busy -= 1;
    if (lane.key.length > LONGEST_KEPT) this.#byKey.delete(lane.key);
  }

  clear(): void {
    this.#byKey = new Map();
    this.#busy = 0;
  }

  #keepBusy(): void {
    const all = this.#byKey;
    this.#byKey = new Map();
    for (const [key, lane] of all) if (lane.tail !== null) this.#byKey.set(key, lane);
  }
}
