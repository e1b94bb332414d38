import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Undelivered } from '../../../src/api/events.js';
import { RD } from '../../../src/kafka/port/codes.js';
import { memoryNorthward, reading, rejection, until } from '../../support/memory-northward.js';

const stops: Array<() => Promise<unknown>> = [];
function make(...args: Parameters<typeof memoryNorthward>): ReturnType<typeof memoryNorthward> {
  const made = memoryNorthward(...args);
  stops.push(() => made.northward.stop({ timeoutMs: 50 }));
  return made;
}
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

describe('§7 every accepted message ends exactly once in a receipt or a typed error', () => {
  it('gives a receipt with topic, partition, offset and record timestamp', async () => {
    const { northward } = make();
    await northward.start();
    const receipt = await northward.publishTelemetry(reading('pump-1', 5));
    expect(receipt).toEqual({
      status: 'delivered',
      topic: 'pump-1',
      partition: 0,
      offset: 0,
      timestampMs: 1_700_000_000_005,
    });
  });

  it('§8.1 does not resolve before the delivery report', async () => {
    const { northward, producers } = make();
    producers.hold = true;
    await northward.start();
    const settled = vi.fn();
    const published = northward.publishTelemetry(reading('pump-1')).then(settled);
    await until('handed over', () => producers.handed.length === 1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(settled).not.toHaveBeenCalled();
    producers.release();
    await published;
    expect(settled).toHaveBeenCalledOnce();
  });

  it('§7.2 believes a report without an offset only behind a record of the partition whose offset was told', async () => {
    const { northward, producers } = make();
    producers.hold = true;
    await northward.start();
    const published = [1, 2, 3].map((n) => northward.publishTelemetry(reading('pump-1', n)));
    await until('handed over', () => producers.handed.length === 3);
    const [first, second, third] = producers.handed;
    // What librdkafka concludes from the second one.
    producers.listener?.onReport(first!.id, null, 0, null);
    producers.listener?.onReport(second!.id, null, 0, 7);
    producers.listener?.onReport(third!.id, null, 0, null);
    expect(await rejection(published[0]!)).toMatchObject({
      code: 'DELIVERY_UNKNOWN',
      retryable: true,
      topic: 'pump-1',
    });
    expect(await published[1]).toMatchObject({ status: 'delivered', offset: 7 });
    expect(await published[2]).toMatchObject({ status: 'delivered', offset: null });
  });

  it('§7.2 begins again with each producer, and with each partition', async () => {
    const { northward, producers } = make();
    producers.hold = true;
    await northward.start();
    const published = [1, 2, 3].map((n) => northward.publishTelemetry(reading('pump-1', n)));
    await until('handed over', () => producers.handed.length === 3);
    producers.listener?.onReport(producers.handed[0]!.id, null, 0, 7);
    producers.listener?.onReport(producers.handed[1]!.id, null, 1, null);
    expect(await published[0]).toMatchObject({ offset: 7 });
    expect(await rejection(published[1]!)).toMatchObject({ code: 'DELIVERY_UNKNOWN' });
    producers.listener?.onFatal('out of order');
    await until('handed to the next one', () => producers.handed.length === 4);
    producers.listener?.onReport(producers.handed[3]!.id, null, 0, null);
    expect(await rejection(published[2]!)).toMatchObject({ code: 'DELIVERY_UNKNOWN' });
  });

  it('says skipped, and why, for a mapping or an uplink that is off', async () => {
    const off = make({ uplink: { enabled: false } });
    await off.northward.start();
    expect(await off.northward.publishTelemetry(reading('a'))).toEqual({
      status: 'skipped',
      reason: 'uplink_disabled',
    });
    expect(off.producers.opened).toBe(0);
    const { northward } = make();
    await northward.start();
    const online = { deviceId: 1, deviceName: 'a', deviceType: 'plc' };
    expect(await northward.publishOnline(online)).toEqual({ status: 'skipped', reason: 'mapping_disabled' });
    expect(northward.metrics().uplink.skipped).toBe(1);
  });

  it('ends a refused delivery in a typed error that names topic and device', async () => {
    const { northward, producers } = make();
    producers.outcomes.set('pump-1', RD.MSG_TIMED_OUT);
    await northward.start();
    const error = await rejection(northward.publishTelemetry(reading('pump-1')));
    expect(error).toMatchObject({
      code: 'DELIVERY_TIMEOUT',
      retryable: true,
      topic: 'pump-1',
      deviceName: 'pump-1',
    });
    expect(error.message).toContain('pump-1');
    expect(error.hint).toBeTruthy();
  });

  it('is safe to ignore: no unhandled rejection, an undelivered event with the whole record', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    const { northward, producers } = make();
    producers.outcomes.set('pump-1', RD.MSG_TIMED_OUT);
    const undelivered: Undelivered[] = [];
    northward.on('undelivered', (message) => undelivered.push(message));
    void northward.publishTelemetry(reading('early'));
    await northward.start();
    void northward.publishTelemetry(reading('pump-1', 3));
    void northward.publishTelemetry({ ...reading('bad'), values: 7 as never });
    await until('three events', () => undelivered.length === 3);
    await new Promise((resolve) => setTimeout(resolve, 5));
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
    expect(undelivered.map((message) => message.error.code).sort()).toEqual([
      'DELIVERY_TIMEOUT',
      'EVENT_INVALID',
      'NOT_STARTED',
    ]);
    const sent = undelivered.find((message) => message.error.code === 'DELIVERY_TIMEOUT');
    expect(sent?.record).toMatchObject({
      topic: 'pump-1',
      key: Buffer.from('1'),
      timestampMs: 1_700_000_000_003,
    });
    expect(sent?.record?.headers.device_name).toBe('pump-1');
    expect(JSON.parse(String(sent?.record?.value))).toMatchObject({ event: { kind: 'telemetry' } });
  });

  it('lets an undelivered listener publish again at once, and survives one that throws or rejects', async () => {
    const errors: string[] = [];
    const logger = { debug: () => 0, info: () => 0, warn: () => 0, error: (m: string) => errors.push(m) };
    const { northward, producers } = make({}, { logger: logger as never });
    producers.outcomes.set('pump-1', RD.MSG_TIMED_OUT);
    await northward.start();
    const again = new Promise((resolve) => {
      northward.on('undelivered', () => {
        resolve(northward.publishTelemetry(reading('pump-2')));
      });
    });
    northward.on('undelivered', () => {
      throw new Error('listener');
    });
    northward.on('undelivered', () => Promise.reject(new Error('async listener')));
    void northward.publishTelemetry(reading('pump-1'));
    expect(await again).toMatchObject({ status: 'delivered', topic: 'pump-2' });
    expect(errors).toHaveLength(2);
  });

  it('counts by result and cause, without device labels', async () => {
    const { northward, producers } = make();
    producers.outcomes.set('bad', RD.MSG_SIZE_TOO_LARGE);
    await northward.start();
    await northward.publishTelemetry(reading('good'));
    await rejection(northward.publishTelemetry(reading('bad')));
    const { uplink } = northward.metrics();
    expect(uplink).toMatchObject({
      success: 1,
      fail: 1,
      failedByCode: { MESSAGE_TOO_LARGE: 1 },
      reconnects: 0,
    });
    expect(uplink.latency.count).toBe(1);
    expect(uplink.queue).toEqual({ messages: 0, bytes: 0, inFlight: 0, waitingCallers: 0 });
  });
});

