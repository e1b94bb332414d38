import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKafkaNorthward, type KafkaNorthward, type Receipt } from '../../../src/index.js';
import { startEmbeddedBroker, type EmbeddedBroker } from '../../../src/testing/index.js';
import { until } from '../../support/memory-northward.js';

const TOPICS = 300;
const ROUNDS = 20;

/** Of this process, where the system tells them; else 0. */
function threads(): number {
  if (process.platform !== 'linux') return 0;
  return Number(/^Threads:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
}

function publishRound(northward: KafkaNorthward, round: number, prefix: string): Promise<Receipt>[] {
  return Array.from({ length: TOPICS }, (_, device) =>
    northward.publishTelemetry({
      deviceId: device,
      deviceName: `${prefix}-${device}`,
      values: { round },
    }),
  );
}

describe('many topics on the embedded broker', () => {
  let broker: EmbeddedBroker;
  let northward: KafkaNorthward;
  beforeAll(async () => {
    broker = await startEmbeddedBroker();
  });
  afterAll(async () => {
    await broker.stop();
  });

  async function started(producer: Record<string, number | null>): Promise<KafkaNorthward> {
    northward = createKafkaNorthward({
      connection: { bootstrapServers: broker.bootstrapServers },
      uplink: { producer, telemetry: { enabled: true, topic: '{{device_name}}' } },
      downlink: { enabled: false },
    });
    await northward.start();
    await northward.ready();
    return northward;
  }

  it('given 300 of them, then they are spread over clients, each arrives in order, and idle clients are closed', async () => {
    await started({ topicsPerClient: 50, topicIdleMs: 1_000 });
    const before = threads();
    const rounds = Array.from({ length: ROUNDS }, (_, round) => publishRound(northward, round, 'spread'));
    await until('six clients are there', () => northward.metrics().uplink.clients === 6);
    const receipts = await Promise.all(rounds.map((round) => Promise.all(round)));
    for (let device = 0; device < TOPICS; device += 1) {
      // One key a topic, so one partition.
      const offsets = receipts.map((round) => {
        const receipt = round[device];
        return receipt?.status === 'delivered' ? receipt.offset : undefined;
      });
      expect(offsets).toEqual(Array.from({ length: ROUNDS }, (_, n) => n));
    }
    const { length: doubled } = receipts.flat().filter((each) => 'maybeDuplicate' in each);
    expect(doubled).toBe(0);
    if (before > 0) expect(threads() - before).toBeGreaterThanOrEqual(5 * 3);
    await until('idle clients are closed', () => northward.metrics().uplink.clients === 1);
    await until('their threads end', () => threads() <= before);
    // They are new again.
    const again = await Promise.all(publishRound(northward, ROUNDS, 'spread'));
    expect(again.map((each) => each.status === 'delivered' && each.offset)).toEqual(
      Array.from({ length: TOPICS }, () => ROUNDS),
    );
    const report = await northward.stop();
    expect(report).toMatchObject({ undelivered: 0, timedOut: false, unclosed: [] });
    await until('no thread is left', () => threads() <= before);
  });

  it('given topicsPerClient null, then there is one client', async () => {
    await started({ topicsPerClient: null });
    const before = threads();
    await Promise.all(publishRound(northward, 0, 'one'));
    expect(northward.metrics().uplink.clients).toBe(1);
    expect(threads()).toBeLessThanOrEqual(before + 1);
    await northward.stop();
  });
});
