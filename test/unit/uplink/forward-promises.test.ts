/** §10 When promises end, and what is in memory, where a store is configured. */
import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../../src/api/uplink.js';
import { openGateways } from '../../support/open-gateways.js';
import { states, StoringGateway, tally } from '../../support/storing-gateway.js';

const { toStop, started } = openGateways();

const written = (gateway: StoringGateway): number =>
  gateway.northward.metrics().store?.lanes.find(({ lane }) => lane === 'telemetry')?.written ?? -1;

describe('§10 storeAfterMs', () => {
  it('given no report for so long, then the message is written down, with all older ones, and not before', async () => {
    const gateway = await started();
    gateway.northward.holdDelivery();
    gateway.publishAll(0, 5);
    await gateway.northward.advanceTime(900);
    gateway.publishAll(5, 10);
    await gateway.northward.advanceTime(99);
    expect(written(gateway)).toBe(0);
    await gateway.northward.advanceTime(300);
    expect(written(gateway)).toBe(5);
    await gateway.northward.advanceTime(900);
    expect(written(gateway)).toBe(10);
    await gateway.northward.releaseDelivery();
    await gateway.northward.advanceTime(2_000);
    expect(gateway.backlog).toBe(0);
  });

  it('given half of uplink.queue in use, then what is new goes to disk only', async () => {
    const gateway = await started({ uplink: { queue: { maxMessages: 100 } } });
    await gateway.northward.setConnected(false);
    gateway.publishAll(0, 80);
    await gateway.northward.advanceTime(500);
    expect(written(gateway)).toBe(80);
    expect(gateway.northward.metrics().uplink.queue.messages).toBe(50);
    expect(gateway.northward.metrics().uplink.queue.bytes).toBeLessThan(100 * 400);
  });
});

describe('§10 promises', () => {
  it('given messageTimeoutMs has passed, then a stored message ends as stored, and its delivery is an event', async () => {
    const gateway = await started();
    await gateway.northward.setConnected(false);
    const one = gateway.publish(1);
    await gateway.northward.advanceTime(29_900);
    expect(states([one])).toEqual(['open']);
    await gateway.northward.advanceTime(200);
    expect(one.outcome).toMatchObject({ status: 'stored', lane: 'telemetry' });
    await gateway.northward.setConnected(true);
    await gateway.until('it arrived', () => gateway.delivered.length === 1);
    const { id } = one.outcome as Extract<Outcome, { status: 'stored' }>;
    expect(gateway.delivered).toMatchObject([
      { id, lane: 'telemetry', receipt: { status: 'delivered', topic: 'data', offset: 0 } },
    ]);
    expect(gateway.delivered[0]).not.toHaveProperty('former');
  });

  it('given a broker that is back before that, then the promise ends as delivered, and there is no event', async () => {
    const gateway = await started({ uplink: { queue: { maxMessages: 20 } } });
    await gateway.northward.setConnected(false);
    const all = gateway.publishAll(0, 20);
    await gateway.northward.advanceTime(10_000);
    await gateway.northward.setConnected(true);
    await gateway.until('all arrived', () => gateway.arrived().length === 20);
    expect(tally(states(all))).toEqual({ delivered: 20 });
    expect(gateway.delivered).toEqual([]);
  });

  it('given more than maxMessages of them, then the oldest end as stored, also without messageTimeoutMs', async () => {
    const gateway = await started({
      uplink: { queue: { maxMessages: 100 }, producer: { messageTimeoutMs: 0 } },
    });
    await gateway.northward.setConnected(false);
    const all = [];
    for (let n = 0; n < 250; n += 10) {
      all.push(...gateway.publishAll(n, n + 10));
      await gateway.northward.advanceTime(1_000);
    }
    await gateway.northward.advanceTime(3_600_000);
    expect(states(all).lastIndexOf('stored')).toBe(149);
    expect(tally(states(all))).toEqual({ stored: 150, open: 100 });
    await gateway.northward.setConnected(true);
    await gateway.until('all arrived', () => gateway.arrived().length === 250);
    await gateway.northward.settle();
    expect(tally(states(all))).toEqual({ stored: 150, delivered: 100 });
  });

  it('given until stored, then it ends with the first of the two', async () => {
    const gateway = await started();
    const quick = gateway.publish(1, 1, { until: 'stored' });
    await gateway.northward.settle();
    expect(states([quick])).toEqual(['delivered']);
    await gateway.northward.setConnected(false);
    const slow = gateway.publish(2, 1, { until: 'stored' });
    await gateway.northward.advanceTime(1_300);
    expect(states([slow])).toEqual(['stored']);
  });

  it('given until stored and no store that works, then it is refused with STORE_DEGRADED and not taken', async () => {
    const gateway = await started();
    gateway.disk.readOnly(true);
    await gateway.northward.setConnected(false);
    gateway.publish(1);
    await gateway.northward.advanceTime(2_000);
    const refused = gateway.publish(2, 1, { until: 'stored' });
    await gateway.northward.settle();
    expect(states([refused])).toEqual(['STORE_DEGRADED']);
    expect(gateway.undelivered).toEqual(['STORE_DEGRADED']);
    expect(gateway.northward.metrics().uplink.queue.messages).toBe(1);
  });

  it('given until stored before the store is open, then it waits for that', async () => {
    const gateway = new StoringGateway({ store: { storeAfterMs: 0 } });
    toStop(gateway);
    gateway.disk.hang(true);
    await gateway.northward.start();
    const one = gateway.publish(1, 1, { until: 'stored' });
    await gateway.northward.advanceTime(10_000);
    expect(states([one])).toEqual(['open']);
    gateway.disk.hang(false);
    await gateway.northward.advanceTime(1_000);
    expect(['stored', 'delivered']).toContain(states([one])[0]);
  });
});

