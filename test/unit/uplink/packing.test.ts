/** §12 Several events in one record, without a store. */
import { afterEach, describe, expect, it } from 'vitest';
import type { UplinkEvent } from '../../../src/api/uplink.js';
import { RD } from '../../../src/kafka/port/codes.js';
import type { Handed } from '../../../src/testing/memory-producer.js';
import { numbersIn, PackingGateway, START, telemetry } from '../../support/packing-gateway.js';
import { range, states, tally } from '../../support/storing-gateway.js';

const gateways: PackingGateway[] = [];
afterEach(async () => {
  for (const gateway of gateways.splice(0)) await gateway.stop();
});
function started(options: ConstructorParameters<typeof PackingGateway>[0] = {}): Promise<PackingGateway> {
  const gateway = new PackingGateway(options);
  gateways.push(gateway);
  return gateway.start();
}

const valuesOf = (gateway: PackingGateway): unknown[] =>
  gateway.producers.handed.map(({ value }) => JSON.parse(String(value)) as unknown);

describe('§12 the record', () => {
  it('given maxEvents of a device, then they are one record at once, and each has its receipt', async () => {
    const gateway = await started();
    const published = gateway.publishAll(0, 41);
    await gateway.clock.settle();
    expect(gateway.packs).toEqual([range(0, 20), range(20, 40)]);
    expect(published.slice(20, 40).map(({ outcome }) => outcome)).toEqual(
      range(20, 40).map(() => ({
        status: 'delivered',
        topic: 'data',
        partition: 0,
        offset: 1,
        timestampMs: START + 20,
        packed: 20,
      })),
    );
    expect(published[40]?.outcome).toBeNull();
  });

  it('given fewer, then they wait for maxWaitMs after the first; one that stays alone is not called packed', async () => {
    const gateway = await started();
    const first = gateway.publish(1);
    await gateway.clock.advance(15);
    gateway.publish(2);
    const other = gateway.publish(3, 2);
    await gateway.clock.advance(4);
    expect(gateway.packs).toEqual([]);
    await gateway.clock.advance(1);
    expect(gateway.packs).toEqual([[1, 2]]);
    expect(first.outcome).toMatchObject({ packed: 2, timestampMs: START + 1 });
    await gateway.clock.advance(15);
    expect(gateway.packs).toEqual([[1, 2], [3]]);
    expect(other.outcome).not.toHaveProperty('packed');
  });

  it('has the timestamp and the ts_ms of the first event', async () => {
    const gateway = await started();
    gateway.publish(5);
    gateway.publish(3);
    await gateway.clock.advance(20);
    expect(gateway.records).toEqual([{ topic: 'data', ns: [5, 3], timestampMs: START + 5 }]);
    expect(gateway.headers(0)).toMatchObject({ ts_ms: `${START + 5}`, device_id: '1' });
  });

  it.each([
    ['kv', { mode: 'kv' }, (n: number) => ({ ts_ms: START + n, values: { n } })],
    [
      'mapped_json',
      { mode: 'mapped_json', config: { at: 'ts_ms', n: 'points.n' } },
      (n: number) => ({ at: START + n, n }),
    ],
  ])('%s: an array with one object for each event, also where there is one', async (_mode, payload, body) => {
    const gateway = await started({ telemetry: { payload: { ...payload, pack: { maxEvents: 2 } } } });
    gateway.publishAll(1, 4);
    await gateway.clock.advance(20);
    expect(valuesOf(gateway)).toEqual([[body(1), body(2)], [body(3)]]);
    const preview = gateway.northward.previewUplink({ kind: 'telemetry', ...telemetry(3) });
    expect(preview).toMatchObject({ value: gateway.producers.handed[1]?.value });
  });

  it('timeseries_rows: an event without points adds nothing, and keeps its receipt', async () => {
    const gateway = await started();
    const published = [{ values: [] }, {}, { values: {} }, { values: { n: 7, m: 8 } }, { values: [] }].map(
      (more, n) => gateway.publish(n, 1, more),
    );
    await gateway.clock.advance(20);
    expect(gateway.packs).toEqual([[1, 7, 8]]);
    expect(states(published)).toEqual(range(0, 5).map(() => 'delivered'));
  });

  it('holds at most maxBytes; a larger event has a record of its own', async () => {
    const gateway = await started({ pack: { maxBytes: 1_024 } });
    const values = (n: number, length: number): { values: { n: number; text: string } } => ({
      values: { n, text: 'x'.repeat(length) },
    });
    for (const [n, length] of [300, 300, 300, 2_000, 10].entries()) gateway.publish(n, 1, values(n, length));
    await gateway.clock.advance(20);
    const sizes = gateway.producers.handed.map(({ value }) => value?.length ?? 0);
    expect(valuesOf(gateway).map((rows) => (rows as unknown[]).length)).toEqual([4, 2, 2, 2]);
    expect(sizes.filter((size) => size > 1_024)).toEqual([sizes[2]]);
    expect(tally(gateway.producers.handed.map(({ key }) => String(key)))).toEqual({ 1: 4 });
  });

  it('given attributes too, then kinds do not mix', async () => {
    const gateway = await started({
      attributes: { enabled: true, topic: 'data', key: 'x', payload: { mode: 'kv', pack: {} } },
    });
    gateway.publish(1);
    void gateway.northward.publishAttributes({
      deviceId: 1,
      deviceName: 'd1',
      clientAttributes: { n: 2 },
    });
    gateway.publish(3);
    await gateway.clock.advance(20);
    expect(gateway.packs).toEqual([[1, 3], [2]]);
  });

  it('given another name, time, topic or header of the device, then the record is closed, and order holds', async () => {
    const gateway = await started({
      telemetry: { topic: 'data.{{HH}}', key: '{{device_id}}' },
      headers: ['device_name', 'ts_ms'],
    });
    const day = 86_400_000;
    gateway.publish(1);
    gateway.publish(2, 1, { deviceName: 'other' });
    gateway.publish(3, 1, { timestamp: START + 3 + 3_600_000 });
    gateway.publish(4, 1, { timestamp: START + 3 + 3_600_000 - day });
    gateway.publish(5, 1, { timestamp: START + 3 + 3_600_000 + day + 1 });
    await gateway.clock.advance(20);
    expect(gateway.packs).toEqual([[1], [2], [3, 4], [5]]);
  });

  it('given a key or topic of each event, then nothing is packed', async () => {
    const gateway = await started({ telemetry: { key: '{{ts_ms}}' } });
    gateway.publishAll(1, 4);
    await gateway.clock.advance(20);
    expect(gateway.packs).toEqual([[1], [2], [3]]);
  });

  it('given equal routes that are not kept per device, then they are packed', async () => {
    const gateway = await started({ telemetry: { key: '{{#if ts_ms}}k{{/if}}' }, headers: ['device_id'] });
    gateway.publishAll(1, 4);
    await gateway.clock.advance(20);
    expect(gateway.packs).toEqual([[1, 2, 3]]);
  });
});

