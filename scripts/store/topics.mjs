// @ts-check
/** Makes topics and reads them whole, with the bare client: shares no code with the library. */
import { RdKafka } from '@confluentinc/kafka-javascript';
import { numberIn } from './messages.mjs';

const TIMEOUT_MS = 30_000;
const PORTION_MS = 100;

/**
 * @typedef {object} ReadRecord
 * @property {number} partition
 * @property {number} offset
 * @property {string} key
 * @property {string | null} id Its header `message_id`
 * @property {boolean} replayed It has the header `replayed`
 * @property {number} n The number that the publisher gave it
 */

/**
 * @param {string} bootstrapServers
 * @param {string} topic
 * @param {number} partitions
 */
export async function createTopic(bootstrapServers, topic, partitions) {
  const admin = RdKafka.AdminClient.create({ 'bootstrap.servers': bootstrapServers });
  const wanted = { topic, num_partitions: partitions, replication_factor: 1 };
  try {
    await promised((done) => admin.createTopic(wanted, TIMEOUT_MS, done));
  } finally {
    admin.disconnect();
  }
}

/**
 * Hands over every record that a topic holds now, in the order of each partition.
 * @param {string} bootstrapServers
 * @param {string} topic
 * @param {number} partitions
 * @param {(record: ReadRecord, message: import('@confluentinc/kafka-javascript').Message) => void} take
 */
export async function readTopic(bootstrapServers, topic, partitions, take) {
  const consumer = new RdKafka.KafkaConsumer(
    {
      'bootstrap.servers': bootstrapServers,
      'group.id': `oracle.${topic}`,
      'enable.auto.commit': false,
      // A thousand records in the hand are plenty; the default reads ahead until a gigabyte is full.
      'queued.max.messages.kbytes': 16_384,
    },
    { 'auto.offset.reset': 'earliest' },
  );
  // A portion that is not full ends a read after so long.
  consumer.setDefaultConsumeTimeout(PORTION_MS);
  await promised((done) => consumer.connect(undefined, done));
  try {
    const ends = await endsOf(consumer, topic, partitions);
    const open = new Map([...ends].filter(([, { low, high }]) => high > low));
    consumer.assign([...open.keys()].map((partition) => ({ topic, partition, offset: 0 })));
    while (open.size > 0) {
      for (const message of await batch(consumer)) {
        take(recordOf(message), message);
        if (message.offset + 1 >= (open.get(message.partition)?.high ?? 0)) open.delete(message.partition);
      }
    }
  } finally {
    await promised((done) => consumer.disconnect(done));
  }
}

/**
 * @param {InstanceType<typeof RdKafka.KafkaConsumer>} consumer
 * @param {string} topic
 * @param {number} partitions
 */
export async function endsOf(consumer, topic, partitions) {
  /** @type {Map<number, { low: number, high: number }>} */
  const ends = new Map();
  for (let partition = 0; partition < partitions; partition += 1) {
    const { lowOffset, highOffset } = await promised((done) =>
      consumer.queryWatermarkOffsets(topic, partition, TIMEOUT_MS, done),
    );
    ends.set(partition, { low: lowOffset, high: highOffset });
  }
  return ends;
}

/**
 * @param {InstanceType<typeof RdKafka.KafkaConsumer>} consumer
 * @returns {Promise<import('@confluentinc/kafka-javascript').Message[]>}
 */
function batch(consumer) {
  return promised((done) => consumer.consume(1000, done));
}

/** @param {import('@confluentinc/kafka-javascript').Message} message @returns {ReadRecord} */
function recordOf({ partition, offset, key, value, headers }) {
  const named = Object.assign({}, ...(headers ?? []));
  const id = named['message_id'];
  return {
    partition,
    offset,
    key: String(key ?? ''),
    id: id === undefined ? null : String(id),
    replayed: named['replayed'] !== undefined,
    n: numberIn(String(value)),
  };
}

/**
 * @template T
 * @param {(done: (error: any, result?: any) => void) => unknown} start
 * @returns {Promise<T>}
 */
export function promised(start) {
  return new Promise((resolve, reject) => {
    start((error, result) => (error ? reject(new Error(error.message ?? String(error))) : resolve(result)));
  });
}
