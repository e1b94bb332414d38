/** Numbers, texts and bytes in a row, as they stand in a file. */

/** Beyond it, bit operations would cut a number. */
const BITS_END = 0x8000_0000;
/** So many bytes take the largest safe integer. */
const LONGEST_VARINT = 8;

/** A buffer that grows. What was written stays where it is until `clear()`. */
export class ByteWriter {
  bytes: Buffer;
  length = 0;

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafeSlow(size);
  }

  get written(): Buffer {
    return this.bytes.subarray(0, this.length);
  }

  clear(): void {
    this.length = 0;
  }

  /** Leaves room for what is written last. @param expected how many bytes there will be with it */
  skip(count: number, expected: number): void {
    this.#reserve(expected);
    this.length += count;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.bytes[this.length] = value;
    this.length += 1;
  }

  /** A whole number from 0 on, seven bits a byte. */
  varint(value: number): void {
    this.#reserve(LONGEST_VARINT);
    let at = this.length;
    let rest = value;
    while (rest >= BITS_END) {
      this.bytes[at] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
      at += 1;
    }
    while (rest > 127) {
      this.bytes[at] = (rest & 127) | 128;
      rest >>>= 7;
      at += 1;
    }
    this.bytes[at] = rest;
    this.length = at + 1;
  }

  /** A whole number; near 0 it is short. */
  signed(value: number): void {
    this.varint(value < 0 ? -2 * value - 1 : 2 * value);
  }

  double(value: number): void {
    this.#reserve(8);
    this.bytes.writeDoubleLE(value, this.length);
    this.length += 8;
  }

  /** Without their length. */
  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** With their length. */
  sized(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.raw(bytes);
  }

  text(text: string): void {
    this.sized(Buffer.from(text));
  }

  #reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.bytes.length));
    larger.set(this.written);
    this.bytes = larger;
  }
}

/** What a file holds is not what it should be. Never leaves the store. */
export class Malformed extends Error {
  override readonly name = 'Malformed';
}

/** Reads what a ByteWriter wrote. Throws Malformed beyond its end. */
export class ByteReader {
  readonly bytes: Buffer;
  readonly end: number;
  at: number;

  constructor(bytes: Buffer, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
    if (start > end || end > bytes.length) throw new Malformed('a part is longer than the whole');
  }

  byte(): number {
    const value = this.at < this.end ? this.bytes[this.at] : undefined;
    if (value === undefined) throw new Malformed('it ends too early');
    this.at += 1;
    return value;
  }

  varint(): number {
    let byte = this.byte();
    if (byte < 128) return byte;
    let value = byte & 127;
    for (let factor = 128; ; factor *= 128) {
      byte = this.byte();
      value += (byte & 127) * factor;
      if (byte < 128) break;
    }
    if (!Number.isSafeInteger(value)) throw new Malformed('a number is too large');
    return value;
  }

  signed(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  double(): number {
    const at = this.pass(8);
    return this.bytes.readDoubleLE(at);
  }

  /** A view, no copy. */
  sized(): Buffer {
    return this.raw(this.varint());
  }

  raw(length: number): Buffer {
    const at = this.pass(length);
    return this.bytes.subarray(at, at + length);
  }

  text(): string {
    return this.sized().toString();
  }

  /** Goes on so many bytes. @returns where it was */
  pass(length: number): number {
    const at = this.at;
    if (length > this.end - at) throw new Malformed('it ends too early');
    this.at = at + length;
    return at;
  }
}
