import { RdKafka } from '@confluentinc/kafka-javascript';

/** Where a record stands. */
export interface FoundRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** A read waits until so many records are there, or none came for the consume time-out. */
const BATCH = 100;

/** The client can do this; its type declarations do not say so. */
interface Assigning {
  incrementalAssign(places: readonly FoundRecord[]): void;
}

/**
 * Reads back with the bare client, without this library: the independent witness of the demo. It reads the
 * partitions that it is told, from the offset that it is told, in no consumer group.
 */
export class Reader {
  readonly #consumer: RdKafka.KafkaConsumer & Assigning;
  readonly #assigned = new Set<string>();
  readonly #onRecord: (record: RdKafka.Message) => void;
  readonly #bootstrapServers: string;
  /** Timestamp of the latest record by topic, partition and key. */
  readonly #latest = new Map<string, number>();
  /** Records that came behind a younger one of their key. */
  disorder = 0;
  #reading = false;
  #lastRead: Promise<void> = Promise.resolve();

  constructor(bootstrapServers: string, onRecord: (record: RdKafka.Message) => void) {
    this.#onRecord = onRecord;
    this.#bootstrapServers = bootstrapServers;
    this.#consumer = new RdKafka.KafkaConsumer(
      {
        'bootstrap.servers': bootstrapServers,
        'group.id': 'ng-kafka-northward-demo-reader',
        'enable.auto.commit': false,
        // An empty fetch of the embedded broker waits this long.
        'fetch.wait.max.ms': 50,
      },
      {},
    ) as RdKafka.KafkaConsumer & Assigning;
    this.#consumer.on('event.error', () => undefined);
    this.#consumer.setDefaultConsumeTimeout(100);
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#consumer.connect({ timeout: 10_000 }, (error) =>
        error ? reject(this.#notReached(error)) : resolve(),
      );
    });
    this.#reading = true;
    this.#lastRead = this.#read();
  }

  /** Reads a partition from the record on that is the first one of this demo. */
  follow({ topic, partition, offset }: FoundRecord): void {
    const name = `${topic}/${partition}`;
    if (this.#assigned.has(name)) return;
    this.#assigned.add(name);
    this.#consumer.incrementalAssign([{ topic, partition, offset }]);
  }

  async stop(): Promise<void> {
    this.#reading = false;
    // A disconnect beside a consume in flight would wait for it anyway.
    await this.#lastRead;
    if (!this.#consumer.isConnected()) return;
    await new Promise<void>((resolve) => this.#consumer.disconnect(() => resolve()));
  }

  #notReached({ message }: RdKafka.LibrdKafkaError): Error {
    return new Error(
      `No broker takes plaintext connections at ${this.#bootstrapServers}: ${message}. Check the address; "npm run kafka" starts a Kafka.`,
    );
  }

  async #read(): Promise<void> {
    while (this.#reading) {
      for (const message of await this.#consume()) {
        this.#checkOrder(message);
        this.#onRecord(message);
      }
    }
  }

  #checkOrder({ topic, partition, key, timestamp = 0 }: RdKafka.Message): void {
    if (key == null) return;
    const name = `${topic}/${partition}/${String(key)}`;
    if (timestamp < (this.#latest.get(name) ?? 0)) this.disorder += 1;
    else this.#latest.set(name, timestamp);
  }

  #consume(): Promise<RdKafka.Message[]> {
    return new Promise((resolve) => {
      // An error (a partition that is not there yet) is an empty read: the next one asks again.
      this.#consumer.consume(BATCH, (error, messages) => resolve(error ? [] : messages));
    });
  }
}
