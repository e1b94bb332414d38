/** A record as it came from Kafka. */
export interface InboundRecord {
  readonly topic: string;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  /** In order; a name may be there more than once. */
  readonly headers: readonly (readonly [name: string, value: Uint8Array | null])[];
  /** Unix ms; `undefined` where Kafka has none. */
  readonly timestampMs: number | undefined;
}

/** What a record takes of `maxQueuedBytes`: its key, value and headers. */
export function bytesOf({ key, value, headers }: InboundRecord): number {
  let bytes = (value?.length ?? 0) + (key?.length ?? 0);
  for (const header of headers) bytes += header[0].length + (header[1]?.length ?? 0);
  return bytes;
}
