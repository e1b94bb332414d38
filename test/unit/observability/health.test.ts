/** What the table of docs/health.md does not show: since when, that it passes, and what is in the list. */
import { describe, expect, it } from 'vitest';
import type { HealthCheck, HealthCheckName } from '../../../src/api/health.js';
import type { KafkaNorthward } from '../../../src/api/northward.js';
import { createMemoryDisk, createMemoryNorthward, type MemoryNorthward } from '../../../src/testing/index.js';
import { reading } from '../../support/memory-northward.js';

const NOW = 1_734_870_900_000;

function checkOf(northward: KafkaNorthward, name: HealthCheckName): HealthCheck | undefined {
  return northward.health().checks.find((each) => each.name === name);
}

async function started(uplink: object = {}, downlink: object = { enabled: false }): Promise<MemoryNorthward> {
  const config = {
    app: { id: 7 },
    connection: { bootstrapServers: 'kafka:9092' },
    uplink: { telemetry: { enabled: true, topic: '{{device_name}}' }, ...uplink },
    downlink,
  };
  const northward = createMemoryNorthward(config as never, { now: () => NOW, disk: createMemoryDisk() });
  await northward.start();
  return northward;
}

const fails = async (northward: MemoryNorthward, topic: string): Promise<void> => {
  northward.failNext('TOPIC_NOT_FOUND', { topic });
  await northward.publishTelemetry(reading(topic)).catch(() => undefined);
};

describe('§7.7 health', () => {
  it('given an outage, then since is its beginning, whatever states it goes through, and it passes', async () => {
    const northward = await started();
    expect(checkOf(northward, 'uplink')).toEqual({
      name: 'uplink',
      status: 'ok',
      since: null,
      reason: null,
      hint: null,
    });
    await northward.advanceTime(5_000);
    await northward.setConnected(false);
    await northward.advanceTime(3_000);
    await northward.setConnected(false, 'AUTHENTICATION_FAILED');
    expect(northward.state).toBe('failed');
    expect(checkOf(northward, 'uplink')).toMatchObject({ status: 'down', since: NOW + 5_000 });
    await northward.setConnected(true);
    expect(northward.health()).toMatchObject({ live: true, ready: true, status: 'ok' });
    await northward.stop();
  });

  it('given a topic that fails, then others do not hide it, and a record that arrives ends it', async () => {
    const northward = await started();
    await northward.advanceTime(1_000);
    await fails(northward, 'a');
    await northward.publishTelemetry(reading('b'));
    expect(checkOf(northward, 'topics')).toMatchObject({ status: 'degraded', since: NOW + 1_000 });
    await northward.advanceTime(4_000);
    await fails(northward, 'a');
    expect(checkOf(northward, 'topics')).toMatchObject({ status: 'degraded', since: NOW + 1_000 });
    await northward.advanceTime(4_000);
    await northward.publishTelemetry(reading('a'));
    expect(checkOf(northward, 'topics')?.status).toBe('ok');
    await northward.stop();
  });

  it('given a topic that failed and that nobody publishes to, then it is forgotten after ten minutes', async () => {
    const northward = await started();
    await fails(northward, 'hour.07');
    await northward.advanceTime(599_000);
    expect(checkOf(northward, 'topics')?.status).toBe('degraded');
    await northward.advanceTime(2_000);
    expect(checkOf(northward, 'topics')?.status).toBe('ok');
    await northward.stop();
  });

  it('given a topic that a store parked, then it fails until its message has arrived', async () => {
    const northward = await started({ store: { path: '/data' } });
    northward.failNext('TOPIC_NOT_FOUND', { topic: 'a', times: 2 });
    void northward.publishTelemetry(reading('a')).catch(() => undefined);
    await northward.settle();
    expect(checkOf(northward, 'topics')?.reason).toBe('1 topic takes no messages: a (TOPIC_NOT_FOUND)');
    await northward.advanceTime(60_000);
    expect(northward.published).toHaveLength(1);
    expect(checkOf(northward, 'topics')?.status).toBe('ok');
    await northward.stop();
  });

  it('given many topics that fail, then it names the first few and counts the rest', async () => {
    const northward = await started();
    for (const topic of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) await fails(northward, topic);
    expect(checkOf(northward, 'topics')?.reason).toMatch(
      /^7 topics take no messages: a \(TOPIC_NOT_FOUND\), .+, e \(TOPIC_NOT_FOUND\), and 2 more$/,
    );
    await northward.stop();
  });

  it('given a store that is still opening while no broker answers, then it is not ready before the store works', async () => {
    const disk = createMemoryDisk();
    disk.hang(true);
    const config = {
      connection: { bootstrapServers: 'kafka:9092' },
      uplink: { telemetry: { enabled: true, topic: 'a' }, store: { path: '/data' } },
      downlink: { enabled: false },
    } as const;
    const northward = createMemoryNorthward(config, { disk });
    const away = northward.setConnected(false);
    await northward.start();
    await away;
    expect(northward.health()).toMatchObject({ ready: false, status: 'down' });
    disk.hang(false);
    await northward.advanceTime(1_000);
    expect(northward.health()).toMatchObject({ ready: true, status: 'degraded' });
    await northward.stop();
  });

  it('given a full store, then since is when it came to its bound, and a minute without it ends that', async () => {
    const northward = await started({ store: { path: '/data', maxBytes: 2_000_000 } });
    await northward.setConnected(false);
    const values = { text: 'x'.repeat(100_000) };
    for (let n = 0; n < 90; n += 1) {
      void northward.publishTelemetry({ deviceId: 1, deviceName: 'a', values }).catch(() => undefined);
      await northward.advanceTime(1_000);
    }
    const { since } = checkOf(northward, 'room') ?? {};
    // It takes some 15 to 25 of these to fill it.
    expect(since).toBeGreaterThan(NOW + 10_000);
    expect(since).toBeLessThan(NOW + 30_000);
    await northward.setConnected(true);
    await northward.advanceTime(61_000);
    expect(checkOf(northward, 'room')?.status).toBe('ok');
    await northward.stop();
  });

  it('given a held offset, then since is when the first was held, and releaseHeld() ends it', async () => {
    const writePoint = { enabled: true, topic: 'cmd', failurePolicy: 'error' };
    const northward = await started({}, { enabled: true, writePoint });
    await northward.advanceTime(2_000);
    await northward.deliver('cmd', { value: 'no JSON' });
    await northward.advanceTime(2_000);
    await northward.deliver('cmd', { value: 'no JSON' });
    expect(checkOf(northward, 'held')).toMatchObject({
      status: 'degraded',
      since: NOW + 2_000,
      reason: '2 offsets are held: cmd 0',
    });
    northward.releaseHeld('cmd', 0, 0);
    northward.releaseHeld('cmd', 0, 1);
    expect(checkOf(northward, 'held')?.status).toBe('ok');
    await northward.stop();
  });

  it('lists what the configuration uses, in a fixed order', async () => {
    const namesOf = async (...sides: Parameters<typeof started>): Promise<string[]> => {
      const northward = await started(...sides);
      const names = northward.health().checks.map(({ name }) => name);
      await northward.stop();
      return names;
    };
    const route = { enabled: true, writePoint: { enabled: true, topic: 'cmd' } };
    expect(await namesOf()).toEqual(['life', 'uplink', 'topics']);
    expect(await namesOf({ store: { path: '/data' } }, route)).toEqual([
      'life',
      'uplink',
      'topics',
      'store',
      'room',
      'downlink',
      'held',
    ]);
    expect(await namesOf({ enabled: false }, route)).toEqual(['life', 'downlink', 'held']);
  });
});
