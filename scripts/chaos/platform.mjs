// @ts-check
/** Who sends the commands: two plain producers, and one that commits and aborts transactions. It uses the native client alone. */
import { setTimeout as wait } from 'node:timers/promises';
import RdKafka from '@confluentinc/kafka-javascript';
import { nowUs } from '../store/journal.mjs';
import { DEVICES, PARTITIONS } from './setting.mjs';

/** 200 commands a minute in all: each second two alone, and every three seconds a transaction of four. */
const ALONE_EVERY_MS = 500;
const TRANSACTION_EVERY_MS = 3_000;
const IN_A_TRANSACTION = 4;
const TRANSACTION_KEYS = 8;
const TIMEOUT_MS = 15_000;

export class Platform {
  #bootstrapServers;
  #topics;
  #random;
  #stopped = false;
  #number = 0;
  /** @type {InstanceType<typeof RdKafka.Producer> | undefined} */
  #producer;
  /** @type {Promise<unknown>} */
  #running = Promise.resolve();
  /** So many by topic; keys of new devices go to new partitions, so that no key moves. @type {Map<string, number>} */
  #partitions = new Map();
  /** @type {Set<string>} */
  #pausedTopics = new Set();
  /** Ids of what a broker has acknowledged and no transaction has aborted, by topic. @type {Map<string, Set<string>>} */
  sent = new Map();
  /** When, by id, in microseconds. @type {Map<string, number>} */
  sentAt = new Map();
  counts = { alone: 0, committed: 0, aborted: 0, unknown: 0 };

  /**
   * @param {string} bootstrapServers
   * @param {{ write: string, command: string }} topics
   * @param {import('../store/random.mjs').Random} random
   */
  constructor(bootstrapServers, topics, random) {
    this.#bootstrapServers = bootstrapServers;
    this.#topics = topics;
    this.#random = random;
    for (const topic of [topics.write, topics.command]) {
      this.#partitions.set(topic, PARTITIONS);
      this.sent.set(topic, new Set());
    }
  }

  async start() {
    // Neither twice nor out of order: what a broker has not answered is not sent again.
    this.#producer = await this.#connected({ 'enable.idempotence': false, 'message.send.max.retries': 0 });
    this.#running = Promise.all([this.#sendAlone(), this.#sendTransactions()]);
    // Told by `stop()`.
    this.#running.catch(() => undefined);
  }

  /** @param {string} topic @param {number} partitions */
  grown(topic, partitions) {
    this.#partitions.set(topic, partitions);
  }

