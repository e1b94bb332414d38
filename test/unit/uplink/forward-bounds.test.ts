/** §10 Bounds: what is lost when the store is full or messages are too old, and how that is told. */
import { describe, expect, it } from 'vitest';
import type { MemoryDisk } from '../../../src/testing/memory-disk.js';
import { openGateways } from '../../support/open-gateways.js';
import { range, states, StoringGateway, tally, type Published } from '../../support/storing-gateway.js';
import { StoringPorts } from '../../support/storing-ports.js';

const { toStop, started } = openGateways();
const MIB = 1024 * 1024;

/** Publishes large messages. */
async function fill(gateway: StoringGateway, from: number, to: number, stepMs = 100): Promise<Published[]> {
  const all: Published[] = [];
  for (let n = from; n < to; n += 1) {
    all.push(gateway.publish(n, 1, undefined, 'x'.repeat(8_000)));
    await gateway.northward.advanceTime(stepMs);
  }
  return all;
}

describe('§10 the store is full', () => {
  it('given drop_oldest, then the oldest go: callers who wait get STORE_EVICTED, and events and ledger say the same', async () => {
    const gateway = await started({
      store: { maxBytes: 2 * MIB },
      uplink: { queue: { maxMessages: 1_000, maxBytes: MIB } },
    });
    await gateway.northward.setConnected(false);
    const all = await fill(gateway, 0, 600, 20);
    await gateway.northward.advanceTime(60_000);
    const counts = tally(states(all));
    const evicted = counts['STORE_EVICTED'] ?? 0;
    expect(evicted).toBeGreaterThan(0);
    const lost = gateway.lost.reduce((sum, { count }) => sum + count, 0);
    expect(lost).toBeGreaterThanOrEqual(evicted);
    expect(gateway.northward.losses()).toMatchObject([{ cause: 'evicted', lane: 'telemetry', count: lost }]);
    expect(gateway.undelivered).toEqual([]);
    await gateway.northward.setConnected(true);
    await gateway.until('the rest', () => gateway.arrived().length === 600 - lost);
    expect(gateway.arrived()).toEqual(gateway.arrived().toSorted((a, b) => a - b));
    await gateway.northward.advanceTime(5_000);
    expect(gateway.backlog).toBe(0);
    expect(gateway.delivered.length + (tally(states(all))['delivered'] ?? 0)).toBe(600 - lost);
  });

  it('given reject_new, then a new message is STORE_FULL, and what is there stays', async () => {
    const gateway = await started({
      store: { maxBytes: 2 * MIB, whenFull: 'reject_new' },
      uplink: { queue: { maxMessages: 1_000, maxBytes: MIB } },
    });
    await gateway.northward.setConnected(false);
    const all = await fill(gateway, 0, 600, 20);
    const refused = states(all).filter((state) => state === 'STORE_FULL').length;
    expect(refused).toBeGreaterThan(0);
    expect(gateway.lost).toEqual([]);
    await gateway.northward.setConnected(true);
    await gateway.until('the rest', () => gateway.arrived().length === 600 - refused);
    expect(gateway.arrived()).toEqual(range(0, 600 - refused));
    expect(gateway.northward.losses()).toEqual([]);
  });

  it('given messages older than maxAgeMs, then they are lost as expired', async () => {
    const gateway = await started({
      store: { maxAgeMs: 3_600_000 },
      uplink: { queue: { maxMessages: 20 } },
    });
    await gateway.northward.setConnected(false);
    const all = gateway.publishAll(0, 20);
    await gateway.northward.advanceTime(7_200_000);
    await gateway.northward.setConnected(true);
    await gateway.northward.advanceTime(60_000);
    const expired = gateway.lost.reduce((sum, { count }) => sum + count, 0);
    expect(gateway.lost.every(({ cause }) => cause === 'expired')).toBe(true);
    // What is in memory as well is not looked at: it was on its way.
    expect(expired).toBe(10);
    expect(tally(states(all))).toEqual({ stored: 20 });
    expect(gateway.arrived()).toEqual(range(0, 10));
  });
});