describe('§12 reconfigure()', () => {
  it('given another payload in the middle, also of a batch, then what was made before mixes with nothing that comes after', async () => {
    const gateway = await started({ pack: { maxWaitMs: 5_000 } });
    const before = gateway.publishAll(0, 2);
    const batch = gateway.northward.publishBatch(
      range(2, 302).map((n): UplinkEvent => ({ kind: 'telemetry', ...telemetry(n) })),
    );
    const payload = { mode: 'kv', pack: { maxEvents: 3 } } as const;
    gateway.northward.reconfigure({
      connection: { bootstrapServers: 'memory:9092' },
      uplink: { telemetry: { enabled: true, topic: 'data', key: '{{device_id}}', payload } },
      downlink: { enabled: false },
    });
    const after = gateway.publishAll(302, 305);
    await gateway.clock.advance(5_000);
    expect(states([...before, ...after])).toEqual(range(0, 5).map(() => 'delivered'));
    expect((await batch).every(({ status }) => status === 'delivered')).toBe(true);
    expect(gateway.packs.flat()).toEqual(range(0, 305));
    const rows = valuesOf(gateway).map((value) => (value as object[]).map((each) => 'point_id' in each));
    expect(rows.every((record) => new Set(record).size === 1)).toBe(true);
    expect(rows.at(-1)).toEqual([false, false, false]);
  });
});

