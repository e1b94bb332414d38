/** Small enough to stay in a processor's cache while it is filled and copied from. */
const SLAB_BYTES = 256 * 1024;
/** Larger payloads get a Buffer of their own, so that they do not use slabs up. */
const LARGE_BYTES = SLAB_BYTES / 8;
/** A UTF-16 unit takes at most three bytes in UTF-8. */
const BYTES_PER_UNIT = 3;

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

interface NativeUtf8Write {
  utf8Write?(text: string, offset: number, length: number): number;
}

/** Node's own `utf8Write` skips the argument checks of `write`; it is undocumented, so do without if need be. */
function writeUtf8(block: Buffer & NativeUtf8Write, text: string, offset: number): number {
  return block.utf8Write?.(text, offset, block.length - offset) ?? block.write(text, offset, 'utf8');
}