describe('§10 data gaps', () => {
  it('given a mapping for them, then each gap goes to Kafka after what came before it, and once', async () => {
    const gateway = await started({
      store: { maxAgeMs: 3_600_000 },
      uplink: { queue: { maxMessages: 20 }, dataGap: { enabled: true, topic: 'gaps' } },
    });
    await gateway.northward.setConnected(false);
    gateway.publishAll(0, 20);
    await gateway.northward.advanceTime(7_200_000);
    await gateway.northward.setConnected(true);
    const gaps = () => gateway.northward.published.filter(({ kind }) => kind === 'data_gap');
    await gateway.until('the gap is told', () => gaps().length > 0);
    await gateway.northward.advanceTime(120_000);
    expect(gaps()).toHaveLength(1);
    expect(gaps()[0]).toMatchObject({
      topic: 'gaps',
      data: { lane: 'telemetry', kind: 'telemetry', count: 10, cause: 'expired' },
    });
    expect(gateway.northward.published.at(-1)?.kind).toBe('data_gap');
    // None is left for the next life.
    await gateway.northward.stop();
    const second = await started({
      disk: gateway.disk,
      uplink: { dataGap: { enabled: true, topic: 'gaps' } },
    });
    await second.northward.advanceTime(60_000);
    expect(second.northward.published).toEqual([]);
  });

  it.each([
    ['is read-only', (disk: MemoryDisk) => disk.readOnly(true)],
    ['does not take the state', (disk: MemoryDisk) => disk.failNext('write', 'EIO')],
  ] as const)(
    'given one of a former life, and a disk that %s at the start, then it goes out once the store is open, and once',
    async (_how, fails) => {
      const options = {
        store: { maxAgeMs: 3_600_000 },
        uplink: { dataGap: { enabled: true, topic: 'gaps' } },
      };
      const first = await started(options);
      await first.northward.setConnected(false);
      first.publishAll(0, 20);
      await first.northward.advanceTime(5_000);
      await first.northward.stop();
      const { disk } = first;
      const second = new StoringGateway({ ...options, disk });
      toStop(second);
      await second.northward.setConnected(false);
      await second.start();
      await second.northward.advanceTime(7_200_000);
      await second.northward.stop();
      expect(second.northward.losses()).toMatchObject([{ cause: 'expired', count: 20 }]);
      fails(disk);
      const third = await started({ ...options, disk });
      const gaps = () => third.northward.published.filter(({ kind }) => kind === 'data_gap');
      await third.northward.advanceTime(3_000);
      expect([third.northward.metrics().store?.state, gaps().length]).toEqual(['degraded', 0]);
      disk.readOnly(false);
      await third.until('it is told', () => gaps().length > 0);
      await third.northward.advanceTime(120_000);
      expect(gaps()).toHaveLength(1);
    },
  );

  it('given none, then nothing is sent, and nothing waits for it', async () => {
    const gateway = await started({ store: { maxAgeMs: 3_600_000 }, uplink: { queue: { maxMessages: 20 } } });
    await gateway.northward.setConnected(false);
    gateway.publishAll(0, 20);
    await gateway.northward.advanceTime(7_200_000);
    await gateway.northward.setConnected(true);
    await gateway.northward.advanceTime(60_000);
    expect(new Set(gateway.northward.published.map(({ topic }) => topic))).toEqual(new Set(['data']));
  });
});

