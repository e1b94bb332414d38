import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { KafkaNorthward, Metrics, NorthwardError, Receipt } from '../../../src/index.js';
import {
  describeWithOwnKafka,
  startKafka,
  uniqueTopic,
  type TestKafka,
} from '../../support/kafka-cluster.js';
import { until } from '../../support/memory-northward.js';
import { numbersInTopic, plant } from '../../support/plant.js';

/** A gateway with a store, which publishes telemetry of devices, each to a topic of its own. */
interface Stored {
  readonly northward: KafkaNorthward;
  readonly topic: (device: string) => string;
  readonly errors: NorthwardError[];
  /** Of each device, the outcomes of its publishes that have one. */
  readonly receipts: (device: string) => readonly Receipt[];
  /** @returns its number, from 0 on for each device */
  readonly publish: (device: string, aheadMs?: number) => number;
  readonly lane: () => NonNullable<Metrics['store']>['lanes'][number];
}

let stored: Stored | undefined;
let folder = '';
afterEach(async () => {
  await stored?.northward.stop({ timeoutMs: 2_000 });
  await rm(folder, { recursive: true, force: true });
});

async function storing(bootstrapServers: string, producer: Record<string, unknown>): Promise<Stored> {
  folder = await mkdtemp(path.join(tmpdir(), 'parked-'));
  const prefix = uniqueTopic('parked');
  const northward = plant(bootstrapServers, {
    topic: `${prefix}.{{device_name}}`,
    producer,
    uplink: { store: { path: folder, minFreeBytes: 1_000_000 } },
  });
  const errors: NorthwardError[] = [];
  northward.on('error', (error) => errors.push(error));
  const receipts = new Map<string, Receipt[]>();
  const counts = new Map<string, number>();
  const publish = (device: string, aheadMs = 0): number => {
    const n = counts.get(device) ?? 0;
    counts.set(device, n + 1);
    const values = [{ pointId: 1, pointKey: 'n', value: n }];
    const timestamp = Date.now() + aheadMs;
    northward.publishTelemetry({ deviceId: 1, deviceName: device, timestamp, values }).then(
      (receipt) => receipts.set(device, [...(receipts.get(device) ?? []), receipt]),
      (error: NorthwardError) => errors.push(error),
    );
    return n;
  };
  stored = {
    northward,
    topic: (device) => `${prefix}.${device}`,
    errors,
    receipts: (device) => receipts.get(device) ?? [],
    publish,
    lane: () => {
      const lane = northward.metrics().store?.lanes.find(({ lane: name }) => name === 'telemetry');
      if (lane === undefined) throw new Error('no lane telemetry');
      return lane;
    },
  };
  await northward.start();
  return stored;
}

/** Devices that publish all the time. */
function flowing({ publish, receipts }: Stored, ...devices: readonly string[]) {
  const timer = setInterval(() => devices.forEach((device) => publish(device)), 20);
  const deliveredOf = (device: string): number =>
    receipts(device).filter(({ status }) => status === 'delivered').length;
  return {
    stop: () => {
      clearInterval(timer);
    },
    /** Each of them delivers 50 more. */
    goesOn: async (): Promise<void> => {
      const before = devices.map(deliveredOf);
      await until('the others flow', () => devices.every((d, i) => deliveredOf(d) >= (before[i] ?? 0) + 50));
    },
  };
}

function range(to: number): number[] {
  return Array.from({ length: to }, (_, n) => n);
}

