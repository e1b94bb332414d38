/** The plugin is not at hand: the bare client stands for it, which assigns eagerly and commits what it has read. */
import { RdKafka } from '@confluentinc/kafka-javascript';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createKafkaNorthward, type KafkaNorthward } from '../../src/index.js';
import { until } from '../support/downlink-gateway.js';
import { startKafka, uniqueTopic, type TestKafka } from '../support/kafka-cluster.js';
import { runKafkaTool } from '../support/kafka-tools.js';
import { committedOffsets, produceAll, writePoints } from '../support/platform.js';
import { LONG_MS, numbersOf, workOff } from '../support/real-gateways.js';

describe('§6.9 from the Rust plugin and back', () => {
  let kafka: TestKafka;
  const gateways = new Set<KafkaNorthward>();
  beforeAll(async () => {
    kafka = await startKafka();
  });
  afterAll(async () => {
    await kafka.stop();
  });
  afterEach(async () => {
    await Promise.all([...gateways].map((each) => each.stop({ timeoutMs: 100 })));
    gateways.clear();
  });

  /** Joins as the plugin does, reads `count` records, commits them, and leaves after `meanwhile`. */
  async function asPlugin(
    groupId: string,
    topic: string,
    count: number,
    meanwhile = async (): Promise<void> => undefined,
  ): Promise<number> {
    const consumer = new RdKafka.KafkaConsumer(
      { 'bootstrap.servers': kafka.bootstrapServers, 'group.id': groupId, 'enable.auto.commit': false },
      { 'auto.offset.reset': 'earliest' },
    );
    await new Promise<void>((resolve, reject) => {
      consumer.connect(undefined, (error) => (error ? reject(error) : resolve()));
    });
    try {
      consumer.subscribe([topic]);
      let first = Infinity;
      for (let read = 0; read < count;) {
        const [message] = await new Promise<RdKafka.Message[]>((resolve) => {
          consumer.consume(1, (error, messages) => resolve(error ? [] : messages));
        });
        if (message === undefined) continue;
        consumer.commitMessageSync(message);
        first = Math.min(first, message.offset);
        read += 1;
      }
      await meanwhile();
      return first;
    } finally {
      await new Promise<void>((resolve) => consumer.disconnect(() => resolve()));
    }
  }

  function successor(groupId: string, topic: string): KafkaNorthward {
    const northward = createKafkaNorthward({
      connection: { bootstrapServers: kafka.bootstrapServers },
      uplink: { enabled: false },
      downlink: { groupId, writePoint: { enabled: true, topic } },
    });
    gateways.add(northward);
    return northward;
  }

  it('given offsets of the plugin, when it is followed and comes back, then each goes on where the other has ended', async () => {
    const topic = uniqueTopic('moving');
    await kafka.createTopic(topic);
    await produceAll(kafka.bootstrapServers, topic, writePoints(0, 20, 1));
    await asPlugin(topic, topic, 8);
    expect(await committedOffsets(kafka.bootstrapServers, topic, topic, 1)).toEqual([8]);

    const northward = successor(topic, topic);
    await northward.start();
    const done = workOff(northward);
    await until('the rest', () => done.length === 12, LONG_MS);
    await northward.stop();
    expect(numbersOf(done)).toEqual([8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);

    await produceAll(kafka.bootstrapServers, topic, writePoints(20, 22, 1));
    expect(await asPlugin(topic, topic, 2)).toBe(20);
  });

  it('given a successor that starts while an eager member is there, then it is told, and joins once that has left', async () => {
    const topic = uniqueTopic('moving');
    await kafka.createTopic(topic);
    await produceAll(kafka.bootstrapServers, topic, writePoints(0, 2, 1));
    const northward = successor(topic, topic);
    const codes: string[] = [];
    northward.on('error', ({ code }) => codes.push(code));
    await asPlugin(topic, topic, 1, async () => {
      await northward.start();
      await until('told', () => codes.includes('GROUP_PROTOCOL_MISMATCH'), LONG_MS);
    });
    const done = workOff(northward);
    await until('the other one', () => done.length === 1, LONG_MS);
    expect(numbersOf(done)).toEqual([1]);
  });

  it('given a partition without a committed offset, when it is set as the page says, then nothing sent before the start is skipped', async () => {
    const topic = uniqueTopic('moving');
    await kafka.createTopic(topic);
    const reset = ['--reset-offsets', '--to-latest', '--topic', `${topic}:0`, '--execute'];
    await runKafkaTool('org.apache.kafka.tools.consumer.group.ConsumerGroupCommand', [
      '--bootstrap-server',
      kafka.bootstrapServers,
      '--group',
      topic,
      ...reset,
    ]);
    await produceAll(kafka.bootstrapServers, topic, writePoints(0, 1, 1));
    const northward = successor(topic, topic);
    await northward.start();
    const done = workOff(northward);
    await until('what came before the start', () => done.length === 1, LONG_MS);
  });
});
