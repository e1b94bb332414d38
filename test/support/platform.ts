/** The platform: writes commands with the bare client, and reads what the group has committed. */
import { RdKafka } from '@confluentinc/kafka-javascript';
import { writePoint } from './downlink-gateway.js';

export interface PlatformRecord {
  readonly partition: number;
  readonly key: string | null;
  readonly value: string | Buffer | null;
}

/** Produces with the bare client, in order; resolves when all are acknowledged. */
export async function produceAll(
  bootstrapServers: string,
  topic: string,
  records: readonly PlatformRecord[],
  compression: 'none' | 'zstd' = 'none',
): Promise<void> {
  const producer = new RdKafka.Producer({
    'bootstrap.servers': bootstrapServers,
    'enable.idempotence': true,
    'compression.codec': compression,
    dr_cb: true,
  });
  await new Promise<void>((resolve, reject) => {
    producer.connect(undefined, (error) => (error ? reject(error) : resolve()));
  });
  producer.setPollInBackground(true);
  let reported = 0;
  const all = new Promise<void>((resolve, reject) => {
    producer.on('delivery-report', (error) => {
      reported += 1;
      if (error) reject(error);
      else if (reported === records.length) resolve();
    });
  });
  for (const { partition, key, value } of records) {
    const body = typeof value === 'string' ? Buffer.from(value) : value;
    producer.produce(topic, partition, body, key === null ? null : Buffer.from(key));
  }
  await all;
  await new Promise<void>((resolve) => producer.disconnect(() => resolve()));
}

/** Write points `from`…`to`-1, `keys` keys in turn, each key in one partition; the request id is the number. */
export function writePoints(from: number, to: number, partitions: number, keys = 50): PlatformRecord[] {
  return Array.from({ length: to - from }, (_, index) => {
    const n = from + index;
    const key = n % keys;
    return { partition: key % partitions, key: `k${key}`, value: writePoint(String(n)) };
  });
}

/** The committed offsets of a group by partition. */
export async function committedOffsets(
  bootstrapServers: string,
  groupId: string,
  topic: string,
  partitions: number,
): Promise<(number | null)[]> {
  const consumer = new RdKafka.KafkaConsumer({ 'bootstrap.servers': bootstrapServers, 'group.id': groupId });
  await new Promise<void>((resolve, reject) => {
    consumer.connect(undefined, (error) => (error ? reject(error) : resolve()));
  });
  const asked = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }));
  const answer = await new Promise<{ partition: number; offset?: number }[]>((resolve, reject) => {
    consumer.committed(asked, 10_000, (error, offsets) => (error ? reject(error) : resolve(offsets)));
  });
  await new Promise<void>((resolve) => consumer.disconnect(() => resolve()));
  return asked.map(({ partition }) => answer.find((each) => each.partition === partition)?.offset ?? null);
}
