import { BYTES_PER_UNIT, writeUtf8 } from './utf8.js';

/** Longer texts are not written here: what a Buffer of their own costs is little beside the writing of them. */
const MAX_UNITS = 4_096;
/** Views of so many lengths are kept, about 150 bytes each. */
const MAX_VIEWS = 4_096;

const NO_BYTES = Buffer.alloc(0);

/** Writes texts as UTF-8, each over the one before, and hands out one view for all of the same length: nothing is made for a text. */
export class ScratchBlock {
  readonly #block = Buffer.allocUnsafeSlow(MAX_UNITS * BYTES_PER_UNIT);
  /** By length; `NO_BYTES`: there is none yet. */
  readonly #views: Buffer[] = [];

  /** Holds until the next call. `null`: the text is too long for it. */
  write(text: string): Buffer | null {
    if (text.length > MAX_UNITS) return null;
    const length = writeUtf8(this.#block, text, 0);
    const known = this.#views[length];
    return known !== undefined && known !== NO_BYTES ? known : this.#addView(length);
  }

  #addView(length: number): Buffer {
    const view = this.#block.subarray(0, length);
    if (length > MAX_VIEWS) return view;
    while (this.#views.length <= length) this.#views.push(NO_BYTES);
    this.#views[length] = view;
    return view;
  }
}
