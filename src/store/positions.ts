/**
 * What became of each position of a lane: unread, held (in somebody's hands) or done. Two bits a position, in chunks that are
 * made when they are needed: a backlog of millions costs little, and nothing at all until it is touched.
 */

const CHUNK = 65_536;
const BITS = 32;
const FULL = 0xffff_ffff;
/** Looking for what is done takes no longer than this. */
const MOST_LOOKED_AT = 4_096;

interface Chunk {
  readonly held: Uint32Array;
  readonly done: Uint32Array;
}

/** Whole numbers from `from` up to, without, `to`. */
export type Range = readonly [from: number, to: number];

export class Positions {
  readonly #chunks = new Map<number, Chunk>();
  #lastIndex = -1;
  #last: Chunk | undefined;
  #mark: number;
  #end: number;
  #unread: number;
  #held = 0;

  /** Everything between is unread. */
  constructor(mark: number, end: number) {
    this.#mark = mark;
    this.#end = end;
    this.#unread = end - mark;
  }

  /** The lowest position that is not done. */
  get mark(): number {
    return this.#mark;
  }

  /** The next position to be given. */
  get end(): number {
    return this.#end;
  }

  get unread(): number {
    return this.#unread;
  }

  /** Records between mark and end that are not done. */
  get open(): number {
    return this.#unread + this.#held;
  }