describe('§10 the end of all clients', () => {
  it('given a retryPolicy that is spent, then everything is stored, and sent by the next life', async () => {
    const first = await new StoringPorts({
      retryPolicy: { maxAttempts: 0 },
      uplink: { queue: { maxMessages: 100 } },
    }).start();
    toStop(first);
    first.producers.hold = true;
    const all = first.publishAll('t', 0, 20);
    await first.clock.settle();
    first.producers.openFailure = new Error('no more');
    first.producers.die();
    await first.clock.advance(5_000);
    expect(tally(states(all))).toEqual({ stored: 20 });
    const more = first.publishAll('t', 20, 30);
    await first.clock.advance(31_000);
    expect(tally(states(more))).toEqual({ stored: 10 });
    await first.stop();
    const second = await new StoringPorts({ disk: first.disk }).start();
    toStop(second);
    await second.until('all delivered', () => second.delivered.length === 30);
    expect(second.handed('t')).toEqual(range(0, 30));
  });

  it('given it is spent before the store is open, then everything is stored all the same when it opens', async () => {
    const first = new StoringPorts({ retryPolicy: { maxAttempts: 0 } });
    toStop(first);
    first.disk.hang(true);
    await first.start();
    const before = first.publishAll('t', 0, 20);
    first.producers.openFailure = new Error('no more');
    first.producers.die();
    await first.clock.advance(5_000);
    const after = first.publishAll('t', 20, 30);
    first.disk.hang(false);
    await first.clock.advance(31_000);
    expect(tally(states([...before, ...after]))).toEqual({ stored: 30 });
    await first.stop();
    const second = await new StoringPorts({ disk: first.disk }).start();
    toStop(second);
    await second.until('all delivered', () => second.delivered.length === 30);
    expect(second.handed('t')).toEqual(range(0, 30));
  });

  it('given it is spent, and a disk that hangs, then each message ends in its time', async () => {
    const gateway = new StoringPorts({ retryPolicy: { maxAttempts: 0 } });
    toStop(gateway);
    gateway.disk.hang(true);
    await gateway.start();
    const before = gateway.publishAll('t', 0, 20);
    gateway.producers.openFailure = new Error('no more');
    gateway.producers.die();
    await gateway.clock.advance(5_000);
    const after = gateway.publishAll('t', 20, 30);
    await gateway.clock.advance(60_000);
    expect(tally(states([...before, ...after]))).toEqual({ RETRIES_EXHAUSTED: 30 });
  });

  it('given a start() that fails, then messages wait for the next one', async () => {
    const gateway = new StoringPorts({ store: { storeAfterMs: 0 } });
    toStop(gateway);
    gateway.producers.openFailure = new Error('no addon');
    const starting = gateway.northward.start();
    const all = gateway.publishAll('t', 0, 3);
    await expect(starting).rejects.toThrow();
    await gateway.clock.advance(1_000);
    expect(tally(states(all))).toEqual({ open: 3 });
    gateway.producers.openFailure = null;
    await gateway.northward.start();
    await gateway.clock.advance(1_000);
    expect(tally(states(all))).toEqual({ delivered: 3 });
    expect(gateway.handed('t')).toEqual(range(0, 3));
  });
});

describe('§2 drop_oldest with a disk that takes nothing', () => {
  it('given that, then the oldest that are in memory only make room, and what is on disk stays', async () => {
    const gateway = await started({ uplink: { queue: { maxMessages: 40, whenFull: 'drop_oldest' } } });
    await gateway.northward.setConnected(false);
    const stored = gateway.publishAll(0, 10);
    await gateway.northward.advanceTime(5_000);
    gateway.disk.readOnly(true);
    const later = gateway.publishAll(10, 70);
    await gateway.northward.advanceTime(1_000);
    const more = gateway.publishAll(70, 80);
    await gateway.northward.settle();
    expect(states(stored)).not.toContain('QUEUE_DROPPED');
    expect(tally(states([...later, ...more]))['QUEUE_DROPPED'] ?? 0).toBeGreaterThan(0);
    expect(states(more)).toEqual(range(0, 10).map(() => 'open'));
    // And the ten that are on disk, which take no room.
    expect(gateway.northward.metrics().uplink.queue.messages).toBeLessThanOrEqual(50);
  });
});
