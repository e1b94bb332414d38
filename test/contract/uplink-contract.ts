/** What every uplink does, whatever Kafka is behind it. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { UPLINK_SLOTS } from '../../src/api/kinds.js';
import type { KafkaNorthward, UplinkEvent } from '../../src/index.js';
import { uniqueTopic } from '../support/kafka-cluster.js';
import { rejection } from '../support/memory-northward.js';
import { numbersIn } from '../support/packing-gateway.js';
import type { Harness, Place } from './harness.js';

const AT = 1_734_870_900_123;
const DEVICE = { deviceId: 7, deviceName: 'Kälte pumpe', timestamp: AT };
const VALUES = [
  { pointId: 1, pointKey: 'größe', value: 12_345_678_901_234_567_890n },
  { pointId: 2, pointKey: 'raw', value: new Uint8Array([0, 255]) },
];

/** One event of every kind. */
const EVENTS: readonly UplinkEvent[] = [
  { kind: 'telemetry', ...DEVICE, values: VALUES, metadata: { unit: '°C' } },
  { kind: 'attributes', ...DEVICE, clientAttributes: VALUES, sharedAttributes: { ok: true } },
  { kind: 'device_connected', ...DEVICE, deviceType: 'pump' },
  { kind: 'device_disconnected', ...DEVICE, deviceType: 'pump' },
  { kind: 'alarm', ...DEVICE, alarmType: 'hot', severity: 'MAJOR', message: 'heiß', details: { n: 1 } },
  { kind: 'rpc_response', ...DEVICE, requestId: 'r-1', targetType: 'SUBDEVICE', result: [1, null] },
  {
    kind: 'write_point_response',
    ...DEVICE,
    requestId: 'w-1',
    pointId: 5,
    status: 'Success',
    completedAt: AT,
  },
];
const WITH_POINTS = EVENTS.slice(0, 2);

const MODES = [
  ['envelope_json', { mode: 'envelope_json' }, EVENTS],
  ['kv', { mode: 'kv' }, WITH_POINTS],
  ['timeseries_rows', { mode: 'timeseries_rows' }, WITH_POINTS],
  ['mapped_json', { mode: 'mapped_json', config: { 'a.b': 'data', k: 'event_kind' } }, EVENTS],
] as const;

