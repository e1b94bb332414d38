import { afterEach, describe, expect, test, vi } from 'vitest';
import type { NorthwardConfig } from '../../../src/index.js';
import { DELIVERY_FAULTS } from '../../../src/testing/faults.js';
import { createMemoryNorthward, MEMORY_CONFIG } from '../../../src/testing/index.js';
import { reading, rejection } from '../../support/memory-northward.js';

const NOW = 1_734_870_900_000;

async function started(config?: NorthwardConfig, keep?: number) {
  const northward = createMemoryNorthward(config, { now: () => NOW, keep });
  await northward.start();
  await northward.ready();
  return northward;
}

const queue = (maxMessages: number): NorthwardConfig => ({
  ...MEMORY_CONFIG,
  uplink: { ...MEMORY_CONFIG.uplink, queue: { maxMessages } },
});

describe('published', () => {
  test('given no configuration, when telemetry is published, then it is there decoded and raw', async () => {
    const northward = await started();
    const receipt = await northward.publishTelemetry({ ...reading('pump-1'), timestamp: NOW });
    expect(receipt).toEqual({
      status: 'delivered',
      topic: 'ng.uplink.telemetry',
      partition: 0,
      offset: 0,
      timestampMs: NOW,
    });
    const [record] = northward.published;
    expect(record).toMatchObject({
      kind: 'telemetry',
      topic: 'ng.uplink.telemetry',
      key: '1',
      offset: 0,
      timestampMs: NOW,
      headers: { event_kind: 'telemetry', device_name: 'pump-1' },
      data: {
        device_id: 1,
        timestamp: '2024-12-22T12:35:00Z',
        values: [{ point_id: 1, point_key: 'n', value: 0 }],
      },
    });
    expect(record?.body).toEqual(JSON.parse(record?.raw.value?.toString() ?? ''));
    expect(record?.raw.key).toEqual(Buffer.from('1'));
    expect(record?.raw.headers).toContainEqual(['event_kind', Buffer.from('telemetry')]);
  });

  test('given no configuration, when every kind is published, then each is there under its kind', async () => {
    const northward = await started();
    const device = { deviceId: 1, deviceName: 'd', deviceType: 't' };
    await northward.publishOnline(device);
    await northward.publishOffline(device);
    await northward.publishAttributes({ deviceId: 1, deviceName: 'd' });
    await northward.publishAlarm({ ...device, alarmType: 'hot', severity: 'MAJOR', message: 'hot' });
    await northward.publishRpcResponse({ deviceId: 1, requestId: 'r', targetType: 'GATEWAY' });
    await northward.publishWritePointResponse({ requestId: 'w', pointId: 1, deviceId: 1, status: 'Success' });
    expect(northward.published.map(({ kind }) => kind)).toEqual([
      'device_connected',
      'device_disconnected',
      'attributes',
      'alarm',
      'rpc_response',
      'write_point_response',
    ]);
    northward.assertDrained();
  });

  test('given mapped_json without headers, then the kind is known and data is the body', async () => {
    const telemetry = {
      enabled: true,
      payload: { mode: 'mapped_json', config: { 'site.name': 'data.device_name' } },
    } as const;
    const northward = await started({ ...MEMORY_CONFIG, uplink: { telemetry, headers: false } });
    await northward.publishTelemetry(reading('a'));
    expect(northward.published).toMatchObject([
      { kind: 'telemetry', headers: {}, data: { site: { name: 'a' } } },
    ]);
  });

  test('given an integer beyond 2^53, then data has it exactly', async () => {
    const northward = await started();
    await northward.publishTelemetry({ ...reading('a'), values: { n: 2n ** 60n } });
    expect(northward.published).toMatchObject([{ data: { values: [{ value: 2n ** 60n }] } }]);
  });

  test('given a long run, then the latest records are kept', async () => {
    const northward = await started(undefined, 3);
    const events = Array.from({ length: 10 }, (_, n) => ({ kind: 'telemetry' as const, ...reading('a', n) }));
    await northward.publishBatch(events);
    expect(northward.published.map(({ offset }) => offset)).toEqual([7, 8, 9]);
  });

  test('given what is refused or skipped, then it is not there, and says why as the real one does', async () => {
    const northward = await started({ ...MEMORY_CONFIG, uplink: { telemetry: { enabled: true } } });
    expect(await northward.publishOnline({ deviceId: 1, deviceName: 'a', deviceType: 't' })).toEqual({
      status: 'skipped',
      reason: 'mapping_disabled',
    });
    const wrong = northward.publishTelemetry({ ...reading('a'), deviceId: 1.5 });
    expect(await rejection(wrong)).toMatchObject({ code: 'EVENT_INVALID' });
    expect(northward.published).toEqual([]);
  });

  test('given a wrong configuration, then it is refused as by the real one', () => {
    const config = { connection: { bootstrapServers: 'a' }, uplink: { telemetri: {} } };
    expect(() => createMemoryNorthward(config as NorthwardConfig)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
  });
});

describe('what goes wrong', () => {
  test.each(Object.keys(DELIVERY_FAULTS) as (keyof typeof DELIVERY_FAULTS)[])(
    'given failNext(%s), then the next publish rejects with it, and the one after is delivered or the topic is out',
    async (code) => {
      const northward = await started();
      expect(DELIVERY_FAULTS[code].code).toBe(code);
      northward.failNext(code);
      expect(await rejection(northward.publishTelemetry(reading('a')))).toMatchObject({ code });
      expect(northward.published).toEqual([]);
      if (code.startsWith('TOPIC_')) {
        expect(await rejection(northward.publishTelemetry(reading('a')))).toMatchObject({ code });
        await northward.advanceTime(3_000);
      }
      expect(await northward.publishTelemetry(reading('a'))).toMatchObject({ status: 'delivered' });
    },
  );

  test('given failNext() for a kind, so many times, then no other kind fails', async () => {
    const northward = await started();
    northward.failNext({ code: 'DELIVERY_FAILED' }, { kind: 'telemetry', times: 2 });
    await northward.publishOnline({ deviceId: 1, deviceName: 'a', deviceType: 't' });
    await rejection(northward.publishTelemetry(reading('a')));
    expect(() => northward.assertDrained()).toThrow('failNext(DELIVERY_FAILED): 1 record(s) still to fail');
    await rejection(northward.publishTelemetry(reading('a')));
    await northward.publishTelemetry(reading('a'));
    northward.assertDrained();
  });

  test('given failNext() with what no broker answers, then it says what can be had', async () => {
    const northward = await started();
    expect(() => northward.failNext({ code: 'QUEUE_FULL' })).toThrow(/setConnected\(false\)/);
  });

  test('given no broker, when the queue is full, then publishing is refused; when it is back, all is delivered', async () => {
    const northward = await started(queue(2));
    await northward.setConnected(false);
    expect(northward.state).toBe('reconnecting');
    const waiting = [
      northward.publishTelemetry(reading('a', 0)),
      northward.publishTelemetry(reading('a', 1)),
    ];
    expect(await rejection(northward.publishTelemetry(reading('a', 2)))).toMatchObject({
      code: 'QUEUE_FULL',
    });
    expect(northward.published).toEqual([]);
    expect(() => northward.assertDrained()).toThrow('2 published message(s) without an outcome');
    await northward.setConnected(true);
    expect(northward.state).toBe('connected');
    expect(await Promise.all(waiting)).toMatchObject([{ offset: 0 }, { offset: 1 }]);
    northward.assertDrained();
  });

  test('given no broker for longer than messageTimeoutMs, then publishes end with DELIVERY_TIMEOUT', async () => {
    const northward = await started();
    await northward.setConnected(false);
    const late = rejection(northward.publishTelemetry(reading('a')));
    await northward.advanceTime(29_999);
    expect(northward.metrics().uplink.queue.messages).toBe(1);
    await northward.advanceTime(1);
    expect(await late).toMatchObject({ code: 'DELIVERY_TIMEOUT', retryable: true });
    await northward.setConnected(true);
    expect(northward.published).toEqual([]);
  });

  test('given wrong credentials, then the state is failed with the cause, and recovers', async () => {
    const northward = await started();
    await northward.setConnected(false, 'AUTHENTICATION_FAILED');
    expect(northward.states).toEqual({ uplink: 'failed', downlink: 'failed' });
    await northward.setConnected(true);
    expect(northward.state).toBe('connected');
  });

  test('given no broker at the start, then ready() waits until it is there', async () => {
    const northward = createMemoryNorthward();
    await northward.setConnected(false);
    await northward.start();
    const ready = northward.ready();
    await northward.settle();
    expect(northward.state).toBe('connecting');
    await northward.setConnected(true);
    await ready;
    expect(northward.state).toBe('connected');
  });

  test('given no broker at the start, then ready() gives up when its time is over', async () => {
    const northward = createMemoryNorthward();
    await northward.setConnected(false);
    await northward.start();
    const ready = rejection(northward.ready({ timeoutMs: 5_000 }));
    await northward.advanceTime(5_000);
    expect(await ready).toMatchObject({ code: 'READY_TIMEOUT' });
  });

  test('given held deliveries, then receipts come when they are released, one by one if wanted', async () => {
    const northward = await started();
    northward.holdDelivery();
    const told: number[] = [];
    for (const n of [0, 1, 2]) void northward.publishTelemetry(reading('a', n)).then(() => told.push(n));
    await northward.settle();
    expect([told, northward.published]).toEqual([[], []]);
    await northward.releaseDelivery(1);
    expect(told).toEqual([0]);
    await northward.releaseDelivery();
    expect(told).toEqual([0, 1, 2]);
    await northward.publishTelemetry(reading('a', 3));
    expect(northward.published).toHaveLength(4);
  });
});

describe('stop() and reset()', () => {
  test('given no broker, when it is stopped, then it ends without waiting and tells what was not delivered', async () => {
    const northward = await started();
    await northward.setConnected(false);
    const lost = rejection(northward.publishTelemetry(reading('a')));
    expect(await northward.stop()).toMatchObject({ undelivered: 1, timedOut: true, elapsedMs: 10_000 });
    expect(await lost).toMatchObject({ code: 'DELIVERY_UNKNOWN' });
    expect(await rejection(northward.publishTelemetry(reading('a')))).toMatchObject({ code: 'STOPPED' });
  });

  test('given a stopped double, when it is reset, then it is as new', async () => {
    const northward = await started();
    await northward.publishTelemetry(reading('a'));
    await northward.setConnected(false);
    northward.failNext('DELIVERY_FAILED');
    northward.holdDelivery();
    await northward.reset();
    expect([northward.published, northward.state, northward.committed]).toEqual([[], 'disconnected', {}]);
    expect(await rejection(northward.publishTelemetry(reading('a')))).toMatchObject({ code: 'NOT_STARTED' });
    await northward.start();
    await northward.ready();
    expect(await northward.publishTelemetry(reading('a'))).toMatchObject({ offset: 0 });
  });

  test('given await using, then it is stopped at the end of the block', async () => {
    const outer = await started();
    {
      await using northward = outer;
      await northward.publishTelemetry(reading('a'));
    }
    expect(outer.state).toBe('disconnected');
  });
});

describe('fake timers of the test runner', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test('given a runner whose timers and performance are fakes, then the double works as ever', async () => {
    vi.useFakeTimers({
      toFake: ['setTimeout', 'setImmediate', 'performance', 'Date', 'queueMicrotask'],
    });
    const northward = await started();
    void (async () => {
      for await (const command of northward.commands()) await new Promise(() => command);
    })();
    await northward.publishTelemetry(reading('a'));
    await northward.sendCommand({ key: 'x' });
    expect(northward.published).toHaveLength(1);
    expect(await northward.stop({ timeoutMs: 50 })).toMatchObject({ unfinishedCommands: 1, timedOut: true });
  });
});

describe('what the native client cannot carry', () => {
  test.each([0, -1, new Date(0)])(
    'given the timestamp %s, then publish refuses it as with Kafka, and the preview shows the record',
    async (timestamp) => {
      const northward = await started();
      const event = { ...reading('pump-1'), timestamp };
      const error = await rejection(northward.publishTelemetry(event));
      expect(error).toMatchObject({ code: 'EVENT_INVALID', retryable: false, deviceName: 'pump-1' });
      expect(error.message).toContain('timestamp: expected');
      expect(error.hint).toContain('timestamp');
      expect(northward.published).toEqual([]);
      const preview = northward.previewUplink({ kind: 'telemetry', ...event });
      expect(preview).toMatchObject({ timestampMs: Number(timestamp) });
      const response = { requestId: 'r', pointId: 1, deviceId: 1, status: 'Success', completedAt: timestamp };
      const refused = await rejection(northward.publishWritePointResponse(response as never));
      expect(refused.message).toContain('completedAt: expected');
      const outcomes = await northward.publishBatch([{ kind: 'telemetry', ...event }]);
      expect(outcomes).toMatchObject([{ status: 'failed', error: { code: 'EVENT_INVALID' } }]);
    },
  );
});
