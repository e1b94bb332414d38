/** §10 What outlives the process: a power cut, a restart, stop() in an outage. */
import { describe, expect, it } from 'vitest';
import { openGateways } from '../../support/open-gateways.js';
import { range, states, StoringGateway, tally } from '../../support/storing-gateway.js';

const { toStop, started } = openGateways();

describe('§10 a power cut', () => {
  it('given storeAfterMs 1000, when the power fails, then at most what is younger than that and a commit is missing', async () => {
    const first = await started();
    await first.northward.setConnected(false);
    const all = [];
    for (let n = 0; n < 50; n += 1) {
      all.push(first.publish(n));
      await first.northward.advanceTime(100);
    }
    first.disk.crash();
    await first.northward.advanceTime(60_000);
    expect(tally(states(all))).toEqual({ open: 50 });

    const second = await started({ disk: first.disk });
    await second.until('sent again', () => second.backlog === 0);
    const arrived = second.arrived();
    expect(arrived).toEqual(range(0, arrived.length));
    // Accepted 100 ms apart: 1000 ms until it is stored, 200 ms until it is synced.
    expect(arrived.length).toBeGreaterThanOrEqual(50 - 13);
    expect(second.delivered).toHaveLength(arrived.length);
    expect(second.delivered.every(({ former }) => former === true)).toBe(true);
  });

  it('given until stored, when the power fails after it, then it arrives in the next life, by the id of its receipt', async () => {
    const first = await started({ store: { storeAfterMs: 0 } });
    await first.northward.setConnected(false);
    const stored = first.publish(7, 1, { until: 'stored' });
    await first.northward.advanceTime(1_000);
    const receipt = stored.outcome;
    if (receipt?.status !== 'stored') throw new Error('not stored');
    expect(receipt.lane).toBe('telemetry');
    expect(receipt.id).toMatch(/^[\da-f]+-1-1$/);
    first.disk.crash();

    const second = await started({ disk: first.disk });
    await second.until('it arrived', () => second.delivered.length === 1);
    expect(second.delivered[0]).toMatchObject({ id: receipt.id, lane: 'telemetry', former: true });
    expect(second.arrived()).toEqual([7]);
  });

  it('given what a client had before, then the next life says that it may be there twice, and of the rest it does not', async () => {
    const first = await started({ store: { storeAfterMs: 0 } });
    first.northward.holdDelivery();
    first.publishAll(0, 3);
    await first.northward.advanceTime(1_000);
    first.disk.crash();
    const second = await started({ disk: first.disk });
    await second.until('sent again', () => second.delivered.length === 3);
    expect(second.delivered.every(({ receipt }) => receipt.maybeDuplicate === true)).toBe(true);
  });

  it('given the object of the former life, then it is inert: nothing settles, nothing throws, stop() ends at once', async () => {
    const first = await started();
    first.northward.holdDelivery();
    const all = first.publishAll(0, 10);
    await first.northward.advanceTime(500);
    first.disk.crash();
    const later = first.publish(10);
    await first.northward.releaseDelivery();
    await first.northward.advanceTime(100_000);
    expect(tally(states([...all, later]))).toEqual({ open: 11 });
    expect(await first.northward.stop()).toMatchObject({ flushed: 0, stored: 0, undelivered: 0 });
    expect(first.errors).toEqual([]);
  });
});

