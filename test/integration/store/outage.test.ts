import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildIfStale } from '../../../scripts/lib/build.mjs';
import { runBacklog } from '../../../scripts/store/backlog.mjs';
import { telemetry } from '../../../scripts/store/messages.mjs';
import { runOutage } from '../../../scripts/store/outage.mjs';
import { PARTITIONS, configOf, topicsOf } from '../../../scripts/store/setting.mjs';
import { createKafkaNorthward } from '../../../src/index.js';
import {
  describeWithOwnKafka,
  startKafka,
  uniqueTopic,
  type TestKafka,
} from '../../support/kafka-cluster.js';
import { until } from '../../support/memory-northward.js';
import { numbersIn } from '../../support/store-host.js';

const BACKLOG = 100_000;

describeWithOwnKafka('§10 outages', () => {
  let kafka: TestKafka;
  let folder: string;
  beforeAll(async () => {
    await buildIfStale();
    kafka = await startKafka();
    folder = await mkdtemp(path.join(tmpdir(), 'northward-outages-'));
  });
  afterAll(async () => {
    await kafka.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it.each(['per_key', 'live_first'] as const)(
    '%s: given a broker that is killed and comes back while messages flow, then all arrive once, in order per key',
    async (order) => {
      const result = await runOutage({
        cluster: kafka.cluster,
        setting: {
          topics: topicsOf(uniqueTopic('outage')),
          folder: path.join(folder, order),
          storeAfterMs: 1000,
        },
        seconds: 3,
        rate: 500,
        order,
      });
      expect(result.problems).toEqual([]);
      expect(result.copies).toBe(0);
      expect(result.backlog).toBeGreaterThan(0);
    },
  );

  it(`given ${BACKLOG} messages on disk, then a start reads none of them, memory stays flat, and the disk is given back`, async () => {
    const result = await runBacklog({
      cluster: kafka.cluster,
      setting: {
        topics: topicsOf(uniqueTopic('backlog')),
        folder: path.join(folder, 'backlog'),
        storeAfterMs: 1000,
      },
      records: BACKLOG,
    });
    expect(result.problems).toEqual([]);
    expect(Math.max(result.fillRssMb, result.startRssMb, result.drainRssMb)).toBeLessThan(250);
    expect(result.fullBytes).toBeGreaterThan(10 * 2 ** 20);
    // A segment that is being written, and the state.
    expect(result.drainedBytes).toBeLessThan(9 * 2 ** 20);
  });

  it('given a topic that is missing among good ones, then the others wait for nothing, and it is sent to once it exists, without a publish', async () => {
    const prefix = uniqueTopic('missing');
    const topics = topicsOf(prefix);
    for (let device = 1; device < 4; device += 1) {
      await kafka.createTopic(`${prefix}.pump-${device}`, { partitions: PARTITIONS });
    }
    const northward = createKafkaNorthward(
      configOf({
        bootstrapServers: kafka.bootstrapServers,
        topics: { ...topics, telemetry: `${prefix}.{{device_name}}` },
        folder: path.join(folder, 'missing'),
        storeAfterMs: 1000,
      }),
    );
    await northward.start();
    try {
      const stored: string[] = [];
      const delivered = new Set<string>();
      northward.on('delivered', ({ id }) => delivered.add(id));
      const good: Promise<{ status: string }>[] = [];
      for (let round = 0; round < 100; round += 1) {
        for (let device = 0; device < 4; device += 1) {
          const ended = northward.publishTelemetry(telemetry(round * 4 + device, 4));
          if (device > 0) good.push(ended);
          else void ended.then((receipt) => receipt.status === 'stored' && stored.push(receipt.id));
        }
        await Promise.all(good);
      }
      expect((await Promise.all(good)).filter(({ status }) => status !== 'delivered')).toEqual([]);
      await until('those of the missing topic are stored', () => stored.length === 100, 60_000);
      // Their promises may end before the broker's word on the topic is there.
      const parked = (): number =>
        northward.metrics().store?.lanes.reduce((sum, lane) => sum + lane.parked, 0) ?? 0;
      await until('they wait aside', () => parked() === 100, 60_000);
      await kafka.createTopic(`${prefix}.pump-0`, { partitions: PARTITIONS });
      await until('they arrive', () => stored.every((id) => delivered.has(id)), 90_000);
      expect((await numbersIn(kafka.bootstrapServers, `${prefix}.pump-0`)).size).toBe(100);
      expect(northward.losses()).toEqual([]);
    } finally {
      await northward.stop({ timeoutMs: 5_000 });
    }
  });
});
