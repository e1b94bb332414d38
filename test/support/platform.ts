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

/** Produces in a transaction, whose end is a control record in each partition. */
export async function produceInTransaction(
  bootstrapServers: string,
  topic: string,
  records: readonly PlatformRecord[],
): Promise<void> {
  const producer = new RdKafka.Producer({
    'bootstrap.servers': bootstrapServers,
    'transactional.id': `platform.${topic}`,
  });
  const call = (start: (done: (error: unknown) => void) => unknown): Promise<void> =>
    new Promise((resolve, reject) => {
      start((error) => {
        if (error) reject(error as Error);
        else resolve();
      });
    });
  await call((done) => producer.connect(undefined, done));
  producer.setPollInBackground(true);
  await call((done) => producer.initTransactions(30_000, done));
  await call((done) => producer.beginTransaction(done));
  for (const { partition, key, value } of records) {
    const body = typeof value === 'string' ? Buffer.from(value) : value;
    producer.produce(topic, partition, body, key === null ? null : Buffer.from(key));
  }
  await call((done) => producer.commitTransaction(30_000, done));
  await new Promise<void>((resolve) => producer.disconnect(() => resolve()));
}

interface CommittedMark {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly leaderEpoch?: number;
  readonly metadata?: string;
}

/** Commits for a group that has no member, with what else is in `mark`. */
export async function commitAs(
  bootstrapServers: string,
  groupId: string,
  mark: CommittedMark,
): Promise<void> {
  let answer: { readonly error: unknown } | undefined;
  const consumer = new RdKafka.KafkaConsumer({
    'bootstrap.servers': bootstrapServers,
    'group.id': groupId,
    'enable.auto.commit': false,
    offset_commit_cb: (error: unknown) => {
      answer = { error };
    },
  } as ConstructorParameters<typeof RdKafka.KafkaConsumer>[0]);
  await new Promise<void>((resolve, reject) => {
    consumer.connect(undefined, (error) => (error ? reject(error) : resolve()));
  });
  const { topic, partition, offset } = mark;
  consumer.assign([{ topic, partition, offset }]);
  consumer.commit(mark);
  // Answers come while it consumes.
  while (answer === undefined) await new Promise((resolve) => consumer.consume(1, resolve));
  await new Promise<void>((resolve) => consumer.disconnect(() => resolve()));
  if (answer.error) throw answer.error as Error;
}
