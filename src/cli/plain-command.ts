/** What comes from Kafka, as JSON has it. */
import type { DownlinkDataByKind, DownlinkKind } from '../api/commands.js';

/** Bytes of a record: text where they are UTF-8, else Base64. */
export function plainBytes(bytes: Uint8Array | null): string | { readonly base64: string } | null {
  if (bytes === null) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return { base64: Buffer.from(bytes).toString('base64') };
  }
}

/** Data of a command; times as in RFC 3339. */
export function plainData(data: DownlinkDataByKind[DownlinkKind]): Record<string, unknown> {
  return { ...data, timestamp: data.timestamp.toISOString() };
}