describe('§10 publishBatch', () => {
  it('given an outage, then each event ends as stored at its place', async () => {
    const gateway = await started({ uplink: { queue: { maxMessages: 1_000 } } });
    await gateway.northward.setConnected(false);
    const events = Array.from({ length: 600 }, (_, n) => ({
      kind: 'telemetry' as const,
      deviceId: 1,
      deviceName: 'd',
      values: { n },
    }));
    let outcomes: readonly Outcome[] = [];
    void gateway.northward.publishBatch(events, { until: 'stored' }).then((all) => (outcomes = all));
    await gateway.northward.advanceTime(2_000);
    expect(tally(outcomes.map(({ status }) => status))).toEqual({ stored: 600 });
    const ids = outcomes.map((outcome) => (outcome.status === 'stored' ? outcome.id : ''));
    expect(new Set(ids).size).toBe(600);
  });
});

describe('§10 whenFull', () => {
  it('given a disk that hangs, then uplink.queue bounds what is in memory', async () => {
    const gateway = await started({ uplink: { queue: { maxMessages: 50 } } });
    await gateway.northward.setConnected(false);
    gateway.disk.hang(true);
    const all = gateway.publishAll(0, 60);
    await gateway.northward.advanceTime(5_000);
    expect(tally(states(all))).toEqual({ open: 50, QUEUE_FULL: 10 });
    gateway.disk.hang(false);
    await gateway.northward.advanceTime(500);
    expect(tally(states(gateway.publishAll(60, 70)))).toEqual({ open: 10 });
  });

  it('given wait, then callers are let in when the disk goes on', async () => {
    const gateway = await started({
      uplink: { queue: { maxMessages: 50, whenFull: 'wait', waitMs: 60_000 } },
    });
    await gateway.northward.setConnected(false);
    gateway.disk.hang(true);
    const all = gateway.publishAll(0, 60);
    await gateway.northward.advanceTime(5_000);
    expect(gateway.northward.metrics().uplink.queue).toMatchObject({ messages: 50, waitingCallers: 10 });
    gateway.disk.hang(false);
    await gateway.northward.advanceTime(1_000);
    expect(gateway.northward.metrics().uplink.queue.waitingCallers).toBe(0);
    await gateway.northward.advanceTime(31_000);
    expect(tally(states(all))).toEqual({ stored: 60 });
  });
});
