/** A member of a group that is the bare client, as a host without this library would write it. */
import { RdKafka } from '@confluentinc/kafka-javascript';
import { groupIsEmpty } from './kafka-admin.js';

/** Joins with the bare client, consumes nothing more once it has its partitions; resolves when the group has thrown it out. */
export async function thrownOut(
  bootstrapServers: string,
  topic: string,
  groupId: string,
  properties: Readonly<Record<string, number>>,
): Promise<void> {
  const consumer = new RdKafka.KafkaConsumer(
    { ...properties, 'bootstrap.servers': bootstrapServers, 'group.id': groupId },
    { 'auto.offset.reset': 'earliest' },
  );
  const consume = (): Promise<{ code: number | undefined; count: number }> =>
    new Promise((resolve) => {
      consumer.consume(1, (error, messages) => resolve({ code: error?.code, count: messages?.length ?? 0 }));
    });
  await new Promise<void>((resolve, reject) => {
    consumer.connect(undefined, (error) => (error ? reject(error) : resolve()));
  });
  try {
    consumer.subscribe([topic]);
    while ((await consume()).count === 0);
    await groupIsEmpty(bootstrapServers, groupId);
  } finally {
    await new Promise<void>((resolve) => consumer.disconnect(() => resolve()));
  }
}
