import type { RecordPlace } from '../api/events.js';

/** A record as it came from Kafka. */
export interface RecordContent {
  readonly topic: string;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  /** In order; a name may be there more than once. */
  readonly headers: readonly (readonly [name: string, value: Uint8Array | null])[];
  /** Unix ms; `undefined` where Kafka has none. */
  readonly timestampMs: number | undefined;
}

/** What a record takes of `maxQueuedBytes`: its key, value and headers. */
export function bytesOf({ key, value, headers }: RecordContent): number {
  let bytes = (value?.length ?? 0) + (key?.length ?? 0);
  for (const header of headers) bytes += header[0].length + (header[1]?.length ?? 0);
  return bytes;
}

/** A record as it came from Kafka. */
export interface IncomingRecord extends RecordPlace {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** In order; a name may be there more than once. */
  readonly headers: readonly (readonly [name: string, value: Buffer | null])[];
  /** Unix ms; `undefined` where Kafka has none. */
  readonly timestampMs: number | undefined;
  /** Of the leader that stored it; `null` where Kafka has none. */
  readonly leaderEpoch: number | null;
}
