interface NativeUtf8Write {
  utf8Write?(text: string, offset: number, length: number): number;
}

/**
 * Node's own `utf8Write` skips the argument checks of `write`; it is undocumented, so do without if need be.
 * @returns how many bytes it took
 */
export function writeUtf8(block: Buffer & NativeUtf8Write, text: string, offset: number): number {
  return block.utf8Write?.(text, offset, block.length - offset) ?? block.write(text, offset, 'utf8');
}

/** A UTF-16 unit takes at most three bytes in UTF-8. */
export const BYTES_PER_UNIT = 3;
