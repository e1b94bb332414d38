import { RdKafka } from '@confluentinc/kafka-javascript';
import { createKafkaNorthward } from '../../src/index.js';
import { until } from '../support/memory-northward.js';
import { committedOffsets } from '../support/platform.js';
import type { Harness, RecordToSend, StoredRecord } from './harness.js';

const LONG_MS = 60_000;
/** So long a reader waits for records without a look at anything else: it cannot be closed before. */
const LOOK_MS = 50;

interface Options {
  readonly bootstrapServers: string;
  readonly createTopic: (topic: string) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Whatever listens there; written to and read with the bare client. */
export async function brokerHarness({ bootstrapServers, createTopic, stop }: Options): Promise<Harness> {
  const platform = await Platform.connect(bootstrapServers);
  return {
    make: (config) => createKafkaNorthward({ connection: { bootstrapServers }, ...config }),
    prepare: async (...topics) => {
      for (const topic of topics) {
        await createTopic(topic);
        await platform.knows(topic);
      }
    },
    send: (topic, record) => platform.send(topic, record),
    read: (topic, count) => platform.read(topic, count),
    committed: async (groupId, topic) => {
      const [offset = null] = await committedOffsets(bootstrapServers, groupId, topic, 1);
      // What the client says where there is nothing.
      return offset === null || offset < 0 ? null : offset;
    },
    passTime: () => Promise.resolve(),
    stop: async () => {
      await platform.close();
      await stop();
    },
  };
}

class Platform {
  readonly #bootstrapServers: string;
  readonly #producer: RdKafka.Producer;
  /** Who waits for which report: tests run at the same time. */
  readonly #open = new Map<number, (error: unknown, offset: number) => void>();
  #sent = 0;

  private constructor(bootstrapServers: string, producer: RdKafka.Producer) {
    this.#bootstrapServers = bootstrapServers;
    this.#producer = producer;
    producer.on('delivery-report', (error, { offset, opaque }) => {
      this.#open.get(opaque as number)?.(error, offset);
      this.#open.delete(opaque as number);
    });
  }

  static async connect(bootstrapServers: string): Promise<Platform> {
    const producer = new RdKafka.Producer({ 'bootstrap.servers': bootstrapServers, dr_cb: true });
    await new Promise<void>((resolve, reject) => {
      producer.connect(undefined, (error) => (error ? reject(error) : resolve()));
    });
    producer.setPollInterval(5);
    return new Platform(bootstrapServers, producer);
  }

  /** Asks for the topic until it is there. @returns its number of partitions */
  async knows(topic: string): Promise<number> {
    let partitions = 0;
    while (partitions === 0) {
      const metadata = await new Promise<RdKafka.Metadata>((resolve, reject) => {
        this.#producer.getMetadata({ topic, timeout: LONG_MS }, (error, answer) =>
          error ? reject(error) : resolve(answer),
        );
      });
      partitions = metadata.topics.find(({ name }) => name === topic)?.partitions.length ?? 0;
    }
    return partitions;
  }

  async send(topic: string, { key = null, value, headers = {} }: RecordToSend): Promise<number> {
    const list = Object.entries(headers).map(([name, text]) => ({ [name]: text }));
    const [body, bytes] = [value, key].map((text) => (text === null ? null : Buffer.from(text)));
    const id = this.#sent++;
    return await new Promise((resolve, reject) => {
      this.#open.set(id, (error, offset) => (error ? reject(error) : resolve(offset)));
      this.#producer.produce(topic, 0, body ?? null, bytes ?? null, null, id, list);
    });
  }

  async read(topic: string, count: number): Promise<StoredRecord[]> {
    const partitions = await this.knows(topic);
    const options = { 'bootstrap.servers': this.#bootstrapServers, 'group.id': `read-${topic}` };
    const consumer = new RdKafka.KafkaConsumer({ ...options, 'auto.offset.reset': 'earliest' });
    await new Promise<void>((resolve, reject) => {
      consumer.connect(undefined, (error) => (error ? reject(error) : resolve()));
    });
    try {
      consumer.assign(
        Array.from({ length: partitions }, (_, partition) => ({ topic, partition, offset: 0 })),
      );
      const found: StoredRecord[] = [];
      consumer.setDefaultConsumeTimeout(LOOK_MS);
      consumer.on('data', (message) => found.push(storedOf(message)));
      consumer.consume();
      await until(`${count} records of ${topic}`, () => found.length >= count, LONG_MS);
      return found.slice(0, count);
    } finally {
      await new Promise<void>((resolve) => consumer.disconnect(() => resolve()));
    }
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.#producer.disconnect(() => resolve()));
  }
}

function storedOf(message: RdKafka.Message): StoredRecord {
  const { topic, partition, offset, value, timestamp = -1 } = message;
  const key = message.key == null ? null : Buffer.from(message.key as Buffer);
  const headers = (message.headers ?? []).flatMap((header) =>
    Object.entries(header).map(([name, bytes]) => [name, String(bytes)] as const),
  );
  return { topic, partition, offset, key, value, headers, timestampMs: timestamp };
}