describe('§12 order', () => {
  it('given one key for two devices, then each closes what the other has open', async () => {
    const gateway = await started({ telemetry: { key: 'all' } });
    for (const [n, device] of [1, 1, 2, 2, 1].entries()) gateway.publish(n, device);
    await gateway.clock.advance(20);
    expect(gateway.packs).toEqual([[0, 1], [2, 3], [4]]);
  });

  it('given no key, then records of several devices are open beside each other', async () => {
    const gateway = await started({ telemetry: { key: '' } });
    for (const [n, device] of [1, 2, 1, 2].entries()) gateway.publish(n, device);
    await gateway.clock.advance(20);
    expect(gateway.packs).toEqual([
      [0, 2],
      [1, 3],
    ]);
  });

  it('given a kind that is not packed with the same topic and key, then it goes behind what is open', async () => {
    const gateway = await started({ alarm: { enabled: true, topic: 'data', key: '{{device_id}}' } });
    gateway.publish(1);
    gateway.publish(2, 2);
    void gateway.northward.publishAlarm({
      deviceId: 1,
      deviceName: 'd1',
      alarmType: 'a',
      severity: 'INFO',
      message: '',
    });
    await gateway.clock.settle();
    expect(gateway.producers.handed.map(({ kind, key }) => `${kind} ${String(key)}`)).toEqual([
      'telemetry 1',
      'alarm 1',
    ]);
  });
});

describe('§12 each event for itself', () => {
  it('publishBatch: outcomes in the order of the events, refused ones among them', async () => {
    const gateway = await started();
    const events = range(0, 6).map((n): UplinkEvent => {
      return { kind: 'telemetry', ...telemetry(n, n % 2), ...(n === 3 ? { deviceName: 7 as never } : {}) };
    });
    const outcomes = gateway.northward.publishBatch(events);
    await gateway.clock.advance(20);
    expect(
      (await outcomes).map((outcome) => ('packed' in outcome ? outcome.packed : outcome.status)),
    ).toEqual([3, 2, 3, 'failed', 3, 2]);
  });

  it('given a record that fails, then each event has its error, and the record that it would have had alone', async () => {
    const gateway = await started();
    gateway.producers.failNext = 1;
    const published = gateway.publishAll(1, 4);
    await gateway.clock.advance(20);
    expect(states(published)).toEqual(['DELIVERY_FAILED', 'DELIVERY_FAILED', 'DELIVERY_FAILED']);
    expect(gateway.undelivered.map(({ record }) => record && numbersIn(record.value))).toEqual([
      [1],
      [2],
      [3],
    ]);
    expect(gateway.undelivered[2]?.record).toMatchObject({
      topic: 'data',
      timestampMs: START + 3,
      headers: { ts_ms: `${START + 3}` },
    });
    expect(gateway.northward.metrics().uplink).toMatchObject({ success: 0, fail: 3 });
    expect(gateway.northward.metrics().uplink.failedByCode).toEqual({ DELIVERY_FAILED: 3 });
  });

  it('metrics count events, and latency includes the wait', async () => {
    const gateway = await started();
    gateway.publishAll(0, 5);
    expect(gateway.northward.metrics().uplink.queue).toMatchObject({ messages: 5, inFlight: 0 });
    await gateway.clock.advance(20);
    const { success, latency, queue } = gateway.northward.metrics().uplink;
    expect({ success, queue: queue.messages, bytes: queue.bytes }).toEqual({
      success: 5,
      queue: 0,
      bytes: 0,
    });
    expect(latency.count).toBe(5);
    expect(latency.sumMs).toBeGreaterThanOrEqual(100);
  });
});

