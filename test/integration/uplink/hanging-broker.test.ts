import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { KafkaNorthward } from '../../../src/index.js';
import {
  describeWithOwnKafka,
  startKafka,
  uniqueTopic,
  type TestKafka,
} from '../../support/kafka-cluster.js';
import { until } from '../../support/memory-northward.js';
import { plant, reading } from '../../support/plant.js';

/** Well below what librdkafka itself needs: 40 s without a store, 70 s with one. */
const NOTICED_MS = 25_000;

describeWithOwnKafka('§7.4 a broker that hangs with its connections open', () => {
  let kafka: TestKafka;
  const ends: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    kafka = await startKafka();
  });
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });
  afterAll(async () => {
    await kafka.stop();
  });

  const started = async (topic: string, uplink: Record<string, unknown>): Promise<KafkaNorthward> => {
    const northward = plant(kafka.bootstrapServers, { topic, uplink });
    ends.push(() => northward.stop({ timeoutMs: 3_000 }));
    await northward.start();
    await northward.ready();
    await northward.publishTelemetry(reading(0));
    return northward;
  };

  it('then each side that publishes is reconnecting long before the client says so, and all arrives when it goes on', async () => {
    const topic = uniqueTopic('hanging');
    await kafka.createTopic(topic);
    const folder = await mkdtemp(path.join(tmpdir(), 'northward-hanging-'));
    ends.push(() => rm(folder, { recursive: true, force: true }));
    const gateways = [await started(topic, {}), await started(topic, { store: { path: folder } })];

    await kafka.cluster.freeze(1);
    ends.push(() => kafka.cluster.thaw(1));
    // One after the other, as the process may answer once more while it is being stopped.
    let over = false;
    const publishing = gateways.map(async (northward) => {
      let published = 1;
      for (; !over; published += 1) {
        const { status } = await northward.publishTelemetry(reading(published));
        expect(status).toMatch(/^(delivered|stored)$/);
      }
      return published;
    });
    const states = (): string[] => gateways.map(({ state }) => state);
    await until('both are reconnecting', () => states().every((s) => s === 'reconnecting'), NOTICED_MS);

    over = true;
    await kafka.cluster.thaw(1);
    const published = await Promise.all(publishing);
    await until('both are connected', () => states().every((s) => s === 'connected'));
    await until('all has arrived', () =>
      gateways.every((each, i) => each.metrics().uplink.success === published[i]),
    );
  });
});
