import { BYTES_PER_UNIT, writeUtf8 } from './utf8.js';

/** Small enough to stay in a processor's cache while it is filled and copied from. */
const SLAB_BYTES = 256 * 1024;
/** Larger payloads get a Buffer of their own, so that they do not use slabs up. */
const LARGE_BYTES = SLAB_BYTES / 8;

/** Writes texts as UTF-8 into large blocks: far cheaper than a Buffer for each. */
export class Slab {
  #block = Buffer.allocUnsafeSlow(SLAB_BYTES);
  #used = 0;

  write(text: string): Buffer {
    const atMost = text.length * BYTES_PER_UNIT;
    if (atMost > LARGE_BYTES) return Buffer.from(text);
    if (this.#used + atMost > SLAB_BYTES) {
      this.#block = Buffer.allocUnsafeSlow(SLAB_BYTES);
      this.#used = 0;
    }
    const start = this.#used;
    this.#used += writeUtf8(this.#block, text, start);
    return this.#block.subarray(start, this.#used);
  }
}
