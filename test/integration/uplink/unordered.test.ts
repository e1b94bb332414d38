import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { KafkaNorthward, Receipt } from '../../../src/index.js';
import { lateStarts } from '../../../scripts/chaos/oracle/starts.mjs';
import { startEmbeddedBroker, type EmbeddedBroker } from '../../../src/testing/index.js';
import { startKafka, uniqueTopic, type TestKafka } from '../../support/kafka-cluster.js';
import { rejection, until } from '../../support/memory-northward.js';
import { NewEpochBroker } from '../../support/new-epoch-broker.js';
import { numbersInTopic, plant, reading } from '../../support/plant.js';
import { RefusingBroker } from '../../support/refusing-broker.js';

/** One device, so one key and one partition. */
const telemetry = (n: number) => reading(n, 1);

const offsetOf = (receipt: Receipt): number | null => (receipt.status === 'delivered' ? receipt.offset : NaN);

let broker: EmbeddedBroker;
let kafka: TestKafka;
let northward: KafkaNorthward;
beforeAll(async () => {
  [broker, kafka] = await Promise.all([startEmbeddedBroker(), startKafka()]);
});
afterAll(async () => {
  await Promise.all([broker.stop(), kafka.stop()]);
});

describe('§7.3 order of one key, when the broker refuses one request', () => {
  let proxy: RefusingBroker;
  afterEach(async () => {
    await northward.stop();
    proxy.stop();
  });

  /** The `nth` request to the topic will be refused. */
  async function start(servers: string, topic: string, settings: object, nth = 1): Promise<void> {
    proxy = new RefusingBroker(servers, topic, nth);
    northward = plant(await proxy.start(), { topic, producer: { lingerMs: 0, ...settings } });
    await northward.start();
    await northward.ready();
  }

  async function startOnKafka(settings: object, nth: number): Promise<string> {
    const topic = uniqueTopic('order');
    await kafka.createTopic(topic);
    await start(kafka.bootstrapServers, topic, settings, nth);
    return topic;
  }

  it('given idempotence, then the order stays', async () => {
    const topic = await startOnKafka({}, 2);
    await northward.publishTelemetry(telemetry(0));
    const older = northward.publishTelemetry(telemetry(1));
    await until('the refused one', () => proxy.produced === 2);
    const newer = northward.publishTelemetry(telemetry(2));
    await until('the next one', () => proxy.produced === 3);
    proxy.refuse();
    expect([offsetOf(await older), offsetOf(await newer)]).toEqual([1, 2]);
    expect(await numbersInTopic(kafka.bootstrapServers, topic)).toEqual([0, 1, 2]);
  });

  it('given idempotence, when it is the first request to the partition and the next one is stored, then it is lost, and its error says that it may be', async () => {
    // A broker takes any first sequence number of a producer; librdkafka concludes that the first one arrived too.
    const topic = await startOnKafka({}, 1);
    const older = northward.publishTelemetry(telemetry(0));
    await until('the refused one', () => proxy.produced === 1);
    const newer = northward.publishTelemetry(telemetry(1));
    await until('the next one', () => proxy.produced === 2);
    proxy.refuse();
    expect(await rejection(older)).toMatchObject({ code: 'DELIVERY_UNKNOWN', retryable: true, topic });
    expect(offsetOf(await newer)).toBe(0);
    expect(await numbersInTopic(kafka.bootstrapServers, topic)).toEqual([1]);
    // By which the oracle of `npm run chaos` knows it.
    expect(lateStarts(0, await kafka.dumpLog(topic))).toEqual([{ partition: 0, from: 0, to: 0 }]);
  });

  it('given idempotence and maxInflight 1, when it is the first request to the partition, then nothing is lost', async () => {
    const topic = await startOnKafka({ maxInflight: 1 }, 1);
    const older = northward.publishTelemetry(telemetry(0));
    await until('the refused one', () => proxy.produced === 1);
    const newer = northward.publishTelemetry(telemetry(1));
    proxy.refuse();
    expect([offsetOf(await older), offsetOf(await newer)]).toEqual([0, 1]);
    expect(await numbersInTopic(kafka.bootstrapServers, topic)).toEqual([0, 1]);
    expect(lateStarts(0, await kafka.dumpLog(topic))).toEqual([]);
  });

  it('given no idempotence, then the next one overtakes it', async () => {
    await start(broker.bootstrapServers, 'overtaken', { enableIdempotence: false });
    const older = northward.publishTelemetry(telemetry(0));
    await until('the refused one', () => proxy.produced === 1);
    const newer = await northward.publishTelemetry(telemetry(1));
    proxy.refuse();
    expect([offsetOf(newer), offsetOf(await older)]).toEqual([0, 1]);
  });

  it('given no idempotence and maxInflight 1, then it may be overtaken as well: the next request is made before the answer', async () => {
    const offsets: (number | null)[][] = [];
    while (offsets.length < 20 && offsets.at(-1)?.[0] !== 1) {
      const topic = `one-at-a-time-${offsets.length}`;
      await start(broker.bootstrapServers, topic, { enableIdempotence: false, maxInflight: 1 });
      const older = northward.publishTelemetry(telemetry(0));
      await until('the refused one', () => proxy.produced === 1);
      const newer = northward.publishTelemetry(telemetry(1));
      proxy.refuse();
      offsets.push([offsetOf(await older), offsetOf(await newer)]);
      await northward.stop();
      proxy.stop();
    }
    expect(offsets).toContainEqual([1, 0]);
  });
});

describe('§7.4 a gap in the sequence numbers of one topic, while a record of another one is to be sent again', () => {
  let proxy: NewEpochBroker;
  afterEach(async () => {
    await northward.stop();
    proxy.stop();
  });

  it('given idempotence, then that record is stored twice, and its receipt says that it may be', async () => {
    // librdkafka sends it again under a new epoch, so that the broker does not recognise it.
    const prefix = uniqueTopic('epoch');
    const [stored, gap] = [`${prefix}-pump-0`, `${prefix}-pump-1`];
    await kafka.createTopic(stored);
    await kafka.createTopic(gap);
    proxy = new NewEpochBroker(kafka.bootstrapServers, stored, gap);
    // The retry has to come after the gap is noticed.
    const producer = { lingerMs: 0, properties: { 'retry.backoff.ms': 1_000 } };
    northward = plant(await proxy.start(), { topic: `${prefix}-{{device_name}}`, producer });
    await northward.start();
    await northward.ready();
    const publish = (n: number) => northward.publishTelemetry(reading(n, 2));
    const first = await Promise.all([publish(0), publish(1)]);
    proxy.begin();
    const ofGap = [publish(3)];
    await until('the first of the gap', () => proxy.held === 1);
    ofGap.push(publish(5));
    await until('the second of the gap', () => proxy.held === 2);
    const doubled = await publish(2);
    await Promise.all(ofGap);
    const after = await publish(4);
    expect([doubled, after].map(offsetOf)).toEqual([2, 3]);
    expect(await numbersInTopic(kafka.bootstrapServers, stored)).toEqual([0, 2, 2, 4]);
    expect(await numbersInTopic(kafka.bootstrapServers, gap)).toEqual([1, 3, 5]);
    const marked = [...first, doubled, after].map((receipt) => 'maybeDuplicate' in receipt);
    expect(marked).toEqual([false, false, true, false]);
  });
});
