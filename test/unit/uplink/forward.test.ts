/** §10 What a store on disk changes for messages, on the double: the real forwarder and engine over a disk in memory. */
import { describe, expect, it } from 'vitest';
import { openGateways } from '../../support/open-gateways.js';
import { range, states, tally } from '../../support/storing-gateway.js';

const { started } = openGateways();

describe('§10 with a broker that answers', () => {
  it('given messages, when delivered in time, then nothing is written to disk', async () => {
    const gateway = await started();
    const all = gateway.publishAll(0, 100);
    await gateway.northward.settle();
    expect(tally(states(all))).toEqual({ delivered: 100 });
    expect(gateway.arrived()).toEqual(range(0, 100));
    await gateway.northward.advanceTime(5_000);
    expect(gateway.northward.metrics().store).toMatchObject({ state: 'working' });
    expect(gateway.northward.metrics().store?.lanes.map(({ written }) => written)).toEqual([0, 0, 0]);
    expect(gateway.delivered).toEqual([]);
  });

  it('given an alarm (storeAfterMs 0), then it is synced before the client gets it', async () => {
    const gateway = await started();
    gateway.disk.hang(true);
    const alarm = gateway.alarm(1);
    await gateway.northward.advanceTime(1_000);
    expect(gateway.arrived()).toEqual([]);
    gateway.disk.hang(false);
    await gateway.northward.advanceTime(100);
    expect(states([alarm])).toEqual(['delivered']);
    expect(gateway.northward.metrics().store?.lanes[0]).toMatchObject({ lane: 'critical', written: 1 });
  });
});

describe('§10 an outage', () => {
  it('given one of ten minutes, when the broker is back, then everything arrives, in order for each key', async () => {
    const gateway = await started({ uplink: { queue: { maxMessages: 200 } } });
    await gateway.northward.setConnected(false);
    const all = [];
    for (let n = 0; n < 3_000; n += 10) {
      for (let i = n; i < n + 10; i += 1) all.push(gateway.publish(i, i % 3));
      await gateway.northward.advanceTime(2_000);
    }
    expect(gateway.northward.metrics().uplink.queue.messages).toBeLessThanOrEqual(200);
    await gateway.northward.setConnected(true);
    await gateway.until('all arrived', () => gateway.arrived().length >= 3_000);
    for (const key of [0, 1, 2]) {
      expect(gateway.arrived(`${key}`)).toEqual(range(0, 1_000).map((n) => 3 * n + key));
    }
    const { delivered, stored, ...others } = tally(states(all));
    expect(others).toEqual({});
    expect((delivered ?? 0) + (stored ?? 0)).toBe(3_000);
    expect(stored).toBeGreaterThan(2_800);
    expect(gateway.delivered).toHaveLength(stored ?? 0);
    expect(gateway.lost).toEqual([]);
    await gateway.northward.advanceTime(2_000);
    expect(gateway.backlog).toBe(0);
  });
});
