import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { StateEvent } from '../../../src/index.js';
import {
  describeWithOwnKafka,
  startKafka,
  uniqueTopic,
  type TestKafka,
} from '../../support/kafka-cluster.js';
import { numbersInTopic, plant, problemsOf, publishAll, reading } from '../../support/plant.js';
import { rejection, until } from '../../support/memory-northward.js';

/** Not in the past, for what brokers remember of producers. */
const START = Date.now();

describeWithOwnKafka('§7 one broker that comes and goes', () => {
  let kafka: TestKafka;
  beforeAll(async () => {
    kafka = await startKafka();
  });
  afterAll(async () => {
    await kafka.stop();
  });

  it('killed and restarted within messageTimeoutMs while 50,000 messages flow: none missing, none twice, order intact', async () => {
    const topic = uniqueTopic('restart');
    await kafka.createTopic(topic, { partitions: 4 });
    const northward = plant(kafka.bootstrapServers, { topic, producer: { messageTimeoutMs: 90_000 } });
    await northward.start();
    await northward.ready();
    const states: StateEvent[] = [];
    northward.on('state', (change) => states.push(change));
    let killed: Promise<void> | undefined;
    const errors = await publishAll(northward, 0, 50_000, {
      onReceipt: (done) => {
        if (done === 10_000) killed = kafka.cluster.kill9(1).then(() => kafka.cluster.restart(1));
      },
    });
    await killed;
    expect(errors).toEqual([]);
    expect(await northward.stop()).toMatchObject({ undelivered: 0, timedOut: false });
    expect(states.map((change) => change.state)).toContain('reconnecting');
    expect(problemsOf(await kafka.consoleConsume(topic, { count: 50_000 }), 50_000)).toEqual([]);
  });

  it('killed and restarted while messages flow to four topics, each with a client of its own: none missing, none twice, order intact', async () => {
    const prefix = uniqueTopic('spread');
    const topics = Array.from({ length: 4 }, (_, n) => `${prefix}.pump-${n}`);
    await Promise.all(topics.map((topic) => kafka.createTopic(topic)));
    const northward = plant(kafka.bootstrapServers, {
      topic: `${prefix}.{{device_name}}`,
      producer: { messageTimeoutMs: 90_000, topicsPerClient: 1 },
    });
    await northward.start();
    await northward.ready();
    let clients = 0;
    let killed: Promise<void> | undefined;
    const errors = await publishAll(northward, 0, 20_000, {
      devices: 4,
      onReceipt: (done) => {
        clients = Math.max(clients, northward.metrics().uplink.clients);
        if (done === 5_000) killed = kafka.cluster.kill9(1).then(() => kafka.cluster.restart(1));
      },
    });
    await killed;
    expect(errors).toEqual([]);
    expect(clients).toBe(4);
    expect(await northward.stop()).toMatchObject({ undelivered: 0, timedOut: false, unclosed: [] });
    const records = await Promise.all(topics.map((topic) => kafka.consoleConsume(topic, { count: 5_000 })));
    expect(problemsOf(records.flat(), 20_000)).toEqual([]);
  });

  it('§8.4 away longer than messageTimeoutMs: each message ends in a retryable error; after its return publishing works', async () => {
    const topic = uniqueTopic('away');
    await kafka.createTopic(topic);
    const northward = plant(kafka.bootstrapServers, { topic, producer: { messageTimeoutMs: 2_000 } });
    await northward.start();
    expect(await northward.publishTelemetry(reading(0))).toMatchObject({ status: 'delivered' });
    await kafka.cluster.kill9(1);
    const errors = await publishAll(northward, 1, 501);
    expect(errors).toHaveLength(500);
    for (const error of errors)
      expect(error).toMatchObject({ code: 'DELIVERY_TIMEOUT', retryable: true, topic });
    expect(northward.state).toBe('reconnecting');
    await kafka.cluster.restart(1);
    await northward.ready();
    expect(await northward.publishTelemetry(reading(501))).toMatchObject({ status: 'delivered' });
    await northward.stop();
  });

  it('starting while it is away: publishing is accepted, and delivered once it is there', async () => {
    const topic = uniqueTopic('late');
    await kafka.createTopic(topic);
    await kafka.cluster.kill9(1);
    const northward = plant(kafka.bootstrapServers, { topic, producer: { messageTimeoutMs: 90_000 } });
    await northward.start();
    const early = northward.publishTelemetry(reading(0));
    const error = await rejection(northward.ready({ timeoutMs: 1_500 }));
    expect(error).toMatchObject({ code: 'READY_TIMEOUT' });
    expect(error.message).toMatch(/Connection refused/);
    expect(northward.state).toBe('connecting');
    await kafka.cluster.restart(1);
    expect(await early).toMatchObject({ status: 'delivered' });
    expect(northward.state).toBe('connected');
    await northward.stop();
  });

  it('stop() with 20,000 messages in flight: none lost, the report right', async () => {
    const topic = uniqueTopic('stop');
    await kafka.createTopic(topic, { partitions: 4 });
    const northward = plant(kafka.bootstrapServers, { topic });
    await northward.start();
    await northward.ready();
    const all = Array.from({ length: 20_000 }, (_, n) => northward.publishTelemetry(reading(n)));
    const done = northward.metrics().uplink.success;
    const report = await northward.stop({ timeoutMs: 60_000 });
    expect(report).toMatchObject({ flushed: 20_000 - done, undelivered: 0, timedOut: false });
    expect((await Promise.all(all)).every((receipt) => receipt.status === 'delivered')).toBe(true);
    expect(problemsOf(await kafka.consoleConsume(topic, { count: 20_000 }), 20_000)).toEqual([]);
  });
});

