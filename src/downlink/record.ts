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
