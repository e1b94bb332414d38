/**
 * A bounded cache: two generations of at most `limit` entries and `maxLength` each, as `lengthOf` counts. What was not asked
 * for while a generation filled up is forgotten; no bookkeeping on a hit.
 */
export class Generations<K, V> {
  readonly #limit: number;
  readonly #maxLength: number;
  readonly #lengthOf: (key: K, value: V) => number;
  #length = 0;
  #young = new Map<K, V>();
  #old = new Map<K, V>();

  constructor(limit: number, maxLength = Infinity, lengthOf: (key: K, value: V) => number = () => 0) {
    this.#limit = limit;
    this.#maxLength = maxLength;
    this.#lengthOf = lengthOf;
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  get(key: K): V | undefined {
    const value = this.#young.get(key);
    if (value !== undefined) return value;
    const older = this.#old.get(key);
    if (older !== undefined) {
      this.#old.delete(key);
      this.set(key, older);
    }
    return older;
  }

  set(key: K, value: V): void {
    const length = this.#lengthOf(key, value);
    // One that takes another's place counts beside it until the generation is full: that only makes it full sooner.
    const full = this.#young.size >= this.#limit && !this.#young.has(key);
    if (full || this.#length + length > this.#maxLength) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#length = 0;
    }
    this.#length += length;
    this.#old.delete(key);
    this.#young.set(key, value);
  }
}
