/** About how many bytes a value of the host takes. Pure, and safe: it may be anything by now, and may hold itself. */

/** More parts than this are not counted. */
const MAX_PARTS = 100_000;
const PER_PART = 16;

/** `Infinity`: too many parts, or it cannot be read. */
export function roughSize(value: unknown): number {
  try {
    return sizeOf(value);
  } catch {
    return Infinity;
  }
}

function sizeOf(value: unknown): number {
  const open: unknown[] = [value];
  let bytes = 0;
  for (let parts = 0; open.length > 0; parts += 1) {
    if (parts + open.length > MAX_PARTS) return Infinity;
    const part = open.pop();
    bytes += PER_PART;
    if (typeof part === 'string') bytes += 2 * part.length;
    else if (ArrayBuffer.isView(part)) bytes += part.byteLength;
    else if (typeof part === 'object' && part !== null) {
      const keys = Object.keys(part);
      if (parts + open.length + keys.length > MAX_PARTS) return Infinity;
      for (const key of keys) {
        bytes += 2 * key.length;
        open.push((part as Record<string, unknown>)[key]);
      }
    }
  }
  return bytes;
}
