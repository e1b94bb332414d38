import { RdKafka } from '@confluentinc/kafka-javascript';
import type { CommandLedger } from './command-ledger.js';
import { plant } from './plant.js';
import type { FoundRecord } from './reader.js';

/** Topics of the demo's commands, and where their answers and what cannot be used go. */
export const COMMAND_TOPICS = {
  commands: 'demo.commands',
  written: 'demo.written',
  done: 'demo.done',
  deadLetter: 'demo.dead-letter',
} as const;

const ANSWER_TOPICS: readonly string[] = [
  COMMAND_TOPICS.written,
  COMMAND_TOPICS.done,
  COMMAND_TOPICS.deadLetter,
];
const TIMEOUT_MS = 10_000;

type Done<T> = (error: RdKafka.LibrdKafkaError | null | undefined, result: T) => void;

/** The platform: sends commands with the bare client, without this library, and looks for their outcome. */
export class Platform {
  readonly #producer: RdKafka.Producer;
  readonly #ledger: CommandLedger;
  /** Tells this run's commands from those that an earlier one may have left. */
  readonly #run = Date.now().toString(36);

  constructor(bootstrapServers: string, ledger: CommandLedger) {
    this.#ledger = ledger;
    this.#producer = new RdKafka.Producer({ 'bootstrap.servers': bootstrapServers, 'linger.ms': 0 });
    this.#producer.on('event.error', () => undefined);
  }

  /** Makes the topics by asking for them. @returns where the outcomes will stand. */
  async start(): Promise<FoundRecord[]> {
    await called((done) => this.#producer.connect({ timeout: TIMEOUT_MS }, done));
    await this.#partitionsOf(COMMAND_TOPICS.commands);
    const ends: FoundRecord[] = [];
    for (const topic of ANSWER_TOPICS) {
      const partitions = await this.#partitionsOf(topic);
      for (let partition = 0; partition < partitions; partition += 1) {
        ends.push({ topic, partition, offset: await this.#endOf(topic, partition) });
      }
    }
    return ends;
  }

  sendWritePoint(name: string, device: number, value: number): void {
    const id = `write-${name}-${this.#run}`;
    const data = { request_id: id, point_id: plant.setpointOf(device), value };
    this.#send('write_point', id, device, data);
  }

  sendIdentify(name: string, device: number): void {
    const id = `identify-${name}-${this.#run}`;
    const target = { target_type: 'SUBDEVICE', device_id: plant.idOf(device) };
    this.#send('command_received', id, device, { command_id: id, key: 'identify', ...target });
  }

  /** Sends what is no command; its key tells it again. */
  sendJunk(): void {
    const id = `junk-${this.#run}`;
    this.#ledger.sent(id, true);
    this.#produce('{"schema_version":1,"event":', id);
  }

  /** Looks at a record. @returns whether it is an outcome of a command. */
  received({ topic, key, headers }: RdKafka.Message): boolean {
    if (!ANSWER_TOPICS.includes(topic)) return false;
    if (topic === COMMAND_TOPICS.deadLetter) {
      this.#ledger.count(String(key), 'deadLettered');
    } else {
      const header = headers?.find((each) => 'request_id' in each)?.['request_id'];
      this.#ledger.count(String(header), 'answered');
    }
    return true;
  }

  async stop(): Promise<void> {
    if (!this.#producer.isConnected()) return;
    await new Promise<void>((resolve) => this.#producer.disconnect(() => resolve()));
  }

  /** In the order in which they are sent, for each device. */
  #send(kind: 'write_point' | 'command_received', id: string, device: number, data: object): void {
    const timestamp = new Date().toISOString();
    this.#ledger.sent(id);
    const body = { schema_version: 1, event: { kind }, payload: { data: { ...data, timestamp } } };
    this.#produce(JSON.stringify(body), `device-${plant.idOf(device)}`);
  }

  #produce(body: string, key: string): void {
    this.#producer.produce(COMMAND_TOPICS.commands, null, Buffer.from(body), key);
  }

  /** Asked again until the broker has made the topic. */
  async #partitionsOf(topic: string): Promise<number> {
    const deadline = performance.now() + TIMEOUT_MS;
    while (performance.now() < deadline) {
      const { topics } = await called<RdKafka.Metadata>((done) =>
        this.#producer.getMetadata({ topic, timeout: TIMEOUT_MS }, done),
      );
      const count = topics.find(({ name }) => name === topic)?.partitions.length ?? 0;
      if (count > 0) return count;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`the topic ${topic} does not exist, and the broker does not make it`);
  }

  async #endOf(topic: string, partition: number): Promise<number> {
    const ends = await called<RdKafka.WatermarkOffsets>((done) =>
      this.#producer.queryWatermarkOffsets(topic, partition, TIMEOUT_MS, done),
    );
    return ends.highOffset;
  }
}

/** A call of the client as a promise. */
function called<T>(call: (done: Done<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, result) => (error ? reject(new Error(error.message)) : resolve(result)));
  });
}