describe('§12 bounds', () => {
  it('given a queue that is full of events that wait, then they wait no longer', async () => {
    const gateway = await started({ queue: { maxMessages: 6 }, pack: { maxEvents: 6 } });
    const published = [...gateway.publishAll(0, 3), ...gateway.publishAll(3, 6, 2), gateway.publish(6)];
    await gateway.clock.settle();
    expect(states(published).at(-1)).toBe('QUEUE_FULL');
    expect(tally(states(published))).toEqual({ delivered: 6, QUEUE_FULL: 1 });
    expect(gateway.packs).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
  });

  it('given a queue that others have filled, then records that are open wait for more', async () => {
    const gateway = await started({ queue: { maxMessages: 9 }, pack: { maxEvents: 4 } });
    gateway.producers.hold = true;
    const published = gateway.publishAll(0, 12);
    await gateway.clock.settle();
    expect(tally(states(published))).toEqual({ open: 9, QUEUE_FULL: 3 });
    gateway.producers.hold = false;
    gateway.producers.release();
    await gateway.clock.settle();
    published.push(...gateway.publishAll(12, 15));
    await gateway.clock.settle();
    expect(gateway.packs).toEqual([range(0, 4), range(4, 8), [8, 12, 13, 14]]);
  });

  it('drop_oldest: a record that is dropped makes room for as many events as it held', async () => {
    const gateway = await started({
      queue: { maxMessages: 4, whenFull: 'drop_oldest' },
      pack: { maxEvents: 2 },
    });
    gateway.producers.listener?.onFatal('away');
    const published = gateway.publishAll(0, 7);
    expect(tally(states(published))).toEqual({ open: 7 });
    await gateway.clock.settle();
    expect(tally(states(published))).toMatchObject({ QUEUE_DROPPED: 4 });
    expect(states(published).slice(0, 4)).toEqual(range(0, 4).map(() => 'QUEUE_DROPPED'));
  });

  it('wait: callers that wait for room are packed when there is some', async () => {
    const gateway = await started({ queue: { maxMessages: 4, whenFull: 'wait' }, pack: { maxEvents: 4 } });
    const published = gateway.publishAll(0, 7);
    await gateway.clock.advance(60);
    expect(tally(states(published))).toEqual({ delivered: 7 });
    expect(gateway.packs).toEqual([range(0, 4), range(4, 7)]);
  });

  it('stop() closes what is open at once', async () => {
    const gateway = await started({ pack: { maxWaitMs: 5_000 } });
    const published = [...gateway.publishAll(0, 3), ...gateway.publishAll(3, 5, 2)];
    const stopped = gateway.northward.stop({ timeoutMs: 1_000 });
    await gateway.clock.settle();
    expect(tally(states(published))).toEqual({ delivered: 5 });
    await expect(stopped).resolves.toMatchObject({ flushed: 5, undelivered: 0, timedOut: false });
    expect(gateway.clock.nextDue).toBeNull();
  });

  it('given no broker at stop(), then each event ends', async () => {
    const gateway = await started({ pack: { maxEvents: 3 } });
    gateway.producers.hold = true;
    const published = gateway.publishAll(0, 8);
    await gateway.stop();
    expect(tally(states(published))).toEqual({ DELIVERY_UNKNOWN: 8 });
    expect(gateway.clock.nextDue).toBeNull();
  });

  it('given a fatal error, then records go again as they are', async () => {
    const gateway = await started({ pack: { maxEvents: 3 } });
    gateway.producers.hold = true;
    const published = gateway.publishAll(0, 7);
    await gateway.clock.settle();
    gateway.producers.die();
    gateway.producers.hold = false;
    await gateway.clock.advance(5_000);
    expect(gateway.packs).toEqual([[0, 1, 2], [3, 4, 5], [0, 1, 2], [3, 4, 5], [6]]);
    expect(published[4]?.outcome).toMatchObject({ packed: 3, maybeDuplicate: true });
  });
});