  /** Sends nothing to it any more; what was sent before has its report. @param {string} topic */
  async pause(topic) {
    this.#pausedTopics.add(topic);
    await flush(this.#producer);
  }

  /** It is a new topic: what was sent to the former one is gone. @param {string} topic */
  resumeNew(topic) {
    this.sent.set(topic, new Set());
    this.#pausedTopics.delete(topic);
  }

  async stop() {
    this.#stopped = true;
    await this.#running;
    await flush(this.#producer);
    await disconnect(this.#producer);
  }

  async #sendAlone() {
    while (!this.#stopped) {
      const topic = this.#random.chance(0.5) ? this.#topics.write : this.#topics.command;
      if (!this.#pausedTopics.has(topic) && this.#producer !== undefined) {
        const id = this.#produce(this.#producer, topic, 'w', this.#deviceOf(topic));
        if (id !== undefined) this.counts.alone += 1;
      }
      await wait(ALONE_EVERY_MS);
    }
  }

  /** @param {string} topic */
  #deviceOf(topic) {
    const added = (this.#partitions.get(topic) ?? PARTITIONS) - PARTITIONS;
    const device = this.#random.between(0, DEVICES + added * 5 - 1);
    const partition =
      device < DEVICES ? device % PARTITIONS : PARTITIONS + Math.floor((device - DEVICES) / 5);
    return { key: `${device}`, partition };
  }

  async #sendTransactions() {
    while (!this.#stopped) {
      const producer = await this.#connected({
        'transactional.id': `${this.#topics.write}.platform`,
        'transaction.timeout.ms': 10_000,
      });
      try {
        await promised((done) => producer.initTransactions(TIMEOUT_MS, done));
        while (!this.#stopped) {
          await this.#transaction(producer);
          await wait(TRANSACTION_EVERY_MS);
        }
      } catch {
        // The next producer of this transactional id aborts what this one has left open.
        this.counts.unknown += 1;
        await wait(500);
      } finally {
        await disconnect(producer);
      }
    }
  }

  /** @param {InstanceType<typeof RdKafka.Producer>} producer */
  async #transaction(producer) {
    const topic = this.#topics.write;
    const ids = [];
    await promised((done) => producer.beginTransaction(done));
    for (let count = 0; count < IN_A_TRANSACTION; count += 1) {
      const number = this.#random.between(0, TRANSACTION_KEYS - 1);
      ids.push(
        this.#produce(producer, topic, 't', { key: `t${number}`, partition: number % PARTITIONS }, false),
      );
    }
    await flush(producer);
    if (this.#random.chance(0.3)) {
      await promised((done) => producer.abortTransaction(TIMEOUT_MS, done));
      this.counts.aborted += 1;
      return;
    }
    await promised((done) => producer.commitTransaction(TIMEOUT_MS, done));
    this.counts.committed += 1;
    for (const id of ids) if (id !== undefined) this.#note(topic, id);
  }

  /**
   * @param {InstanceType<typeof RdKafka.Producer>} producer
   * @param {string} topic
   * @param {string} prefix
   * @param {{ key: string, partition: number }} to
   * @param {boolean} [counts] It counts as sent when a broker has acknowledged it
   */
  #produce(producer, topic, prefix, { key, partition }, counts = true) {
    const id = `${prefix}-${(this.#number += 1)}`;
    const value = Buffer.from(
      JSON.stringify(topic === this.#topics.write ? writePoint(id) : commandReceived(id, key)),
    );
    try {
      producer.produce(topic, partition, value, key, Date.now(), counts ? id : undefined);
      return id;
    } catch {
      // Its queue is full, or the partition is not known yet: then it was not sent.
      return undefined;
    }
  }

  /** @param {string} topic @param {string} id */
  #note(topic, id) {
    this.sent.get(topic)?.add(id);
    this.sentAt.set(id, nowUs());
  }

  /** @param {Record<string, unknown>} settings */
  async #connected(settings) {
    const producer = new RdKafka.Producer({
      'bootstrap.servers': this.#bootstrapServers,
      'topic.metadata.refresh.interval.ms': 1000,
      // One that did not arrive in this time is not sent later, after others of its key.
      'message.timeout.ms': 10_000,
      'max.in.flight.requests.per.connection': 1,
      dr_cb: true,
      ...settings,
    });
    producer.on('event.error', () => undefined);
    producer.on('delivery-report', (error, report) => {
      if (!error && typeof report.opaque === 'string') this.#note(report.topic, report.opaque);
    });
    await promised((done) => producer.connect({ timeout: 60_000 }, done));
    producer.setPollInterval(100);
    return producer;
  }
}

/** @param {string} id */
function writePoint(id) {
  const data = { request_id: id, point_id: 7, value: 1, timestamp: new Date().toISOString() };
  return { schema_version: 1, event: { kind: 'write_point' }, payload: { data } };
}

/** @param {string} id @param {string} key */
function commandReceived(id, key) {
  const data = {
    command_id: id,
    key: 'restart',
    target_type: 'SUBDEVICE',
    device_name: `pump-${key}`,
    timestamp: Date.now(),
  };
  return { schema_version: 1, event: { kind: 'command_received' }, payload: { data } };
}

/** @param {InstanceType<typeof RdKafka.Producer> | undefined} producer */
async function flush(producer) {
  if (producer !== undefined)
    await promised((done) => producer.flush(TIMEOUT_MS, done)).catch(() => undefined);
}

/** @param {InstanceType<typeof RdKafka.Producer> | undefined} producer */
function disconnect(producer) {
  return new Promise((resolve) => {
    if (producer === undefined || !producer.isConnected()) resolve(undefined);
    else producer.disconnect(TIMEOUT_MS, () => resolve(undefined));
  });
}

/** @param {(done: (error: any, result?: any) => void) => unknown} start */
function promised(start) {
  return new Promise((resolve, reject) => {
    start((error, result) => (error ? reject(new Error(error.message ?? String(error))) : resolve(result)));
  });
}
