import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { assemble } from '../../../src/assemble.js';
import type { KafkaNorthward } from '../../../src/index.js';
import { nativeProducerSource } from '../../../src/kafka/client/source.js';
import { until } from '../../support/downlink-gateway.js';
import {
  describeWithOwnKafka,
  startKafka,
  uniqueTopic,
  type TestKafka,
} from '../../support/kafka-cluster.js';
import { produceAll, writePoints } from '../../support/platform.js';
import { LONG_MS, numbersOf, RealGateways, workOff } from '../../support/real-gateways.js';
import { WatchedConsumers } from '../../support/watched-consumer.js';

const EAGER = { consumer: { properties: { 'partition.assignment.strategy': 'range,roundrobin' } } };

/** The client keeps a pause across assignments, which only the real one shows (librdkafka, rdkafka_assignment.c). */
describeWithOwnKafka('§6 partitions that were paused, on real Kafka', () => {
  let kafka: TestKafka;
  const gateways = new RealGateways(() => kafka.bootstrapServers);
  const watched = new Set<KafkaNorthward>();
  beforeAll(async () => {
    kafka = await startKafka();
  });
  afterAll(async () => {
    await kafka.stop();
  });
  afterEach(async () => {
    await Promise.all([...watched].map((each) => each.stop({ timeoutMs: 5_000 })));
    watched.clear();
    await gateways.stopAll();
  });

  const watch = (topic: string, consumers: WatchedConsumers, downlink: object = {}): KafkaNorthward => {
    const writePoint = { enabled: true, topic };
    const northward = assemble(
      {
        connection: { bootstrapServers: kafka.bootstrapServers },
        uplink: { enabled: false },
        downlink: { groupId: topic, autoOffsetReset: 'earliest', writePoint, ...downlink },
      },
      {},
      { producer: nativeProducerSource, consumer: (config) => consumers.of(config) },
    );
    watched.add(northward);
    return northward;
  };
  const range = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

  it('given positions that could not be told, so that the partitions were paused and given back, when they can be told again, then all is read', async () => {
    const topic = uniqueTopic('unknown');
    await kafka.createTopic(topic, { partitions: 3 });
    await produceAll(kafka.bootstrapServers, topic, writePoints(0, 21, 3));
    const consumers = new WatchedConsumers();
    consumers.positionsThatFail = 3;
    const northward = watch(topic, consumers);
    const codes: string[] = [];
    northward.on('error', ({ code }) => codes.push(code));
    await northward.start();
    await northward.ready({ timeoutMs: LONG_MS });
    expect(codes.filter((code) => code === 'POSITIONS_UNKNOWN').length).toBeGreaterThan(0);
    const done = workOff(northward);
    await until('all are done', () => done.length === 21, LONG_MS);
    expect(numbersOf(done).toSorted((a, b) => a - b)).toEqual(range(21));
  });

  it.each([
    ['cooperative', {}],
    ['eager', EAGER],
  ])(
    'given a full queue whose partitions are paused (%s), when another gateway takes half of them, and leaves after the queue was worked off, then they are read here again',
    async (_, assignment) => {
      const topic = uniqueTopic('full');
      await kafka.createTopic(topic, { partitions: 4 });
      await produceAll(kafka.bootstrapServers, topic, writePoints(0, 40, 4));
      const consumers = new WatchedConsumers();
      const downlink = { maxQueued: 4, ...assignment };
      const first = watch(topic, consumers, downlink);
      await first.start();
      await until('paused', () => consumers.paused.size === 4, LONG_MS);
      const second = await gateways.start({ topic, downlink });
      await until('shared', () => second.metrics().downlink.lag.length === 2, LONG_MS);
      const done = workOff(first);
      await until('the half that stayed here', () => new Set(numbersOf(done)).size >= 20, LONG_MS);
      await second.stop({ timeoutMs: 5_000 });
      await until('all are done', () => new Set(numbersOf(done)).size === 40, LONG_MS);
      await until('no lag', () => first.metrics().downlink.lag.every(({ lag }) => lag === 0), LONG_MS);
      expect(first.metrics().downlink.lag.length).toBe(4);
    },
  );

  it('given partitions that are paused, then their lag is what Kafka has, not what it was at the pause', async () => {
    const topic = uniqueTopic('behind');
    await kafka.createTopic(topic, { partitions: 2 });
    await produceAll(kafka.bootstrapServers, topic, writePoints(0, 40, 2));
    const consumers = new WatchedConsumers();
    const northward = watch(topic, consumers, { maxQueued: 4 });
    await northward.start();
    await until('paused', () => consumers.paused.size === 2, LONG_MS);
    await produceAll(kafka.bootstrapServers, topic, writePoints(40, 5_040, 2));
    const lag = (): number =>
      northward.metrics().downlink.lag.reduce((sum, each) => sum + (each.lag ?? 0), 0);
    await until('the lag is told', () => lag() === 5_040, LONG_MS);
    const done = workOff(northward);
    await until('all are done', () => done.length === 5_040, LONG_MS);
    await until('no lag', () => lag() === 0, LONG_MS);
  });
});