const holds =
  (n: number, code: number) =>
  ({ value }: Handed): number | null =>
    numbersIn(value).includes(n) ? code : null;

describe('§12 a record that is refused', () => {
  it.each([
    ['an invalid record', RD.INVALID_RECORD, 'DELIVERY_FAILED'],
    ['too large', RD.MSG_SIZE_TOO_LARGE, 'MESSAGE_TOO_LARGE'],
    ['its timestamp', RD.INVALID_TIMESTAMP, 'DELIVERY_FAILED'],
  ])('by a broker, %s: then only the event at fault fails', async (_what, code, expected) => {
    const gateway = await started();
    gateway.producers.judge = holds(13, code);
    const published = gateway.publishAll(0, 20);
    await gateway.clock.advance(1_000);
    expect(states(published)).toEqual(range(0, 20).map((n) => (n === 13 ? expected : 'delivered')));
    const arrived = gateway.packs.filter((pack) => !pack.includes(13)).flat();
    expect(arrived).toEqual(range(0, 20).filter((n) => n !== 13));
    expect(published[12]?.outcome).toMatchObject({ timestampMs: START + 12 });
    expect(gateway.northward.metrics().uplink.queue).toMatchObject({ messages: 0, bytes: 0, inFlight: 0 });
    expect(gateway.undelivered.map(({ record }) => record && numbersIn(record.value))).toEqual([[13]]);
  });

  it('by the client: its parts go at once, in order, before what is behind', async () => {
    const gateway = await started({ pack: { maxEvents: 4 } });
    gateway.producers.judgeAtOnce = (record) =>
      numbersIn(record.value).length > 2 || holds(1, 1)(record) !== null ? RD.MSG_SIZE_TOO_LARGE : null;
    const published = gateway.publishAll(0, 8);
    await gateway.clock.settle();
    expect(gateway.packs).toEqual([[0], [2, 3], [4, 5], [6, 7]]);
    expect(states(published)[1]).toBe('MESSAGE_TOO_LARGE');
    expect(published[2]?.outcome).toMatchObject({ packed: 2, timestampMs: START + 2 });
    expect(published[0]?.outcome).not.toHaveProperty('packed');
  });

  it('given a failure that is none of the record, then nothing is tried again', async () => {
    const gateway = await started();
    gateway.producers.outcomes.set('data', RD.NOT_ENOUGH_REPLICAS);
    const published = gateway.publishAll(0, 20);
    await gateway.clock.settle();
    expect(tally(states(published))).toEqual({ DELIVERY_FAILED: 20 });
    expect(gateway.packs).toHaveLength(1);
  });

  it('given a topic that refused such times before, then what is in time goes without asking again', async () => {
    const gateway = await started();
    const tooOld = (record: Handed): number | null =>
      gateway.clock.now() - record.timestampMs > 3_600_000 ? RD.INVALID_TIMESTAMP : null;
    gateway.producers.judge = tooOld;
    const old = { timestamp: START - 4_000_000 };
    gateway.publish(0, 1, old);
    await gateway.clock.advance(1_000);
    const asked = gateway.packs.length;
    const published = [
      gateway.publish(1, 1, old),
      gateway.publish(2),
      gateway.publish(3),
      gateway.publish(4),
    ];
    await gateway.clock.advance(20);
    expect(states(published)).toEqual(['DELIVERY_FAILED', 'delivered', 'delivered', 'delivered']);
    expect(gateway.packs.slice(asked)).toEqual([[2], [3, 4]]);
  });
});
