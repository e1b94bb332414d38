import { RdKafka } from '@confluentinc/kafka-javascript';

/** Topics of the demo's commands, and where their answers and what cannot be used go. */
export const COMMAND_TOPICS = {
  commands: 'demo.commands',
  written: 'demo.written',
  done: 'demo.done',
  deadLetter: 'demo.dead-letter',
} as const;

const ANSWER_TOPICS = [COMMAND_TOPICS.written, COMMAND_TOPICS.done, COMMAND_TOPICS.deadLetter];
const TIMEOUT_MS = 10_000;
const OFFSET_END = -1;

interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** The client can do this; its type declarations do not say so. */
interface Assigning {
  assign(places: readonly Place[]): void;
}

/** The platform: sends commands and reads the answers, with the bare client, without this library. */
export class Platform {
  /** Commands that have no answer yet, by request id. */
  readonly open = new Set<string>();
  sent = 0;
  answered = 0;
  deadLetters = 0;
  readonly #producer: RdKafka.Producer;
  readonly #consumer: RdKafka.KafkaConsumer & Assigning;
  #reading = false;
  #lastRead: Promise<void> = Promise.resolve();

  constructor(bootstrapServers: string) {
    this.#producer = new RdKafka.Producer({ 'bootstrap.servers': bootstrapServers, 'linger.ms': 0 });
    this.#consumer = new RdKafka.KafkaConsumer(
      {
        'bootstrap.servers': bootstrapServers,
        'group.id': 'ng-kafka-northward-demo-platform',
        'enable.auto.commit': false,
        'fetch.wait.max.ms': 50,
      },
      {},
    ) as RdKafka.KafkaConsumer & Assigning;
    this.#producer.on('event.error', () => undefined);
    this.#consumer.on('event.error', () => undefined);
    this.#consumer.setDefaultConsumeTimeout(50);
  }

  /** Makes the topics by asking for them, and reads the answers from now on. */
  async start(): Promise<void> {
    await connect((done) => this.#producer.connect({ timeout: TIMEOUT_MS }, done));
    await connect((done) => this.#consumer.connect({ timeout: TIMEOUT_MS }, done));
    await this.#partitionsOf(COMMAND_TOPICS.commands);
    const places: Place[] = [];
    for (const topic of ANSWER_TOPICS) {
      for (let partition = 0; partition < (await this.#partitionsOf(topic)); partition += 1) {
        places.push({ topic, partition, offset: OFFSET_END });
      }
    }
    this.#consumer.assign(places);
    this.#reading = true;
    this.#lastRead = this.#read();
  }

  /** Sends a command that is to be answered. */
  send(kind: 'write_point' | 'command_received', id: string, data: object): void {
    const request = kind === 'write_point' ? { request_id: id } : { command_id: id };
    const timestamp = new Date().toISOString();
    this.open.add(id);
    this.#produce(
      JSON.stringify({
        schema_version: 1,
        event: { kind },
        payload: { data: { ...request, timestamp, ...data } },
      }),
    );
  }

  /** Sends what is no command. */
  sendJunk(): void {
    this.#produce('{"schema_version":1,"event":');
  }

  async stop(): Promise<void> {
    this.#reading = false;
    await this.#lastRead;
    await new Promise<void>((resolve) => this.#consumer.disconnect(() => resolve()));
    await new Promise<void>((resolve) => this.#producer.disconnect(() => resolve()));
  }

  #produce(body: string): void {
    this.#producer.produce(COMMAND_TOPICS.commands, null, Buffer.from(body), `device-${this.sent % 20}`);
    this.sent += 1;
  }

  /** Asked again until the broker has made the topic. */
  async #partitionsOf(topic: string): Promise<number> {
    for (;;) {
      const count = await new Promise<number>((resolve, reject) => {
        this.#producer.getMetadata({ topic, timeout: TIMEOUT_MS }, (error, metadata) => {
          if (error) reject(error);
          else resolve(metadata.topics.find(({ name }) => name === topic)?.partitions.length ?? 0);
        });
      });
      if (count > 0) return count;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async #read(): Promise<void> {
    while (this.#reading) {
      const messages = await new Promise<RdKafka.Message[]>((resolve) => {
        this.#consumer.consume(100, (error, found) => resolve(error ? [] : found));
      });
      for (const message of messages) this.#answer(message);
    }
  }

  #answer({ topic, headers }: RdKafka.Message): void {
    if (topic === COMMAND_TOPICS.deadLetter) {
      this.deadLetters += 1;
      return;
    }
    const id = headers?.find((header) => 'request_id' in header)?.['request_id'];
    if (this.open.delete(String(id))) this.answered += 1;
  }
}

function connect(
  start: (done: (error: RdKafka.LibrdKafkaError | null | undefined) => void) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => (error ? reject(new Error(error.message)) : resolve()));
  });
}
