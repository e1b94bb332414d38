import { afterAll, beforeAll, expect, it } from 'vitest';
import { createKafkaNorthward } from '../../../src/index.js';
import { serve, until, writePoint } from '../../support/downlink-gateway.js';
import {
  describeWithOwnKafka,
  startKafka,
  uniqueTopic,
  type TestKafka,
} from '../../support/kafka-cluster.js';
import { produceAll } from '../../support/platform.js';

const COUNT = 300;
const BYTES = 900_000;
const MAX_QUEUED_BYTES = 33_554_432;

describeWithOwnKafka('§6.6 large records that were packed well', () => {
  let kafka: TestKafka;
  beforeAll(async () => {
    kafka = await startKafka();
  });
  afterAll(async () => {
    await kafka.stop();
  });

  it('maxQueuedBytes is passed by few of them, and all arrive in order', async () => {
    const topic = uniqueTopic('large');
    await kafka.createTopic(topic);
    const records = Array.from({ length: COUNT }, (_, n) => ({
      partition: 0,
      key: null,
      value: writePoint(String(n), { pad: 'x'.repeat(BYTES) }),
    }));
    await produceAll(kafka.bootstrapServers, topic, records, 'zstd');
    const northward = createKafkaNorthward({
      connection: { bootstrapServers: kafka.bootstrapServers },
      downlink: {
        groupId: uniqueTopic('group'),
        autoOffsetReset: 'earliest',
        writePoint: { enabled: true, topic },
      },
    });
    await northward.start();
    await until('the queue is full', () => northward.metrics().downlink.queue.bytes >= MAX_QUEUED_BYTES);
    const { bytes } = northward.metrics().downlink.queue;
    expect(bytes).toBeLessThan(MAX_QUEUED_BYTES + 3 * BYTES);
    const handled = serve(northward, () => {
      expect(northward.metrics().downlink.queue.bytes).toBeLessThan(MAX_QUEUED_BYTES + 3 * BYTES);
    });
    await until('all are handled', () => handled.length === COUNT, 100_000);
    expect(handled).toEqual(records.map((_, n) => String(n)));
    await northward.stop();
  });
});
