import { RdKafka } from '@confluentinc/kafka-javascript';

/** A record for the bare client. */
export interface RawRecord {
  readonly topic: string;
  readonly partition: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** The client sends an empty Buffer as null; an empty string stays empty. */
  readonly headers: readonly Record<string, Buffer | string>[];
  /** Default: now. */
  readonly timestampMs?: number;
}

/** What the client sends as an empty key or value; it takes any other empty Buffer for null. */
export const EMPTY_BYTES = Buffer.alloc(1).subarray(0, 0);

/** Produces one record with the bare client and waits for its delivery report. */
export async function produceRaw(
  bootstrapServers: string,
  codec: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd',
  record: RawRecord,
): Promise<void> {
  const producer = new RdKafka.Producer({
    'bootstrap.servers': bootstrapServers,
    'compression.codec': codec,
    dr_cb: true,
  });
  await new Promise<void>((resolve, reject) => {
    producer.connect(undefined, (error) => (error ? reject(error) : resolve()));
  });
  try {
    const reported = new Promise<void>((resolve, reject) => {
      producer.once('delivery-report', (error) => (error ? reject(error) : resolve()));
    });
    producer.setPollInterval(10);
    const { topic, partition, value, key, timestampMs = null, headers } = record;
    producer.produce(topic, partition, value, key, timestampMs, null, [...headers]);
    await reported;
  } finally {
    await new Promise<void>((resolve) => producer.disconnect(() => resolve()));
  }
}
