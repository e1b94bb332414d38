/** §10 What goes wrong: the disk, the broker's answers, the client. */
import { describe, expect, it } from 'vitest';
import { openGateways } from '../../support/open-gateways.js';
import { range, states, StoringGateway, tally } from '../../support/storing-gateway.js';

const { started } = openGateways();

const told = ({ lines }: StoringGateway, text: string): number =>
  lines.filter((line) => line.includes(text)).length;

describe('§10 a disk in trouble', () => {
  it('given a read-only disk in an outage, then messages are in memory only, and end as without a store', async () => {
    const gateway = await started();
    gateway.disk.readOnly(true);
    await gateway.northward.setConnected(false);
    const all = gateway.publishAll(0, 10);
    await gateway.northward.advanceTime(29_000);
    expect(tally(states(all))).toEqual({ open: 10 });
    await gateway.northward.advanceTime(2_000);
    // The client holds them for as long as it likes.
    expect(tally(states(all))).toEqual({ DELIVERY_UNKNOWN: 10 });
    expect(gateway.errors.map(({ code }) => code)).toContain('STORE_DEGRADED');
    expect(gateway.northward.metrics()).toMatchObject({
      store: { state: 'degraded' },
      states: { uplink: 'reconnecting' },
      uplink: { queue: { messages: 0 } },
    });
    await gateway.northward.setConnected(true);
    await gateway.northward.advanceTime(1_000);
    expect(gateway.northward.metrics().uplink).toMatchObject({ fail: 10, success: 0 });
  });

  it('given a read-only disk and a broker that answers, then nothing is felt', async () => {
    const gateway = await started({ store: { storeAfterMs: 0 } });
    gateway.disk.readOnly(true);
    const all = gateway.publishAll(0, 10);
    await gateway.northward.advanceTime(1_000);
    const more = gateway.publishAll(10, 20);
    await gateway.northward.advanceTime(1_000);
    expect(tally(states([...all, ...more]))).toEqual({ delivered: 20 });
    expect(gateway.arrived()).toEqual(range(0, 20));
    expect(gateway.northward.states.uplink).toBe('connected');
  });

  it('given a disk that works again, then what is in memory goes there, and one line says so', async () => {
    const gateway = await started();
    await gateway.northward.setConnected(false);
    gateway.disk.readOnly(true);
    const all = gateway.publishAll(0, 10);
    await gateway.northward.advanceTime(5_000);
    expect(gateway.northward.metrics().store?.state).toBe('degraded');
    gateway.disk.readOnly(false);
    await gateway.northward.advanceTime(10_000);
    expect(gateway.northward.metrics().store).toMatchObject({ state: 'working' });
    expect(gateway.backlog).toBe(10);
    expect(told(gateway, 'works again')).toBe(1);
    await gateway.northward.advanceTime(30_000);
    expect(tally(states(all))).toEqual({ stored: 10 });
    await gateway.northward.setConnected(true);
    await gateway.until('all arrived', () => gateway.arrived().length === 10);
    expect(gateway.arrived()).toEqual(range(0, 10));
  });

  it('given what it did not take goes there later, and the power fails then, then the next life sends it in order', async () => {
    const first = await new StoringGateway({}).start();
    await first.northward.setConnected(false);
    first.publishAll(0, 10);
    first.disk.readOnly(true);
    await first.northward.advanceTime(2_000);
    expect(first.northward.metrics().store?.state).toBe('degraded');
    first.disk.readOnly(false);
    await first.until('it is there', () => first.backlog === 10);
    first.disk.crash();
    const second = await started({ disk: first.disk });
    await second.until('all arrived', () => second.arrived().length === 10);
    expect(second.arrived()).toEqual(range(0, 10));
  });

  it('given what is on disk only when it fails to be written, then it is in memory again, in order, with its callers', async () => {
    const gateway = await started({ uplink: { queue: { maxMessages: 40 } } });
    await gateway.northward.setConnected(false);
    gateway.publishAll(0, 20);
    await gateway.northward.advanceTime(5_000);
    gateway.disk.readOnly(true);
    const unsynced = gateway.publishAll(20, 40);
    await gateway.northward.advanceTime(1_000);
    expect(gateway.northward.metrics().store?.state).toBe('degraded');
    expect(gateway.northward.metrics().uplink.queue.messages).toBe(40);
    await gateway.northward.setConnected(true);
    await gateway.until('all arrived', () => gateway.arrived().length === 40);
    expect(gateway.arrived()).toEqual(range(0, 40));
    expect(tally(states(unsynced))).toEqual({ delivered: 20 });
  });

  it('given a disk that hangs, then an alarm waits for its sync for a while, and later ones not at all', async () => {
    const gateway = await started();
    gateway.disk.hang(true);
    const first = gateway.alarm(1);
    await gateway.northward.advanceTime(14_000);
    expect(states([first])).toEqual(['open']);
    await gateway.northward.advanceTime(2_000);
    const later = gateway.alarm(2);
    await gateway.northward.advanceTime(100);
    expect(states([first, later])).toEqual(['delivered', 'delivered']);
    expect(gateway.errors.map(({ code }) => code)).toEqual(['STORE_DEGRADED']);
    gateway.disk.hang(false);
    await gateway.northward.advanceTime(5_000);
    const { written = 0 } = gateway.northward.metrics().store?.lanes[0] ?? {};
    const synced = gateway.alarm(3);
    await gateway.northward.advanceTime(1_000);
    expect(states([synced])).toEqual(['delivered']);
    expect(gateway.northward.metrics().store?.lanes[0]?.written).toBe(written + 1);
    expect(gateway.backlog).toBe(0);
  });

  it.each([
    ['telemetry that is stored after a while', {}],
    ['telemetry that is stored first', { lanes: { telemetry: { storeAfterMs: 0 } } }],
  ])(
    'given a disk that hangs and no broker, then %s ends in its time, with its record, and what comes later arrives',
    async (_, store) => {
      const gateway = await started({ store, uplink: { queue: { maxMessages: 20 } } });
      await gateway.northward.setConnected(false);
      // With these half of the queue is full: later ones go to the disk only.
      gateway.publishAll(0, 15);
      await gateway.northward.advanceTime(35_000);
      const values: unknown[] = [];
      gateway.northward.on('undelivered', ({ record }) => values.push(record?.value?.length));
      gateway.disk.hang(true);
      const all = gateway.publishAll(15, 20);
      const ofOther = gateway.publishAll(20, 25, 2);
      const alarm = gateway.alarm(25);
      await gateway.northward.advanceTime(29_000);
      expect(tally(states([...all, ...ofOther, alarm]))).toEqual({ open: 11 });
      await gateway.northward.advanceTime(2_000);
      expect(tally(states([...all, ...ofOther, alarm]))).toEqual({ DELIVERY_UNKNOWN: 11 });
      expect(values).toHaveLength(11);
      expect(values).not.toContain(undefined);
      gateway.disk.hang(false);
      await gateway.northward.advanceTime(5_000);
      await gateway.northward.setConnected(true);
      await gateway.until('the backlog is gone', () => gateway.backlog === 0);
      const later = gateway.publish(26);
      await gateway.northward.advanceTime(1_000);
      expect(states([later])).toEqual(['delivered']);
      expect(gateway.arrived('1').filter((n) => n < 15)).toEqual(range(0, 15));
      gateway.northward.assertDrained();
    },
  );

  it('given a disk in trouble for minutes, then that is told once a minute at most', async () => {
    const gateway = await started();
    gateway.disk.readOnly(true);
    await gateway.northward.setConnected(false);
    for (let n = 0; n < 30; n += 1) {
      gateway.publish(n);
      await gateway.northward.advanceTime(10_000);
    }
    expect(told(gateway, 'store in /store/app-1')).toBeLessThanOrEqual(6);
    expect(told(gateway, 'store in /store/app-1')).toBeGreaterThanOrEqual(1);
  });
});

