import { randomUUID } from 'node:crypto';
import { describe } from 'vitest';
import { startCluster } from '../../scripts/kafka/cluster.mjs';
import type { ClusterOptions, KafkaCluster } from '../../scripts/kafka/cluster.mjs';
import { createTopic, deleteTopic, leadersOf } from './kafka-admin.js';
import type { TopicOptions } from './kafka-admin.js';
import { dumpLog, type LoggedBatch } from '../../scripts/kafka/dump-log.mjs';
import { consoleConsume, consoleProduce } from './kafka-tools.js';
import type { ConsoleConsumeOptions, ConsoleProduceRecord } from './kafka-tools.js';
import type { ConsoleRecord } from '../../scripts/kafka/console-record.mjs';

const externalBootstrap = process.env['KAFKA_BOOTSTRAP'] || undefined;

/**
 * `describe` for tests that kill or configure brokers: with `KAFKA_BOOTSTRAP` they are skipped, and say so, because
 * somebody else's Kafka is in use.
 */
export function describeWithOwnKafka(name: string, body: () => void): void {
  if (externalBootstrap === undefined) {
    describe(name, body);
    return;
  }
  console.warn(`skipped, because KAFKA_BOOTSTRAP is set and this needs brokers of its own: ${name}`);
  describe.skip(name, body);
}

/** Starts Apache Kafka, or takes the one of `KAFKA_BOOTSTRAP`. Call `stop()` in `afterAll`. */
export async function startKafka(options: ClusterOptions = {}): Promise<TestKafka> {
  if (externalBootstrap !== undefined) return new TestKafka(undefined);
  return new TestKafka(await startCluster({ shortLived: true, ...options }));
}

/** A name that no other test uses, also in a Kafka that outlives the tests. */
export function uniqueTopic(prefix: string): string {
  return `${prefix}.${randomUUID().slice(0, 8)}`;
}

/** The Kafka that a test file talks to, and the means to look into it with tools that are not ours. */
export class TestKafka {
  readonly bootstrapServers: string;
  readonly #cluster: KafkaCluster | undefined;

  constructor(cluster: KafkaCluster | undefined) {
    this.#cluster = cluster;
    this.bootstrapServers = cluster?.bootstrapServers ?? externalBootstrap ?? '';
  }

  /** The brokers, to kill, restart and freeze them. Only inside `describeWithOwnKafka`. */
  get cluster(): KafkaCluster {
    if (this.#cluster === undefined)
      throw new Error('KAFKA_BOOTSTRAP is set: these brokers are not ours to handle');
    return this.#cluster;
  }

  /** Creates a topic and waits for its leaders. Default 1 partition, replicated to every node. */
  async createTopic(topic: string, options: TopicOptions = {}): Promise<void> {
    const replication = this.#cluster?.nodeIds.length ?? 1;
    await createTopic(this.bootstrapServers, topic, { replication, ...options });
  }

  async deleteTopic(topic: string): Promise<void> {
    await deleteTopic(this.bootstrapServers, topic);
  }

  /** Node id of a partition's leader; undefined while it has none. */
  async leaderOf(topic: string, partition = 0): Promise<number | undefined> {
    return (await leadersOf(this.bootstrapServers, topic))[partition];
  }

  async consoleConsume(topic: string, options?: ConsoleConsumeOptions): Promise<ConsoleRecord[]> {
    return await consoleConsume(this.bootstrapServers, topic, options);
  }

  async consoleProduce(topic: string, records: readonly ConsoleProduceRecord[]): Promise<void> {
    await consoleProduce(this.bootstrapServers, topic, records);
  }

  /** The batches of a partition in its leader's log. Only inside `describeWithOwnKafka`. */
  async dumpLog(topic: string, partition = 0): Promise<LoggedBatch[]> {
    const leader = await this.leaderOf(topic, partition);
    if (leader === undefined) throw new Error(`${topic} ${partition} has no leader`);
    return await dumpLog(this.cluster.node(leader).dataFolder, topic, partition);
  }

  /** Stops what `startKafka` started and removes its data; leaves a Kafka of `KAFKA_BOOTSTRAP` alone. */
  async stop(): Promise<void> {
    await this.#cluster?.stop();
  }
}
