/** §10 Bounds: what counts in `uplink.queue` where a store works, and how much is in memory at most. */
import { describe, expect, it } from 'vitest';
import { openGateways } from '../../support/open-gateways.js';
import { range, states, StoringGateway, tally, type Published } from '../../support/storing-gateway.js';

const { toStop } = openGateways();

async function started(maxMessages: number, queue: Record<string, unknown> = {}): Promise<StoringGateway> {
  const gateway = await new StoringGateway({ uplink: { queue: { maxMessages, ...queue } } }).start();
  toStop(gateway);
  return gateway;
}

/** An outage of three queues, and a broker that is there again, and does not answer yet: the replay takes all it may. */
async function backAndSlow(gateway: StoringGateway, maxMessages: number): Promise<Published[]> {
  const all: Published[] = [];
  await gateway.northward.setConnected(false);
  for (let n = 0; n < 3 * maxMessages; n += maxMessages / 10) {
    all.push(...gateway.publishAll(n, n + maxMessages / 10));
    await gateway.northward.advanceTime(1_000);
  }
  gateway.northward.holdDelivery();
  await gateway.northward.setConnected(true);
  await gateway.northward.advanceTime(1_000);
  return all;
}

describe('§10 a disk that hangs', () => {
  it('given thousands that it has not synced, then they go out in order, with turns of the event loop between', async () => {
    const gateway = await started(8_000);
    await gateway.northward.setConnected(false);
    gateway.disk.hang(true);
    const all = gateway.publishAll(0, 8_000);
    await gateway.northward.settle();
    const replayed = (): number =>
      (gateway.northward.metrics().store?.lanes ?? []).reduce((sum, lane) => sum + lane.replayed, 0);
    let [before, largest, samples] = [0, 0, true];
    const sample = (): void => {
      largest = Math.max(largest, replayed() - before);
      before = replayed();
      if (samples) setImmediate(sample);
    };
    sample();
    await gateway.northward.setConnected(true);
    await gateway.until('all arrived', () => gateway.arrived().length === 8_000);
    samples = false;
    expect(gateway.arrived()).toEqual(range(0, 8_000));
    expect(before).toBeGreaterThan(3_000);
    expect(largest).toBeLessThanOrEqual(1_000);
    gateway.disk.hang(false);
    await gateway.until('all ended', () => gateway.backlog === 0);
    expect(tally(states(all))).toEqual({ delivered: 8_000 });
  });
});

describe('§10 what is synced takes no room in uplink.queue', () => {
  it.each([20, 200, 2_000])(
    'given a queue of %d and a replay that fills its part, then new messages are taken, as many as the queue holds',
    async (maxMessages) => {
      const gateway = await started(maxMessages);
      const all = await backAndSlow(gateway, maxMessages);
      const from = 3 * maxMessages;
      const more = gateway.publishAll(from, from + maxMessages);
      await gateway.northward.settle();
      expect(states(more)).toEqual(range(0, maxMessages).map(() => 'open'));
      await gateway.northward.advanceTime(1_000);
      more.push(...gateway.publishAll(from + maxMessages, from + 2 * maxMessages));
      await gateway.northward.releaseDelivery();
      await gateway.until('all arrived', () => gateway.arrived().length === from + 2 * maxMessages);
      expect(gateway.arrived()).toEqual(range(0, from + 2 * maxMessages));
      expect(Object.keys(tally(states([...all, ...more]))).toSorted()).toEqual(['delivered', 'stored']);
      expect(gateway.northward.metrics().uplink.queue).toMatchObject({ messages: 0, bytes: 0 });
    },
  );

  it('given callers that wait for room (whenFull: wait), then a sync makes it', async () => {
    const gateway = await started(20, { whenFull: 'wait', waitMs: 60_000 });
    await backAndSlow(gateway, 20);
    const more = gateway.publishAll(60, 90);
    expect(gateway.northward.metrics().uplink.queue.waitingCallers).toBe(10);
    await gateway.northward.advanceTime(1_000);
    expect(gateway.northward.metrics().uplink.queue.waitingCallers).toBe(0);
    expect(states(more)).not.toContain('QUEUE_FULL');
  });
});

describe('§10 a topic that has little on its way', () => {
  it('given others that fill half of the queue, and a replay that is full, then its messages go to the client at once', async () => {
    const gateway = await started(2_000);
    await backAndSlow(gateway, 2_000);
    const inFlight = () => gateway.northward.metrics().uplink.queue.inFlight;
    const before = inFlight();
    const alarms = range(0, 10).map((n) => gateway.alarm(n));
    await gateway.northward.advanceTime(200);
    expect(inFlight()).toBe(before + 10);
    await gateway.northward.releaseDelivery();
    await gateway.northward.settle();
    expect(states(alarms)).toEqual(range(0, 10).map(() => 'delivered'));
  });
});

describe('§10 memory is bounded all the same', () => {
  it.each([20, 2_000])(
    'given a queue of %d, a slow broker and a disk that hangs, then twice the queue is in memory at most, and new messages are QUEUE_FULL',
    async (maxMessages) => {
      const gateway = await started(maxMessages);
      await backAndSlow(gateway, maxMessages);
      gateway.disk.hang(true);
      const more: Published[] = [];
      let most = 0;
      for (let n = 0; n < 50; n += 1) {
        const from = 3 * maxMessages + (n * maxMessages) / 10;
        more.push(...gateway.publishAll(from, from + maxMessages / 10));
        await gateway.northward.advanceTime(100);
        most = Math.max(most, gateway.northward.metrics().uplink.queue.messages);
      }
      expect(most).toBeGreaterThan(maxMessages);
      expect(most).toBeLessThanOrEqual(2 * maxMessages);
      // What is neither synced nor reported fills the queue, and no more.
      expect(tally(states(more))).toEqual({ open: maxMessages, QUEUE_FULL: 4 * maxMessages });
      gateway.disk.hang(false);
      await gateway.northward.releaseDelivery();
      await gateway.until('all arrived', () => gateway.arrived().length === 4 * maxMessages);
      expect(gateway.northward.metrics().uplink.queue).toMatchObject({ messages: 0, bytes: 0 });
    },
  );

  it('given large messages, then twice the bytes of the queue are in memory at most', async () => {
    const maxBytes = 1024 * 1024;
    const gateway = await started(10_000, { maxBytes });
    const text = 'x'.repeat(8_000);
    let most = 0;
    const step = async (n: number): Promise<Published> => {
      const published = gateway.publish(n, 1, undefined, text);
      await gateway.northward.advanceTime(20);
      most = Math.max(most, gateway.northward.metrics().uplink.queue.bytes);
      return published;
    };
    await gateway.northward.setConnected(false);
    for (let n = 0; n < 400; n += 1) await step(n);
    gateway.northward.holdDelivery();
    await gateway.northward.setConnected(true);
    const more: Published[] = [];
    for (let n = 400; n < 500; n += 1) more.push(await step(n));
    expect(states(more)).not.toContain('QUEUE_FULL');
    gateway.disk.hang(true);
    for (let n = 500; n < 800; n += 1) more.push(await step(n));
    expect(most).toBeLessThanOrEqual(2 * maxBytes);
    expect(states(more)).toContain('QUEUE_FULL');
    gateway.disk.hang(false);
  });
});
