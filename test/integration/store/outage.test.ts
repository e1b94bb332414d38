import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runBacklog } from '../../../scripts/store/backlog.mjs';
import { runOutage } from '../../../scripts/store/outage.mjs';
import { topicsOf } from '../../../scripts/store/setting.mjs';
import {
  describeWithOwnKafka,
  startKafka,
  uniqueTopic,
  type TestKafka,
} from '../../support/kafka-cluster.js';

const BACKLOG = 100_000;

describeWithOwnKafka('§10 outages', () => {
  let kafka: TestKafka;
  let folder: string;
  beforeAll(async () => {
    kafka = await startKafka();
    folder = await mkdtemp(path.join(tmpdir(), 'northward-outages-'));
  });
  afterAll(async () => {
    await kafka.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it.each([
    { order: 'per_key', how: 'killed' },
    { order: 'live_first', how: 'frozen' },
  ] as const)(
    '$order: given a broker that is $how and comes back while messages flow, then all arrive once, in order per key',
    async ({ order, how }) => {
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
        how,
        usualMs: 1_000,
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
      // Times are for "npm run store:backlog".
      starts: 1,
    });
    expect(result.problems).toEqual([]);
    expect(Math.max(result.fillRssMb, result.startRssMb, result.drainRssMb)).toBeLessThan(250);
    expect(result.fullBytes).toBeGreaterThan(10 * 2 ** 20);
    // A segment that is being written, and the state.
    expect(result.drainedBytes).toBeLessThan(9 * 2 ** 20);
  });
});
