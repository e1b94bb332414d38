import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKafkaNorthward, type NorthwardError } from '../../../src/index.js';
import { startEmbeddedBroker, type EmbeddedBroker } from '../../../src/testing/index.js';
import {
  describeWithOwnKafka,
  startKafka,
  uniqueTopic,
  type TestKafka,
} from '../../support/kafka-cluster.js';
import { rejection, until } from '../../support/memory-northward.js';
import { plant, reading } from '../../support/plant.js';

describe('§7 why a connection fails', () => {
  it.each([
    [
      'a name that does not resolve',
      'no-such-host.invalid:9092',
      'NAME_NOT_RESOLVED',
      /no-such-host\.invalid/,
    ],
    ['a port that refuses', '127.0.0.1:1', 'BROKER_UNREACHABLE', /127\.0\.0\.1:1.*refused/],
  ] as const)('%s: cause and hint', async (_what, bootstrap, code, text) => {
    const northward = plant(bootstrap, { topic: 't', producer: { messageTimeoutMs: 3_000 } });
    const errors: NorthwardError[] = [];
    northward.on('error', (error) => errors.push(error));
    await northward.start();
    await until('the cause is told', () => errors.length > 0, 60_000);
    const publish = rejection(northward.publishTelemetry(reading(0)));
    const ready = await rejection(northward.ready({ timeoutMs: 100 }));
    expect(ready).toMatchObject({ code: 'READY_TIMEOUT', cause: { code } });
    expect(ready.message).toMatch(text);
    expect(errors[0]).toMatchObject({ code, retryable: true });
    expect(errors[0]?.hint).toBeTruthy();
    const delivery = await publish;
    expect(delivery).toMatchObject({ code: 'DELIVERY_TIMEOUT', retryable: true, cause: { code } });
    expect((await rejection(northward.ping({ timeoutMs: 200 }))).code).toBe('REQUEST_TIMEOUT');
    expect(await northward.stop()).toMatchObject({ timedOut: false });
  });
});

describeWithOwnKafka('§7 a bootstrap that answers while the advertised address does not', () => {
  let kafka: TestKafka;
  beforeAll(async () => {
    kafka = await startKafka({ properties: { 'advertised.listeners': 'PLAINTEXT://127.0.0.1:1' } });
  });
  afterAll(async () => {
    await kafka.stop();
  });

  it('is told as such, with a hint at advertised.listeners', async () => {
    const northward = plant(kafka.bootstrapServers, { topic: 't', producer: { messageTimeoutMs: 3_000 } });
    const errors: NorthwardError[] = [];
    northward.on('error', (error) => errors.push(error));
    await northward.start();
    await rejection(northward.publishTelemetry(reading(0)));
    await until('it is told', () => errors.some((error) => error.code === 'ADVERTISED_UNREACHABLE'));
    const error = errors.find((each) => each.code === 'ADVERTISED_UNREACHABLE');
    expect(error?.message).toContain('127.0.0.1:1');
    expect(error?.hint).toContain('advertised.listeners');
    expect(northward.state).not.toBe('connected');
    // The bootstrap server is well: nobody has to check its address.
    expect(errors.filter(({ hint }) => hint.includes('bootstrapServers'))).toEqual([]);
    await northward.stop();
  });

  it('is told to the downlink, too', async () => {
    const northward = createKafkaNorthward({
      connection: { bootstrapServers: kafka.bootstrapServers },
      uplink: { enabled: false },
      downlink: { groupId: 'g', writePoint: { enabled: true, topic: 't' } },
    });
    const errors: NorthwardError[] = [];
    northward.on('error', (error) => errors.push(error));
    await northward.start();
    await until('it is told', () => errors.some(({ code }) => code === 'ADVERTISED_UNREACHABLE'));
    expect(errors.filter(({ hint }) => hint.includes('bootstrapServers'))).toEqual([]);
    expect(northward.states.downlink).toBe('connecting');
    await northward.stop({ timeoutMs: 1_000 });
  });
});

describeWithOwnKafka('§7 an outage after acknowledged messages', () => {
  let kafka: TestKafka;
  beforeAll(async () => {
    kafka = await startKafka();
  });
  afterAll(async () => {
    await kafka.stop();
  });

  it('is told as one, by each of eight gateways', async () => {
    const topic = uniqueTopic('outage');
    await kafka.createTopic(topic);
    const gateways = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const northward = plant(kafka.bootstrapServers, { topic });
        const codes: string[] = [];
        northward.on('error', ({ code }) => codes.push(code));
        await northward.start();
        await northward.publishTelemetry(reading(0));
        return { northward, codes };
      }),
    );
    await kafka.cluster.kill9(1);
    await until('all told', () => gateways.every(({ codes }) => codes.length > 0));
    expect(new Set(gateways.flatMap(({ codes }) => codes))).toEqual(new Set(['BROKER_UNREACHABLE']));
    await Promise.all(gateways.map(({ northward }) => northward.stop({ timeoutMs: 100 })));
  });
});

describe('the embedded broker', () => {
  let broker: EmbeddedBroker;
  beforeAll(async () => {
    broker = await startEmbeddedBroker({ brokers: 3 });
  });
  afterAll(async () => {
    await broker.stop();
    await broker.stop();
  });

  it('has as many brokers as asked for, and takes what is published', async () => {
    expect(broker.bootstrapServers.split(',')).toHaveLength(3);
    const northward = plant(broker.bootstrapServers, { topic: 'embedded' });
    await northward.start();
    await northward.ready();
    expect((await northward.ping()).brokers).toHaveLength(3);
    expect(await northward.publishTelemetry(reading(0))).toMatchObject({
      status: 'delivered',
      topic: 'embedded',
    });
    await northward.stop();
  });
});
