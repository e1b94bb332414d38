// @ts-check
/** The platform: it sends the commands and reads the messages while the gateway runs, with the bare client. Shares no code with the library. */
import { RdKafka } from '@confluentinc/kafka-javascript';
import { setTimeout as wait } from 'node:timers/promises';
import { endsOf, promised } from '../store/topics.mjs';
import { Tally } from './tally.mjs';

const TICK_MS = 50;
const READ_AT_ONCE = 1000;
const EMPTY_MS = 100;
const FLUSH_MS = 60_000;

/** Sends numbered write points at a rate; each one until it is acknowledged, however long Kafka is away. */
export class CommandSender {
  sent = 0;
  acknowledged = 0;
  #producer;
  #topic;
  #partitions;
  #devices;
  /** @type {NodeJS.Timeout | undefined} */
  #ticking;

  /** @param {{ bootstrapServers: string, topic: string, partitions: number, devices: number }} options */
  constructor({ bootstrapServers, topic, partitions, devices }) {
    this.#topic = topic;
    this.#partitions = partitions;
    this.#devices = devices;
    this.#producer = new RdKafka.Producer({
      'bootstrap.servers': bootstrapServers,
      'enable.idempotence': true,
      'message.timeout.ms': 0,
      dr_cb: true,
    });
    this.#producer.on('delivery-report', (error) => (this.acknowledged += error ? 0 : 1));
    // What it says while Kafka is away.
    this.#producer.on('event.error', () => undefined);
  }

  /** @param {number} rate A second */
  async start(rate) {
    await promised((done) => this.#producer.connect(undefined, done));
    this.#producer.setPollInterval(100);
    const from = performance.now();
    this.#ticking = setInterval(() => {
      const due = ((performance.now() - from) * rate) / 1000;
      while (this.sent < due) this.#send();
    }, TICK_MS);
  }

  /** Sends no more; resolves when all are acknowledged. */
  async stop() {
    clearInterval(this.#ticking);
    await promised((done) => this.#producer.flush(FLUSH_MS, done));
    await promised((done) => this.#producer.disconnect(done));
  }

  #send() {
    const n = this.sent;
    const device = n % this.#devices;
    const data = {
      request_id: String(n),
      point_id: device,
      value: n / 10,
      timestamp: new Date().toISOString(),
    };
    const body = { schema_version: 1, event: { kind: 'write_point' }, payload: { data } };
    const partition = device % this.#partitions;
    this.#producer.produce(
      this.#topic,
      partition,
      Buffer.from(JSON.stringify(body)),
      Buffer.from(`pump-${device}`),
    );
    this.sent += 1;
  }
}

/** Counts each number that is in Kafka, while it is written there: what retention removes later was read before. */
export class Reader {
  tally;
  #consumer;
  #topics;
  #partitions;
  #open = true;
  #reading = Promise.resolve();
  /** The next offset of each partition: what was read is all that was written, without a hole. @type {Map<string, number>} */
  #next = new Map();
  /** Offsets that were passed over. */
  skipped = 0;

  /** @param {{ bootstrapServers: string, topics: readonly string[], partitions: number, most: number }} options */
  constructor({ bootstrapServers, topics, partitions, most }) {
    this.tally = new Tally(most);
    this.#topics = topics;
    this.#partitions = partitions;
    this.#consumer = new RdKafka.KafkaConsumer(
      {
        'bootstrap.servers': bootstrapServers,
        'group.id': 'soak.reader',
        'enable.auto.commit': false,
        'queued.max.messages.kbytes': 16_384,
      },
      { 'auto.offset.reset': 'earliest' },
    );
    this.#consumer.on('event.error', () => undefined);
  }

  async start() {
    await promised((done) => this.#consumer.connect(undefined, done));
    const partitions = Array.from({ length: this.#partitions }, (_, partition) => partition);
    this.#consumer.assign(
      this.#topics.flatMap((topic) => partitions.map((partition) => ({ topic, partition, offset: 0 }))),
    );
    this.#reading = this.#read();
  }

  /** Where the topics end now: how many records were ever written to them. */
  async written() {
    let written = 0;
    for (const topic of this.#topics) {
      const ends = await endsOf(this.#consumer, topic, this.#partitions);
      for (const { high } of ends.values()) written += high;
    }
    return written;
  }

  /** Records that were read. */
  get read() {
    return this.tally.distinct + this.tally.copies + this.tally.strange;
  }

  async stop() {
    this.#open = false;
    await this.#reading;
    await promised((done) => this.#consumer.disconnect(done));
  }

  async #read() {
    while (this.#open) {
      // It fails while Kafka is away.
      const messages = await this.#batch().catch(() => []);
      for (const message of messages) this.#take(message);
      if (messages.length < READ_AT_ONCE) await wait(EMPTY_MS);
    }
  }

  /** @returns {Promise<import('@confluentinc/kafka-javascript').Message[]>} */
  #batch() {
    return promised((done) => this.#consumer.consume(READ_AT_ONCE, done));
  }

  /** @param {import('@confluentinc/kafka-javascript').Message} message */
  #take({ topic, partition, offset, value }) {
    const place = `${topic} ${partition}`;
    this.skipped += offset - (this.#next.get(place) ?? 0);
    this.#next.set(place, offset + 1);
    this.tally.add(Number(/"n":(\d+)/.exec(String(value))?.[1] ?? NaN));
  }
}