describe('§10 stop() in an outage', () => {
  it('given messages without a report, then all are stored, told as such, and sent after the next start', async () => {
    const first = await started({ uplink: { queue: { maxMessages: 100 } } });
    await first.northward.setConnected(false);
    const all = first.publishAll(0, 100);
    const report = await first.northward.stop();
    expect(tally(states(all))).toEqual({ stored: 100 });
    expect(report).toMatchObject({ stored: 100, undelivered: 0, flushed: 0, timedOut: false });
    // No broker answers: it does not wait for one.
    expect(report.elapsedMs).toBeLessThan(2_000);

    const second = await started({ disk: first.disk });
    await second.until('sent', () => second.backlog === 0);
    expect(second.arrived()).toEqual(range(0, 100));
    expect(second.delivered).toHaveLength(100);
  });

  it('given a broker that answers, then it waits for the reports, and nothing is stored', async () => {
    const gateway = await started();
    const all = gateway.publishAll(0, 100);
    const report = await gateway.northward.stop();
    expect(tally(states(all))).toEqual({ delivered: 100 });
    expect(report).toMatchObject({ stored: 0, flushed: 100, undelivered: 0, timedOut: false });
  });

  it('given a broker that is connected and silent, then the last second is for the disk', async () => {
    const gateway = await started();
    gateway.northward.holdDelivery();
    const all = gateway.publishAll(0, 10);
    const report = await gateway.northward.stop({ timeoutMs: 10_000 });
    expect(tally(states(all))).toEqual({ stored: 10 });
    expect(report).toMatchObject({ stored: 10, undelivered: 0, timedOut: false });
    expect(report.elapsedMs).toBeGreaterThanOrEqual(9_000);
    expect(report.elapsedMs).toBeLessThan(11_000);
  });

  it('given a disk that takes nothing either, then they end with an error, as without a store', async () => {
    const gateway = await started();
    gateway.disk.readOnly(true);
    await gateway.northward.setConnected(false);
    const all = gateway.publishAll(0, 10);
    const report = await gateway.northward.stop();
    // The client has them.
    expect(tally(states(all))).toEqual({ DELIVERY_UNKNOWN: 10 });
    expect(report).toMatchObject({ stored: 0, undelivered: 10 });
    // A broker might have come back.
    expect(report.elapsedMs).toBeGreaterThanOrEqual(9_000);
  });

  it('given a disk that hangs, then stop() ends in its time', async () => {
    const gateway = await started();
    await gateway.northward.setConnected(false);
    const all = gateway.publishAll(0, 10);
    gateway.disk.hang(true);
    const report = await gateway.northward.stop({ timeoutMs: 5_000 });
    expect(tally(states(all))).toEqual({ DELIVERY_UNKNOWN: 10 });
    expect(report).toMatchObject({ stored: 0, undelivered: 10, timedOut: true });
    expect(report.elapsedMs).toBeLessThan(6_000);
  });

  it('given a large batch that is being taken in, and callers that wait for room, then all of it is stored', async () => {
    const gateway = await started({
      uplink: { queue: { maxMessages: 400, whenFull: 'wait', waitMs: 60_000 } },
    });
    await gateway.northward.setConnected(false);
    const events = range(0, 700).map((n) => ({
      kind: 'telemetry' as const,
      deviceId: 1,
      deviceName: 'd',
      timestamp: 1_700_000_000_000 + n,
      values: { n },
    }));
    const batch = gateway.northward.publishBatch(events);
    const report = await gateway.northward.stop();
    const outcomes = await batch;
    expect(tally(outcomes.map(({ status }) => status))).toEqual({ stored: 700 });
    expect(report).toMatchObject({ stored: 700, undelivered: 0 });
    const second = await started({ disk: gateway.disk });
    await second.until('all arrived', () => second.arrived().length === 700);
    expect(second.arrived()).toEqual(range(0, 700));
  });

  it('given stop() while records are being read, then it ends, and they are there in the next life', async () => {
    const first = await started({ uplink: { queue: { maxMessages: 20 } } });
    await first.northward.setConnected(false);
    for (let n = 0; n < 100; n += 10) {
      first.publishAll(n, n + 10);
      await first.northward.advanceTime(1_000);
    }
    await first.northward.stop();
    const second = new StoringGateway({ disk: first.disk });
    toStop(second);
    await second.northward.start();
    const report = await second.northward.stop({ timeoutMs: 5_000 });
    expect(report.elapsedMs).toBeLessThan(6_000);
    const third = await started({ disk: first.disk });
    await third.until('the rest', () => third.backlog === 0);
    expect([...second.arrived(), ...third.arrived()]).toEqual(range(0, 100));
  });

  it('given stop() right after start(), before the store is open, then what was published is stored all the same', async () => {
    const gateway = new StoringGateway({});
    toStop(gateway);
    const starting = gateway.northward.start();
    const all = gateway.publishAll(0, 5);
    await starting;
    await gateway.northward.setConnected(false);
    const more = gateway.publishAll(5, 10);
    await gateway.northward.stop();
    expect(new Set([...states(all), ...states(more)])).not.toContain('open');
    expect(Object.keys(tally([...states(all), ...states(more)])).toSorted()).toEqual(['delivered', 'stored']);
  });
});

