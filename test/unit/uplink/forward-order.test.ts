/** §10 Order: one for each key, over client, memory and disk. */
import { describe, expect, it } from 'vitest';
import { openGateways } from '../../support/open-gateways.js';
import { range, states, tally } from '../../support/storing-gateway.js';

const { started, onPorts } = openGateways();

describe('§10 order per key', () => {
  it('given older records in the client when the outage begins, then they come first, and each comes once', async () => {
    const gateway = await onPorts({ uplink: { queue: { maxMessages: 60 } } });
    // Known to exist: the client gets many.
    gateway.publishAll('t', 0, 1);
    await gateway.clock.settle();
    gateway.producers.hold = true;
    gateway.publishAll('t', 1, 21);
    gateway.producers.up = false;
    gateway.producers.listener?.onAllBrokersDown();
    for (let n = 21; n < 200; n += 1) {
      gateway.publish('t', n);
      await gateway.clock.advance(200);
    }
    gateway.producers.up = true;
    gateway.producers.hold = false;
    gateway.producers.connect();
    await gateway.until('all delivered', () => gateway.northward.metrics().uplink.success === 200);
    expect(gateway.handed('t')).toEqual(range(0, 200));
  });

  it('given a client that dies in the outage, then what it held is sent again before everything else', async () => {
    const gateway = await onPorts({ uplink: { queue: { maxMessages: 60 } } });
    gateway.publishAll('t', 0, 1);
    await gateway.clock.settle();
    gateway.producers.hold = true;
    for (let n = 1; n < 100; n += 1) {
      gateway.publish('t', n);
      await gateway.clock.advance(200);
    }
    const before = gateway.handed('t').length;
    gateway.producers.die();
    gateway.producers.hold = false;
    await gateway.until('all delivered', () => gateway.northward.metrics().uplink.success === 100);
    expect(gateway.handed('t').slice(before)).toEqual(range(1, 100));
  });

  it('given constant traffic while the backlog drains, then the lane gets back to direct, and order holds', async () => {
    const gateway = await started({ uplink: { queue: { maxMessages: 100 } } });
    await gateway.northward.setConnected(false);
    let n = 0;
    for (; n < 500; n += 1) {
      gateway.publish(n);
      await gateway.northward.advanceTime(100);
    }
    await gateway.northward.setConnected(true);
    for (; n < 1_000; n += 1) {
      gateway.publish(n);
      await gateway.northward.advanceTime(10);
    }
    const { written } = gateway.northward.metrics().store?.lanes[2] ?? { written: 0 };
    const direct = gateway.publish(n);
    await gateway.northward.settle();
    expect(states([direct])).toEqual(['delivered']);
    await gateway.northward.advanceTime(5_000);
    expect(gateway.northward.metrics().store?.lanes[2]?.written).toBe(written);
    expect(gateway.arrived()).toEqual(range(0, n + 1));
  });

  it('given storeAfterMs 0 in and after an outage, then order holds, and nothing is sent before it is synced', async () => {
    const gateway = await started({ store: { storeAfterMs: 0 }, uplink: { queue: { maxMessages: 100 } } });
    for (let n = 0; n < 300; n += 1) {
      if (n === 50) await gateway.northward.setConnected(false);
      if (n === 250) await gateway.northward.setConnected(true);
      gateway.publish(n);
      await gateway.northward.advanceTime(30);
    }
    await gateway.until('all arrived', () => gateway.arrived().length === 300);
    expect(gateway.arrived()).toEqual(range(0, 300));
    await gateway.northward.advanceTime(2_000);
    expect(gateway.backlog).toBe(0);
  });

  it('given a backlog that a slow disk holds up, then a message with a key waits behind it', async () => {
    const gateway = await started({ uplink: { queue: { maxMessages: 20 } } });
    await gateway.northward.setConnected(false);
    gateway.publishAll(0, 15);
    await gateway.northward.advanceTime(40_000);
    gateway.disk.hang(true);
    await gateway.northward.setConnected(true);
    expect(gateway.arrived()).toEqual(range(0, 10));
    const live = gateway.publish(100);
    await gateway.northward.advanceTime(1_000);
    expect(states([live])).toEqual(['open']);
    gateway.disk.hang(false);
    await gateway.until('all arrived', () => gateway.arrived().length === 16);
    expect(gateway.arrived()).toEqual([...range(0, 15), 100]);
  });

  it('given messages without a key, then they do not wait behind a backlog', async () => {
    const gateway = await started({ key: '', uplink: { queue: { maxMessages: 20 } } });
    await gateway.northward.setConnected(false);
    gateway.publishAll(0, 15);
    await gateway.northward.advanceTime(40_000);
    gateway.disk.hang(true);
    await gateway.northward.setConnected(true);
    const live = gateway.publish(100);
    await gateway.northward.settle();
    expect(states([live])).toEqual(['delivered']);
    gateway.disk.hang(false);
    await gateway.until('all arrived', () => gateway.arrived().length === 16);
  });

  it('given lanes, then the most important one goes first', async () => {
    const gateway = await started({ uplink: { queue: { maxMessages: 10 } } });
    await gateway.northward.setConnected(false);
    for (let n = 0; n < 50; n += 1) {
      gateway.publish(n);
      await gateway.northward.advanceTime(500);
    }
    for (let n = 100; n < 110; n += 1) {
      gateway.alarm(n);
      await gateway.northward.advanceTime(500);
    }
    await gateway.northward.setConnected(true);
    await gateway.until('all arrived', () => gateway.arrived().length === 60);
    const order = gateway.northward.published.map(({ kind }) => kind);
    // What was in memory goes at once.
    expect(order.lastIndexOf('alarm')).toBeLessThan(order.lastIndexOf('telemetry'));
    expect(gateway.arrived('1').filter((n) => n < 100)).toEqual(range(0, 50));
  });
});