describe('§7 publishBatch', () => {
  it('has the outcome of each event at its place and never rejects for one', async () => {
    const { northward, producers } = make();
    producers.outcomes.set('bad', RD.MSG_TIMED_OUT);
    await northward.start();
    const outcomes = await northward.publishBatch([
      { kind: 'telemetry', ...reading('good') },
      { kind: 'telemetry', ...reading('bad') },
      { kind: 'attributes', deviceId: 1, deviceName: 'good' },
      { kind: 'nonsense' } as never,
      null as never,
      { kind: 'telemetry', ...reading('good', 1) },
    ]);
    expect(
      outcomes.map((outcome) => (outcome.status === 'failed' ? outcome.error.code : outcome.status)),
    ).toEqual(['delivered', 'DELIVERY_TIMEOUT', 'skipped', 'EVENT_INVALID', 'EVENT_INVALID', 'delivered']);
    expect(await northward.publishBatch([])).toEqual([]);
  });

  it('keeps order between a batch taken in by slices and the calls after it', async () => {
    const { northward, producers } = make();
    await northward.start();
    const batch = northward.publishBatch(
      Array.from({ length: 1_000 }, (_, n) => ({ kind: 'telemetry' as const, ...reading('a', n) })),
    );
    const second = northward.publishBatch([{ kind: 'telemetry', ...reading('a', 1_000) }]);
    const third = northward.publishTelemetry(reading('a', 1_001));
    await Promise.all([batch, second, third]);
    const order = producers.handed.map((record) => record.timestampMs - 1_700_000_000_000);
    expect(order).toEqual(Array.from({ length: 1_002 }, (_, n) => n));
  });
});