describeWithOwnKafka('§7 missing topics, auto-creation off', () => {
  let kafka: TestKafka;
  beforeAll(async () => {
    kafka = await startKafka();
  });
  afterAll(async () => {
    await kafka.stop();
  });

  it('one missing among ten good ones: a clear error naming it, and it slows none of them; recovered once it exists', async () => {
    const names = Array.from({ length: 10 }, (_, device) => `good-${device}`);
    for (const name of names) await kafka.createTopic(name);
    const northward = plant(kafka.bootstrapServers, { topic: '{{device_name}}' });
    await northward.start();
    const missing = uniqueTopic('missing');
    const bad = rejection(northward.publishTelemetry({ ...reading(0), deviceName: missing }));
    for (let n = 0; n < 500; n += 1) void northward.publishTelemetry({ ...reading(n), deviceName: missing });
    const good = Array.from({ length: 5_000 }, (_, n) =>
      northward.publishTelemetry({ ...reading(n), deviceName: `good-${n % 10}` }),
    );
    const badFirst = await Promise.race([bad, Promise.all(good).then(() => 'good')]);
    expect(badFirst).toBe('good');
    const error = await bad;
    expect(error).toMatchObject({ code: 'TOPIC_NOT_FOUND', topic: missing });
    expect(error.message).toContain(missing);
    const fast = await rejection(northward.publishTelemetry({ ...reading(1), deviceName: missing }));
    expect(fast.code).toBe('TOPIC_NOT_FOUND');
    await kafka.createTopic(missing);
    let delivered = false;
    await until(
      'the topic is found',
      () => {
        northward.publishTelemetry({ ...reading(2), deviceName: missing }).then(
          () => (delivered = true),
          () => undefined,
        );
        return delivered;
      },
      60_000,
    );
    await northward.stop();
  });

  it('given a rare publisher whose topic was missing, when it was made since, then its next message is not lost', async () => {
    const topic = uniqueTopic('alarms');
    const northward = plant(kafka.bootstrapServers, { topic });
    await northward.start();
    expect(await rejection(northward.publishTelemetry(reading(0)))).toMatchObject({
      code: 'TOPIC_NOT_FOUND',
    });
    const fresh = performance.now() + 3_000;
    expect(await rejection(northward.publishTelemetry(reading(1)))).toMatchObject({
      code: 'TOPIC_NOT_FOUND',
    });
    await kafka.createTopic(topic);
    await until('what the broker said is old', () => performance.now() > fresh);
    const both = [northward.publishTelemetry(reading(2)), northward.publishTelemetry(reading(3))];
    expect(await Promise.all(both)).toMatchObject([{ status: 'delivered' }, { status: 'delivered' }]);
    await northward.stop();
  });

  it('given two devices whose topics differ by "." and "_" only, then the second one’s error names the first', async () => {
    const prefix = uniqueTopic('rivals').replaceAll('.', '-');
    await kafka.createTopic(`${prefix}.pump.1`);
    const warnings: unknown[] = [];
    const logger = {
      debug() {},
      info() {},
      error() {},
      warn: (message: string, fields?: object) => void warnings.push({ message, ...fields }),
    };
    const northward = plant(kafka.bootstrapServers, { topic: `${prefix}.{{device_name}}`, logger });
    await northward.start();
    const publish = (deviceName: string) => northward.publishTelemetry({ ...reading(0), deviceName });
    expect(await publish('pump.1')).toMatchObject({ status: 'delivered', topic: `${prefix}.pump.1` });
    const error = await rejection(publish('pump 1'));
    expect(error).toMatchObject({ code: 'TOPIC_NOT_FOUND', topic: `${prefix}.pump_1` });
    expect(error.hint).toContain(`${prefix}.pump.1`);
    expect(error.hint).toContain('sanitize_hash');
    expect((await rejection(publish('pump 1'))).hint).toBe(error.hint);
    expect(warnings).toContainEqual({
      message: expect.stringContaining('collide') as string,
      topics: [`${prefix}.pump.1`, `${prefix}.pump_1`],
    });
    await expect(kafka.createTopic(`${prefix}.pump_1`)).rejects.toThrow(/collides/);
    await northward.stop();
  });

  it.each([
    ['', false],
    [' and a store', true],
  ])(
    'given topics.create%s and a topic for each hour, then each is made, and nothing is missing, twice or out of order',
    async (_with, stores) => {
      const prefix = uniqueTopic('hourly');
      const made: string[] = [];
      const partitions: unknown[] = [];
      const logger = {
        debug() {},
        warn() {},
        error() {},
        info: (message: string, fields?: Readonly<Record<string, unknown>>) => {
          if (!message.endsWith(' is made')) return;
          made.push(String(fields?.['topic']));
          partitions.push(fields?.['partitions']);
        },
      };
      const folder = await mkdtemp(path.join(tmpdir(), 'northward-hourly-'));
      const northward = plant(kafka.bootstrapServers, {
        topic: `${prefix}.{{yyyy}}{{MM}}{{dd}}{{HH}}`,
        topics: { create: true, partitions: 1, retentionMs: 3_600_000_000 },
        logger,
        // Most of them with a client of their own.
        producer: { topicsPerClient: 2 },
        uplink: stores ? { store: { path: folder } } : {},
      });
      await northward.start();
      const errors: unknown[] = [];
      northward.on('error', (error) => errors.push(error));
      const publish = (n: number) =>
        northward.publishTelemetry({ ...reading(n), timestamp: START - (n % 5) * 3_600_000 });
      await Promise.all(Array.from({ length: 1_000 }, (_, n) => publish(n)));
      await until('all arrived', () => northward.metrics().uplink.success === 1_000, 60_000);
      expect(partitions).toEqual([1, 1, 1, 1, 1]);
      for (const [hour, topic] of made.sort().reverse().entries()) {
        const expected = Array.from({ length: 200 }, (_, n) => n * 5 + hour);
        expect(await numbersInTopic(kafka.bootstrapServers, topic)).toEqual(expected);
      }
      expect(errors).toEqual([]);
      expect(await northward.stop()).toMatchObject({ undelivered: 0, timedOut: false });
      await rm(folder, { recursive: true });
    },
  );

  it('given topics.create and more replicas than brokers, then the error says why the topic is not made, and what to change', async () => {
    const topic = uniqueTopic('replicas');
    const northward = plant(kafka.bootstrapServers, {
      topic,
      topics: { create: true, replicationFactor: 3 },
    });
    await northward.start();
    const error = await rejection(northward.publishTelemetry(reading(0)));
    expect(error).toMatchObject({ code: 'TOPIC_NOT_FOUND', topic });
    expect(error.message).toMatch(/is not made \(.*replication factor.*librdkafka 38\)/i);
    expect(error.hint).toContain('topics.replicationFactor');
    await northward.stop();
  });
});