export function uplinkContract({ name, start }: Place): void {
  describe(`the uplink on ${name}`, () => {
    let harness: Harness;
    let northward: KafkaNorthward;
    beforeAll(async () => {
      harness = await start();
    });
    afterEach(async () => {
      await northward.stop();
    });
    afterAll(async () => {
      await harness.stop();
    });

    /** Started; each kind that is named has its mapping. */
    async function started(uplink: object): Promise<void> {
      northward = harness.make({ app: { id: 3, name: 'plant' }, uplink, downlink: { enabled: false } });
      await northward.start();
      await northward.ready();
    }

    const telemetry = async (mapping: object = {}, more: object = {}): Promise<string> => {
      const topic = uniqueTopic('contract-uplink');
      await harness.prepare(topic);
      await started({ telemetry: { enabled: true, topic, ...mapping }, ...more });
      return topic;
    };
    const reading = (n: number) => ({ kind: 'telemetry', ...DEVICE, values: { n } }) as const;

    it.each(MODES)(
      '§3–§5 %s: every kind arrives as the preview says, where its receipt says',
      async (_, payload, events) => {
        const topic = uniqueTopic('contract-mode');
        await harness.prepare(topic);
        const mapping = { enabled: true, topic, payload };
        const slots = events === EVENTS ? UPLINK_SLOTS : (['telemetry', 'attributes'] as const);
        await started(Object.fromEntries(slots.map((slot) => [slot, mapping])));
        const receipts = [];
        for (const event of events) receipts.push(await northward.publish(event));
        const stored = await harness.read(topic, events.length);
        for (const [index, event] of events.entries()) {
          const receipt = receipts[index];
          const preview = northward.previewUplink(event);
          if (receipt?.status !== 'delivered' || preview.status !== 'record')
            throw new Error('not delivered');
          const record = stored.find(({ partition, offset }) => {
            return partition === receipt.partition && offset === receipt.offset;
          });
          expect(record).toEqual({
            topic: receipt.topic,
            partition: receipt.partition,
            offset: receipt.offset,
            key: preview.key,
            value: preview.value,
            headers: Object.entries(preview.headers),
            timestampMs: receipt.timestampMs,
          });
          expect(preview).toMatchObject({ topic, timestampMs: AT });
        }
      },
    );

    it('§4: without headers and with an empty key, the record has none', async () => {
      const topic = await telemetry({ key: '' }, { headers: false });
      await northward.publish(reading(1));
      expect(await harness.read(topic, 1)).toMatchObject([{ key: null, headers: [] }]);
    });

    it('§7.2: with acks none the receipt has no offset', async () => {
      await telemetry({}, { producer: { acks: 'none', enableIdempotence: false } });
      expect(await northward.publish(reading(1))).toMatchObject({ status: 'delivered', offset: null });
    });

    it('§7.2: a kind without a mapping is skipped, and so is everything with the uplink off', async () => {
      await telemetry();
      expect(await northward.publish(EVENTS[2]!)).toEqual({ status: 'skipped', reason: 'mapping_disabled' });
      await northward.stop();
      northward = harness.make({ uplink: { enabled: false }, downlink: { enabled: false } });
      await northward.start();
      expect(await northward.publish(reading(1))).toEqual({ status: 'skipped', reason: 'uplink_disabled' });
    });

    it('§7.2: what is refused is told and sends nothing; the others of its batch arrive, in order', async () => {
      const topic = await telemetry({ key: 'k' });
      const large = { ...reading(0), values: { text: 'x'.repeat(1_000_001) } };
      const outcomes = await northward.publishBatch([
        reading(1),
        { ...reading(2), deviceId: 1.5 },
        large,
        reading(3),
      ]);
      expect(outcomes).toMatchObject([
        { status: 'delivered' },
        { status: 'failed', error: { code: 'EVENT_INVALID' } },
        { status: 'failed', error: { code: 'MESSAGE_TOO_LARGE' } },
        { status: 'delivered' },
      ]);
      expect((await harness.read(topic, 2)).map(valueOf)).toEqual([1, 3]);
      expect(northward.metrics().uplink).toMatchObject({ success: 2, fail: 2 });
    });

    it('§7.3: five hundred of one key arrive in the order of the calls', async () => {
      const topic = await telemetry();
      const numbers = Array.from({ length: 500 }, (_, n) => n);
      const receipts = await Promise.all(numbers.map((n) => northward.publish(reading(n))));
      const offsets = receipts.map((receipt) => (receipt.status === 'delivered' ? receipt.offset : null));
      expect(offsets).toEqual(numbers);
      expect((await harness.read(topic, 500)).map(valueOf)).toEqual(numbers);
    });

    it.each([
      ['timeseries_rows', { mode: 'timeseries_rows' }],
      ['kv', { mode: 'kv' }],
      ['mapped_json', { mode: 'mapped_json', config: { n: 'points.n' } }],
    ] as const)('§12 %s: events of a device share records, each has its receipt', async (_, payload) => {
      const topic = await telemetry({ payload: { ...payload, pack: { maxEvents: 20 } } });
      const events = Array.from({ length: 45 }, (_each, n) => ({ ...reading(n), timestamp: AT + n }));
      const publishing = northward.publishBatch(events);
      await harness.passTime(20);
      const outcomes = await publishing;
      expect(await northward.publishBatch([{ ...reading(45), deviceId: 1.5 }])).toMatchObject([
        { status: 'failed' },
      ]);
      const records = await harness.read(topic, 3);
      const held = records.map(({ value }) => numbersIn(value));
      expect(held.flat()).toEqual(events.map((_each, n) => n));
      for (const [n, outcome] of outcomes.entries()) {
        const record = records.findIndex((_each, index) => held[index]!.includes(n));
        const { partition, offset, timestampMs, headers } = records[record]!;
        const packed = held[record]!.length;
        expect(outcome).toEqual({ status: 'delivered', topic, partition, offset, timestampMs, packed });
        expect(timestampMs).toBe(AT + held[record]![0]!);
        expect(headers).toContainEqual(['ts_ms', `${timestampMs}`]);
      }
      expect(northward.metrics().uplink).toMatchObject({ success: 45, fail: 1 });
    });

    it('§7.1: publishing is refused before start() and after stop(), which waits for what is on its way', async () => {
      const topic = uniqueTopic('contract-life');
      await harness.prepare(topic);
      const uplink = { telemetry: { enabled: true, topic } };
      northward = harness.make({ uplink, downlink: { enabled: false } });
      expect(await rejection(northward.publish(reading(0)))).toMatchObject({ code: 'NOT_STARTED' });
      await northward.start();
      const receipt = northward.publish(reading(1));
      expect(await northward.stop()).toMatchObject({ flushed: 1, undelivered: 0, timedOut: false });
      expect(await receipt).toMatchObject({ status: 'delivered' });
      expect(await rejection(northward.publish(reading(2)))).toMatchObject({ code: 'STOPPED' });
      expect((await harness.read(topic, 1)).map(valueOf)).toEqual([1]);
    });
  });
}

/** The number in a telemetry envelope. */
function valueOf({ value }: { readonly value: Buffer | null }): number {
  const { payload } = JSON.parse(String(value)) as { payload: { data: { values: [{ value: number }] } } };
  return payload.data.values[0].value;
}