  add(held: boolean): number {
    const position = this.#end;
    this.#end = position + 1;
    if (held) {
      set(this.#chunkOf(position).held, position);
      this.#held += 1;
    } else this.#unread += 1;
    return position;
  }

  isUnread(position: number): boolean {
    if (position < this.#mark || position >= this.#end) return false;
    const chunk = this.#peek(position);
    return chunk === undefined || !(has(chunk.held, position) || has(chunk.done, position));
  }

  isDone(position: number): boolean {
    if (position < this.#mark) return true;
    const chunk = this.#peek(position);
    return chunk !== undefined && has(chunk.done, position);
  }

  /** An unread one is held from now on. */
  hold(position: number): void {
    if (!this.isUnread(position)) return;
    set(this.#chunkOf(position).held, position);
    this.#unread -= 1;
    this.#held += 1;
  }

  /** A held one is unread again. */
  release(position: number): void {
    const chunk = this.#peek(position);
    if (chunk === undefined || this.isDone(position) || !has(chunk.held, position)) return;
    const word = wordOf(position);
    chunk.held[word] = (chunk.held[word] ?? 0) & ~(1 << (position % BITS));
    this.#unread += 1;
    this.#held -= 1;
  }

  /** @returns false: it was done already, or never given */
  finish(position: number): boolean {
    if (position >= this.#end || this.isDone(position)) return false;
    const chunk = this.#chunkOf(position);
    if (has(chunk.held, position)) this.#held -= 1;
    else this.#unread -= 1;
    set(chunk.done, position);
    if (position === this.#mark) this.#advance();
    return true;
  }

  /** Whether a position between is held. */
  anyHeld([from, to]: Range): boolean {
    for (const { chunk, word, bits } of this.#words([from, to])) {
      if (chunk !== undefined && ((chunk.held[word] ?? 0) & ~(chunk.done[word] ?? 0) & bits) !== 0)
        return true;
    }
    return false;
  }

  unreadIn(range: Range): number {
    let count = 0;
    for (const { chunk, word, bits } of this.#words(range)) count += ones(bits & ~taken(chunk, word));
    return count;
  }

  /**
   * The unread ones between are done from now on.
   * @returns how many they were
   */
  finishUnread(range: Range): number {
    let count = 0;
    for (const { first, word, bits } of this.#words(range)) {
      const chunk = this.#chunkOf(first);
      const unread = bits & ~taken(chunk, word);
      chunk.done[word] = (chunk.done[word] ?? 0) | unread;
      count += ones(unread);
    }
    this.#unread -= count;
    this.#advance();
    return count;
  }

  /** All between are done from now on. */
  finishAll(range: Range): void {
    this.finishUnread(range);
    for (const { chunk, word, bits } of this.#words(range)) {
      if (chunk === undefined) continue;
      const open = bits & ~(chunk.done[word] ?? 0);
      this.#held -= ones(open);
      chunk.done[word] = (chunk.done[word] ?? 0) | open;
    }
    this.#advance();
  }

  /** Gives positions away that nothing will ever have. */
  skip(to: number): void {
    const from = this.#end;
    if (to <= from) return;
    this.#end = to;
    this.#unread += to - from;
    this.finishUnread([from, to]);
  }

  /** Done ones beyond the mark: where there are more than `most` ranges, the largest of the first 4,096. */
  doneRanges(most: number): Range[] {
    const found: Range[] = [];
    for (const index of [...this.#chunks.keys()].toSorted((a, b) => a - b)) {
      if (found.length >= MOST_LOOKED_AT) break;
      const chunk = this.#chunks.get(index);
      if (chunk !== undefined) this.#rangesOf(chunk.done, index * CHUNK, found);
    }
    if (found.length <= most) return found;
    const largest = found.toSorted(([a, b], [c, d]) => d - c - (b - a)).slice(0, most);
    return largest.toSorted(([a], [b]) => a - b);
  }

  #rangesOf(done: Uint32Array, first: number, found: Range[]): void {
    let start = -1;
    for (let word = 0; word <= done.length; word += 1) {
      const bits = done[word] ?? 0;
      // Most words are all done, or not at all.
      if (start === -1 ? bits === 0 : bits === FULL) continue;
      for (let bit = 0; bit < BITS;) {
        // The next bit that is not as the one before.
        const others = (start === -1 ? bits : ~bits) >>> bit;
        if (others === 0) break;
        bit += trailingZeros(others);
        const at = first + word * BITS + bit;
        if (start === -1) start = at;
        else {
          this.#addRange(start, at, found);
          start = -1;
        }
      }
    }
  }

  #addRange(start: number, to: number, found: Range[]): void {
    if (to <= this.#mark) return;
    const from = Math.max(start, this.#mark);
    const last = found.at(-1);
    if (last !== undefined && last[1] === from) found[found.length - 1] = [last[0], to];
    else found.push([from, to]);
  }

  /** The words of bits that a range touches, as far as it is between mark and end. */
  *#words([from, to]: Range): Generator<{
    first: number;
    chunk: Chunk | undefined;
    word: number;
    bits: number;
  }> {
    const end = Math.min(to, this.#end);
    for (let first = Math.max(from, this.#mark); first < end;) {
      const bit = first % BITS;
      const next = Math.min(end, first - bit + BITS);
      const bits = (FULL >>> (BITS - (next - first))) << bit;
      yield { first, chunk: this.#chunks.get(Math.floor(first / CHUNK)), word: wordOf(first), bits };
      first = next;
    }
  }

  #advance(): void {
    while (this.#mark < this.#end) {
      const chunk = this.#peek(this.#mark);
      if (chunk === undefined) return;
      const bit = this.#mark % BITS;
      const open = ~(chunk.done[wordOf(this.#mark)] ?? 0) >>> bit;
      const steps = open === 0 ? BITS - bit : trailingZeros(open);
      if (steps === 0) return;
      this.#moveMark(Math.min(this.#mark + steps, this.#end));
    }
  }

  #moveMark(to: number): void {
    const old = Math.floor(this.#mark / CHUNK);
    this.#mark = to;
    if (Math.floor(to / CHUNK) === old) return;
    this.#chunks.delete(old);
    this.#lastIndex = -1;
  }

  #peek(position: number): Chunk | undefined {
    const index = Math.floor(position / CHUNK);
    if (index !== this.#lastIndex) {
      this.#last = this.#chunks.get(index);
      this.#lastIndex = this.#last === undefined ? -1 : index;
    }
    return this.#last;
  }

  #chunkOf(position: number): Chunk {
    const known = this.#peek(position);
    if (known !== undefined) return known;
    const chunk = { held: new Uint32Array(CHUNK / BITS), done: new Uint32Array(CHUNK / BITS) };
    this.#lastIndex = Math.floor(position / CHUNK);
    this.#last = chunk;
    this.#chunks.set(this.#lastIndex, chunk);
    return chunk;
  }
}

function wordOf(position: number): number {
  return Math.floor((position % CHUNK) / BITS);
}

function has(words: Uint32Array, position: number): boolean {
  return ((words[wordOf(position)] ?? 0) & (1 << (position % BITS))) !== 0;
}

function set(words: Uint32Array, position: number): void {
  const word = wordOf(position);
  words[word] = (words[word] ?? 0) | (1 << (position % BITS));
}

function taken(chunk: Chunk | undefined, word: number): number {
  return chunk === undefined ? 0 : (chunk.held[word] ?? 0) | (chunk.done[word] ?? 0);
}

function trailingZeros(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}

function ones(bits: number): number {
  let count = 0;
  for (let left = bits >>> 0; left !== 0; left = (left & (left - 1)) >>> 0) count += 1;
  return count;
}