describeWithOwnKafka('§10 what a topic refuses, or that it is missing, with a store', () => {
  let kafka: TestKafka;
  beforeAll(async () => {
    kafka = await startKafka();
  });
  afterAll(async () => {
    await kafka.stop();
  });

  it('given it is made later, then all that was for it arrives in order, without anybody publishing, and nothing is left on disk', async () => {
    const gateway = await storing(kafka.bootstrapServers, {});
    await kafka.createTopic(gateway.topic('good'));
    const flow = flowing(gateway, 'good');
    for (let n = 0; n < 200; n += 1) gateway.publish('missing');
    await until('it is told', () => gateway.errors.some(({ code }) => code === 'TOPIC_NOT_FOUND'), 60_000);
    for (let n = 0; n < 800; n += 1) gateway.publish('missing');
    await flow.goesOn();
    await kafka.createTopic(gateway.topic('missing'));
    await until('all have arrived', () => gateway.receipts('missing').length === 1_000, 60_000);
    flow.stop();
    expect(await numbersInTopic(kafka.bootstrapServers, gateway.topic('missing'))).toEqual(range(1_000));
    await until('nothing is on disk', () => gateway.lane().messages === 0);
    expect(new Set(gateway.receipts('missing').map(({ status }) => status))).toEqual(new Set(['delivered']));
    expect(new Set(gateway.errors.map(({ code }) => code))).toEqual(new Set(['TOPIC_NOT_FOUND']));
  });

  it('given a batch refused for one old record, then its mates arrive in order, and its caller hears that it was refused', async () => {
    const gateway = await storing(kafka.bootstrapServers, { lingerMs: 200 });
    await kafka.createTopic(gateway.topic('a'), { config: { 'message.timestamp.before.max.ms': '3600000' } });
    for (let n = 0; n < 20; n += 1) gateway.publish('a');
    const old = gateway.publish('a', -2 * 3_600_000);
    for (let n = 0; n < 20; n += 1) gateway.publish('a');
    await until('all but one have arrived', () => gateway.receipts('a').length === 40);
    await until('one is refused', () => gateway.errors.length > 0);
    expect(gateway.errors.map(({ code }) => code)).toEqual(['DELIVERY_FAILED']);
    const mates = range(41).filter((n) => n !== old);
    expect(await numbersInTopic(kafka.bootstrapServers, gateway.topic('a'))).toEqual(mates);
    expect([gateway.lane().messages, gateway.northward.losses()]).toEqual([0, []]);
  });
});

describeWithOwnKafka('§10 a topic without a leader among good ones, with a store', () => {
  let kafka: TestKafka;
  beforeAll(async () => {
    kafka = await startKafka({ nodes: 3 });
  });
  afterAll(async () => {
    await kafka.stop();
  });

  it('given its broker dies and comes back, then the others flow, its promises end as stored, and all arrive in order', async () => {
    const gateway = await storing(kafka.bootstrapServers, { messageTimeoutMs: 2_000 });
    await kafka.createTopic(gateway.topic('good'));
    await kafka.createTopic(gateway.topic('stuck'), { replication: 1 });
    const leader = await kafka.leaderOf(gateway.topic('stuck'));
    if (leader === undefined) throw new Error('no leader');
    const arrived = new Set<string>();
    gateway.northward.on('delivered', ({ id }) => arrived.add(id));
    const flow = flowing(gateway, 'good');
    gateway.publish('stuck');
    await until('it delivers', () => gateway.receipts('stuck').length === 1);
    await flow.goesOn();
    await kafka.cluster.kill9(leader);
    for (let n = 1; n < 3_000; n += 1) gateway.publish('stuck');
    await until(
      'it is told to be silent',
      () =>
        gateway.errors.some(
          ({ code, topic }) => code === 'DELIVERY_TIMEOUT' && topic === gateway.topic('stuck'),
        ),
      60_000,
    );
    for (let n = 0; n < 1_000; n += 1) gateway.publish('stuck');
    await until('its promises end as stored', () => gateway.receipts('stuck').length === 4_000, 60_000);
    await flow.goesOn();
    await kafka.cluster.restart(leader);
    const ids = gateway
      .receipts('stuck')
      .flatMap((receipt) => (receipt.status === 'stored' ? [receipt.id] : []));
    expect(ids).toHaveLength(3_999);
    await until('all have arrived', () => ids.every((id) => arrived.has(id)), 90_000);
    flow.stop();
    expect(await numbersInTopic(kafka.bootstrapServers, gateway.topic('stuck'))).toEqual(range(4_000));
    await until('nothing is on disk', () => gateway.lane().messages === 0);
  });
});
