// @ts-check
/** Topics are made, grown and deleted while brokers come and go: each is asked for until it is so. */
import { setTimeout as wait } from 'node:timers/promises';
import RdKafka from '@confluentinc/kafka-javascript';

const TIMEOUT_MS = 10_000;
const DEADLINE_MS = 90_000;
const REPLICAS = 3;
const CODES = RdKafka.CODES.ERRORS;

export class Admin {
  #client;

  /** @param {string} bootstrapServers */
  constructor(bootstrapServers) {
    this.#client = RdKafka.AdminClient.create({ 'bootstrap.servers': bootstrapServers });
  }

  /** @param {string} topic @param {number} partitions */
  create(topic, partitions) {
    const wanted = { topic, num_partitions: partitions, replication_factor: REPLICAS };
    return until(`${topic} is there`, [CODES.ERR_TOPIC_ALREADY_EXISTS], (done) =>
      this.#client.createTopic(wanted, TIMEOUT_MS, done),
    );
  }

  /**
   * @param {string} topic
   * @returns Whether it was deleted, by what a broker told; else one told that there is no such topic
   */
  delete(topic) {
    return until(`${topic} is gone`, [CODES.ERR_UNKNOWN_TOPIC_OR_PART], (done) =>
      this.#client.deleteTopic(topic, TIMEOUT_MS, done),
    );
  }

  /** @param {string} topic @param {number} partitions So many in all */
  grow(topic, partitions) {
    // It has so many already: an answer got lost.
    return until(`${topic} has ${partitions} partitions`, [CODES.ERR_INVALID_PARTITIONS], (done) =>
      this.#client.createPartitions(topic, partitions, TIMEOUT_MS, done),
    );
  }

  close() {
    this.#client.disconnect();
  }
}

/**
 * @param {string} what
 * @param {readonly number[]} isSo Codes of refusals that say that it is so
 * @param {(done: (error: import('@confluentinc/kafka-javascript').LibrdKafkaError | undefined) => void) => void} ask
 * @returns {Promise<boolean>} Whether this made it so
 */
async function until(what, isSo, ask) {
  for (const deadline = performance.now() + DEADLINE_MS; ;) {
    const error = await new Promise((resolve) => {
      // It throws where it has lost its client.
      try {
        ask(resolve);
      } catch (thrown) {
        resolve(thrown);
      }
    });
    if (error === undefined || error === null) return true;
    if (isSo.includes(error.code)) return false;
    if (performance.now() > deadline)
      throw new Error(`after ${DEADLINE_MS} ms it is not so that ${what}: ${error.message}`);
    await wait(300);
  }
}