describe('§10 a store that opens late', () => {
  it('given a folder that another one holds at the start, then what is in it goes out when it is free, before newer messages', async () => {
    const first = await started({ uplink: { queue: { maxMessages: 20 } } });
    await first.northward.setConnected(false);
    first.publishAll(0, 20);
    await first.northward.stop();
    first.disk.readOnly(true);

    const second = await started({ disk: first.disk });
    expect(second.northward.metrics().store?.state).toBe('degraded');
    const direct = second.publish(20);
    await second.northward.settle();
    expect(states([direct])).toEqual(['delivered']);
    first.disk.readOnly(false);
    await second.until('the store works', () => second.northward.metrics().store?.state === 'working');
    second.publish(21);
    await second.until('all arrived', () => second.arrived().length === 22);
    expect(second.arrived()).toEqual([20, ...range(0, 20), 21]);
    second.northward.assertDrained();
  });

  it('given a disk that hangs from the start, then messages wait for a while, and go on without it', async () => {
    const gateway = new StoringGateway({ uplink: { queue: { maxMessages: 10 } } });
    toStop(gateway);
    gateway.disk.hang(true);
    const state = (): string | undefined => gateway.northward.metrics().store?.state;
    expect(state()).toBe('opening');
    await gateway.northward.start();
    const all = gateway.publishAll(0, 15);
    const wanted = gateway.publish(15, 1, { until: 'stored' });
    await gateway.northward.advanceTime(10_000);
    expect(tally(states([...all, wanted]))).toEqual({ open: 10, QUEUE_FULL: 6 });
    expect(gateway.arrived()).toEqual([]);
    expect(state()).toBe('opening');
    await gateway.northward.advanceTime(6_000);
    expect(state()).toBe('degraded');
    expect(tally(states(all))).toEqual({ delivered: 10, QUEUE_FULL: 5 });
    expect(states([gateway.publish(16, 1, { until: 'stored' })])).toEqual(['open']);
    await gateway.northward.settle();
    expect(gateway.undelivered.at(-1)).toBe('STORE_DEGRADED');
    gateway.disk.hang(false);
    await gateway.until('it works', () => state() === 'working');
    const stored = gateway.alarm(17, { until: 'stored' });
    await gateway.northward.advanceTime(100);
    expect(['stored', 'delivered']).toContain(states([stored])[0]);
  });

  it('given stop() while the disk hangs from the start, then it ends in its time', async () => {
    const gateway = new StoringGateway({});
    toStop(gateway);
    gateway.disk.hang(true);
    await gateway.northward.start();
    const all = gateway.publishAll(0, 10);
    const report = await gateway.northward.stop({ timeoutMs: 2_000 });
    expect(tally(states(all))).toEqual({ STOPPED: 10 });
    expect(report).toMatchObject({ stored: 0, undelivered: 10 });
    expect(report.elapsedMs).toBeLessThan(3_000);
  });

  it('given stored messages that are not delivered, then assertDrained() of the double tells of them', async () => {
    const gateway = await started();
    await gateway.northward.setConnected(false);
    gateway.publish(1, 1, { until: 'stored' });
    await gateway.northward.advanceTime(2_000);
    expect(() => gateway.northward.assertDrained()).toThrow('1 stored message(s) that are not delivered yet');
  });
});
