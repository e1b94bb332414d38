import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  describeWithOwnKafka,
  startKafka,
  uniqueTopic,
  type TestKafka,
} from '../../support/kafka-cluster.js';
import { KeepingGateway } from '../../support/keeping-gateway.js';
import { until } from '../../support/memory-northward.js';
import { numbersInTopic } from '../../support/plant.js';

const SILENT_MS = 4_000;
const HOUR = 3_600_000;

/** Publishes to these topics all the time, so that they are seen to flow. */
function flowing(gateway: KeepingGateway, ...topics: readonly string[]) {
  const timer = setInterval(() => {
    for (const topic of topics) gateway.publish(topic);
  }, 20);
  return {
    stop: () => {
      clearInterval(timer);
    },
    /** Each of them delivers 50 more. */
    goesOn: async (): Promise<void> => {
      const before = topics.map((topic) => gateway.deliveredOf(topic).length);
      await until('the other topics flow', () =>
        topics.every((topic, i) => gateway.deliveredOf(topic).length >= (before[i] ?? 0) + 50),
      );
    },
  };
}

function publishTo(gateway: KeepingGateway, topic: string, count: number): number[] {
  return Array.from({ length: count }, () => gateway.publish(topic));
}

async function numbersIn(kafka: TestKafka, topic: string): Promise<number[]> {
  return await numbersInTopic(kafka.bootstrapServers, topic, (value) => Number(String(value)));
}

describeWithOwnKafka('§10 topics that hold up nobody: one broker', () => {
  let kafka: TestKafka;
  beforeAll(async () => {
    kafka = await startKafka();
  });
  afterAll(async () => {
    await kafka.stop();
  });

  it.each([
    ['is told to be missing', 30_000, 'TOPIC_NOT_FOUND'],
    ['is silent for longer than it may before that', SILENT_MS, 'silent'],
  ])(
    'given a topic among good ones that %s, when it is made, then all arrive in order, without anybody publishing',
    async (_what, silentMs, why) => {
      const [good, missing] = [uniqueTopic('good'), uniqueTopic('missing')];
      await kafka.createTopic(good);
      const gateway = new KeepingGateway(kafka.bootstrapServers, silentMs);
      await gateway.supervisor.start();
      const flow = flowing(gateway, good);
      const numbers = publishTo(gateway, missing, 200);
      await until('it is parked', () => gateway.told.includes(`${why} ${missing}`), 60_000);
      numbers.push(...publishTo(gateway, missing, 300));
      await flow.goesOn();
      await until('the client has let go of it', () => gateway.outbox.inFlight < 100, 60_000);
      await kafka.createTopic(missing);
      await until('all have arrived', () => gateway.deliveredOf(missing).length === numbers.length, 60_000);
      flow.stop();
      expect(gateway.deliveredOf(missing)).toEqual(numbers);
      expect(await numbersIn(kafka, missing)).toEqual(numbers);
      expect(gateway.failed).toEqual([]);
      await gateway.stop();
    },
  );

  it.each([
    [
      'an old time',
      { 'message.timestamp.before.max.ms': '3600000' },
      { aheadMs: -2 * HOUR, key: 'a' },
      'is too far',
    ],
    ['a time that is to come', {}, { aheadMs: 2 * HOUR, key: 'a' }, 'is too far'],
    ['no key for a compacted topic', { 'cleanup.policy': 'compact' }, {}, 'no record for this topic'],
  ])(
    'given a batch refused for one record with %s, then its mates arrive in order, and it alone is refused',
    async (_what, config, wrong, reason) => {
      const topic = uniqueTopic('refused');
      await kafka.createTopic(topic, { config });
      const gateway = new KeepingGateway(kafka.bootstrapServers, SILENT_MS, { lingerMs: 200 });
      await gateway.supervisor.start();
      const publish = (): number => gateway.publish(topic, { key: 'a' });
      const before = Array.from({ length: 20 }, publish);
      gateway.publish(topic, wrong);
      const behind = Array.from({ length: 20 }, publish);
      await until('all but one have arrived', () => gateway.deliveredOf(topic).length === 40);
      await until('one is refused', () => gateway.failed.length === 1);
      expect(gateway.failed[0]).toMatchObject({
        code: 'DELIVERY_FAILED',
        message: expect.stringContaining(reason),
      });
      expect(gateway.failed[0]?.message).not.toContain('same batch');
      // The like of it is known now: it is not sent, and no batch is refused for it.
      gateway.publish(topic, wrong);
      const last = publish();
      await until('the last has arrived', () => gateway.deliveredOf(topic).length === 41);
      expect(gateway.failed).toHaveLength(2);
      expect(await numbersIn(kafka, topic)).toEqual([...before, ...behind, last]);
      await gateway.stop();
    },
  );
});

describeWithOwnKafka('§10 topics that hold up nobody: a topic without a leader', () => {
  let kafka: TestKafka;
  beforeAll(async () => {
    kafka = await startKafka({ nodes: 3 });
  });
  afterAll(async () => {
    await kafka.stop();
  });

  /** A topic whose only replica is on a broker that is killed, beside one with three. */
  async function leaderless() {
    const [good, stuck] = [uniqueTopic('good'), uniqueTopic('stuck')];
    await kafka.createTopic(good);
    await kafka.createTopic(stuck, { replication: 1 });
    const leader = await kafka.leaderOf(stuck);
    if (leader === undefined) throw new Error('no leader');
    const gateway = new KeepingGateway(kafka.bootstrapServers, SILENT_MS);
    await gateway.supervisor.start();
    const flow = flowing(gateway, good);
    const numbers = publishTo(gateway, stuck, 10);
    await until('it delivers', () => gateway.deliveredOf(stuck).length === 10);
    await flow.goesOn();
    await kafka.cluster.kill9(leader);
    numbers.push(...publishTo(gateway, stuck, 2_000));
    await until('it is parked', () => gateway.told.includes(`silent ${stuck}`), 120_000);
    numbers.push(...publishTo(gateway, stuck, 100));
    await flow.goesOn();
    let known: number | undefined = leader;
    while (known !== undefined) known = await kafka.leaderOf(stuck);
    expect(gateway.deliveredOf(stuck)).toHaveLength(10);
    return { gateway, flow, stuck, numbers, leader };
  }

  it('given its leader comes back, then what the client held unparks it, and all arrive in order, once', async () => {
    const { gateway, flow, stuck, numbers, leader } = await leaderless();
    await kafka.cluster.restart(leader);
    await until('all have arrived', () => gateway.deliveredOf(stuck).length === numbers.length, 120_000);
    flow.stop();
    expect(gateway.told).toEqual([`silent ${stuck}`, `found ${stuck}`]);
    expect(await numbersIn(kafka, stuck)).toEqual(numbers);
    await gateway.stop();
  });

  it('given the client is made again meanwhile, then the word of a broker unparks it, not before it has a leader', async () => {
    const { gateway, flow, stuck, numbers, leader } = await leaderless();
    gateway.supervisor.renew('the test wants it');
    await until('there is a new client', () => gateway.supervisor.reconnects === 1);
    await flow.goesOn();
    expect(gateway.told).toEqual([`silent ${stuck}`]);
    await kafka.cluster.restart(leader);
    await until('all have arrived', () => gateway.deliveredOf(stuck).length === numbers.length, 120_000);
    flow.stop();
    expect(gateway.told).toEqual([`silent ${stuck}`, `found ${stuck}`]);
    expect(await numbersIn(kafka, stuck)).toEqual(numbers);
    await gateway.stop();
  });
});