describe('§10 failures', () => {
  it.each(['DELIVERY_FAILED', 'DELIVERY_TIMEOUT', 'AUTHORIZATION_FAILED'] as const)(
    'given %s, which may be over later, then it is no failure: the message is sent again, in order',
    async (code) => {
      const gateway = await started();
      gateway.northward.failNext(code, { times: 3 });
      const all = gateway.publishAll(0, 10);
      await gateway.northward.advanceTime(10_000);
      expect(tally(states(all))).toEqual({ delivered: 10 });
      expect(gateway.arrived().toSorted((a, b) => a - b)).toEqual(range(0, 10));
      expect(gateway.undelivered).toEqual([]);
      expect(gateway.northward.metrics().uplink).toMatchObject({ fail: 0, success: 10 });
      const again = all.filter(({ outcome }) => outcome?.status === 'delivered' && outcome.maybeDuplicate);
      expect(again.length).toBe(3);
    },
  );

  it('given MESSAGE_TOO_LARGE while its caller waits, then that is told, and nothing of it stays on disk', async () => {
    const gateway = await started({ store: { storeAfterMs: 0 } });
    gateway.northward.failNext('MESSAGE_TOO_LARGE');
    const all = gateway.publishAll(0, 2);
    await gateway.northward.advanceTime(2_000);
    expect(states(all)).toEqual(['MESSAGE_TOO_LARGE', 'delivered']);
    expect(gateway.undelivered).toEqual(['MESSAGE_TOO_LARGE']);
    expect(gateway.lost).toEqual([]);
    expect(gateway.northward.losses()).toEqual([]);
    expect(gateway.backlog).toBe(0);
  });

  it('given MESSAGE_TOO_LARGE after its caller was told stored, then it is lost and in the ledger', async () => {
    const gateway = await started({ store: { storeAfterMs: 0 } });
    gateway.northward.holdDelivery();
    const one = gateway.publish(1, 1, { until: 'stored' });
    await gateway.northward.advanceTime(1_000);
    expect(states([one])).toEqual(['stored']);
    gateway.northward.failNext('MESSAGE_TOO_LARGE');
    await gateway.northward.releaseDelivery();
    await gateway.northward.advanceTime(1_000);
    const id = one.outcome?.status === 'stored' ? one.outcome.id : '';
    expect(gateway.lost).toEqual([{ ids: [id], count: 1, cause: 'refused', lane: 'telemetry' }]);
    expect(gateway.northward.losses()).toMatchObject([
      { cause: 'refused', lane: 'telemetry', kind: 'telemetry', count: 1, atLeast: false },
    ]);
    expect(gateway.undelivered).toEqual([]);
    expect(gateway.northward.metrics().uplink.fail).toBe(0);
    expect(told(gateway, 'telemetry (refused): 1 stored message lost')).toBe(1);
    expect(gateway.backlog).toBe(0);
  });

  it('given too large a message at once, or one that is no event, then it is refused as without a store', async () => {
    const gateway = await started({ uplink: { queue: { maxBytes: 1_048_576 } } });
    const values = { text: 'x'.repeat(1_100_000) };
    const large = gateway.northward.publishTelemetry({ deviceId: 1, deviceName: 'd', values });
    await expect(large).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' });
    const wrong = gateway.northward.publishTelemetry({ deviceId: 1 } as never);
    await expect(wrong).rejects.toMatchObject({ code: 'EVENT_INVALID' });
    expect(gateway.northward.losses()).toEqual([]);
  });
});
