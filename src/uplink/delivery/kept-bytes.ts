/** Bytes of messages that are on their way, in blocks that are used again: neither a view nor a block is made per message. */

const BLOCK_BYTES = 256 * 1024;
/** Blocks that are free and kept, 2 MiB in all; what is beyond them is left to the garbage collection. */
const MAX_FREE = 8;

/** Written from its beginning to its end, and again once nobody needs what is in it. */
export class KeptBlock {
  readonly bytes = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  used = 0;
  /** Messages whose bytes are in here. */
  messages = 0;
}

export class KeptBytes {
  #current = new KeptBlock();
  readonly #free: KeptBlock[] = [];

  /** Copies bytes; those of one message end at `used` of the block. They stay until `release()`. */
  keep(bytes: Uint8Array): KeptBlock {
    if (bytes.length > BLOCK_BYTES - this.#current.used) this.#next();
    const block = this.#current;
    block.bytes.set(bytes, block.used);
    block.used += bytes.length;
    block.messages += 1;
    return block;
  }

  /** One message needs its bytes in this block no longer. Once for each `keep()`. */
  release(block: KeptBlock): void {
    block.messages -= 1;
    if (block.messages > 0) return;
    if (block === this.#current) block.used = 0;
    else if (this.#free.length < MAX_FREE) this.#free.push(block);
  }

  #next(): void {
    const block = this.#free.pop() ?? new KeptBlock();
    block.used = 0;
    this.#current = block;
  }
}
