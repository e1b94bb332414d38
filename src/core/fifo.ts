/** First in, first out; shifting an array of thousands would be slow. */
export class Fifo<T> {
  #items: Array<T | undefined> = [];
  #first = 0;

  get size(): number {
    return this.#items.length - this.#first;
  }

  /** The one that `shift()` would take. */
  get head(): T | undefined {
    return this.#items[this.#first];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    const item = this.#items[this.#first];
    if (item === undefined) return undefined;
    // What was taken is nobody's here: its place may be held for long where the line is never empty.
    this.#items[this.#first] = undefined;
    this.#first += 1;
    if (this.#first === this.#items.length) {
      this.#items.length = 0;
      this.#first = 0;
    } else if (this.#first >= 1_024) {
      this.#items.splice(0, this.#first);
      this.#first = 0;
    }
    return item;
  }

  /** Keeps only what is wanted. */
  keep(wanted: (item: T) => boolean): void {
    this.#items = this.#items.slice(this.#first).filter((item) => item !== undefined && wanted(item));
    this.#first = 0;
  }
}