describe('§10 live_first', () => {
  it('given a backlog, then keyed live messages do not wait for it, and replayed ones say so', async () => {
    const gateway = await started({
      store: { replay: { order: 'live_first' } },
      uplink: { queue: { maxMessages: 20 }, headers: ['device_id'] },
    });
    await gateway.northward.setConnected(false);
    for (let n = 0; n < 100; n += 1) {
      gateway.publish(n);
      await gateway.northward.advanceTime(500);
    }
    gateway.disk.hang(true);
    await gateway.northward.setConnected(true);
    await gateway.northward.advanceTime(1_000);
    const live = gateway.publish(1_000);
    await gateway.northward.settle();
    expect(states([live])).toEqual(['delivered']);
    gateway.disk.hang(false);
    await gateway.until('all arrived', () => gateway.arrived().length === 101);
    const replayed = gateway.northward.published.filter(({ headers }) => headers['replayed'] === 'true');
    const direct = gateway.northward.published.filter(({ headers }) => !('replayed' in headers));
    expect(replayed.length).toBeGreaterThan(80);
    expect(replayed.length + direct.length).toBe(101);
    expect(direct.map(({ timestampMs }) => timestampMs - 1_700_000_000_000)).toContain(1_000);
    expect(replayed[0]?.headers).toEqual({ device_id: '1', replayed: 'true' });
  });
});

describe('§10 uplink.enabled false', () => {
  it('given a backlog of a former life, then only replies and dead letters go out; the rest stays', async () => {
    const replies = { rpcResponse: { enabled: true, topic: 'answers' } };
    const first = await started({ uplink: replies, store: { storeAfterMs: 0 } });
    await first.northward.setConnected(false);
    first.publishAll(0, 5);
    first.alarm(10);
    void first.northward.publishRpcResponse({ deviceId: 1, requestId: 'r', targetType: 'GATEWAY' });
    await first.northward.stop();
    const downlink = { commandReceived: { enabled: true, topic: 'commands' } };
    const second = await started({ disk: first.disk, uplink: { ...replies, enabled: false }, downlink });
    await second.northward.advanceTime(10_000);
    expect(second.northward.published.map(({ kind }) => kind)).toEqual(['rpc_response']);
    expect(second.backlog).toBe(6);
    await second.northward.stop();
    const third = await started({ disk: first.disk });
    await third.until('the rest', () => third.arrived().length === 6);
    expect(tally(third.northward.published.map(({ kind }) => kind))).toEqual({ telemetry: 5, alarm: 1 });
  });
});
