import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareCodePoints } from '../../../src/language/json/json-text.js';
import type { Id, PointMeta, Value } from '../../../src/api/uplink.js';
import { DATA_TYPES } from '../../../src/api/uplink.js';
import { TimestampText } from '../../../src/uplink/encode/timestamp-text.js';
import { isFloat, pointMetaReader } from '../../../src/uplink/event/point-meta.js';
import { checkPoints, type Point } from '../../../src/uplink/event/points.js';
import { scalarText } from '../../../src/uplink/event/scalar.js';
import type { WireEvent } from '../../../src/uplink/event/wire-event.js';
import { Kv } from '../../../src/uplink/payload/kv.js';
import { PointsByKey } from '../../../src/uplink/payload/points-by-key.js';
import { NOW, sender, telemetry } from './support.js';

interface Case {
  readonly includeMeta: boolean;
  readonly format: 'name' | 'code';
  readonly known: ReadonlyMap<Id, PointMeta>;
}

/** `kv` as the contract words it, without anything that is kept. */
function plainKv(groups: readonly (readonly Point[])[], timestampMs: number, given: Case): string {
  const latest = new Map<string, Point>();
  for (const points of groups) for (const point of points) latest.set(point.pointKey, point);
  const members = [...latest.values()]
    .sort((a, b) => compareCodePoints(a.pointKey, b.pointKey))
    .map((point) => `${JSON.stringify(point.pointKey)}:${plainValue(point, given)}`);
  return `{"ts_ms":${timestampMs},"values":{${members.join(',')}}}`;
}

function plainValue({ pointId, value }: Point, { includeMeta, format, known }: Case): string {
  const meta = (pointId === null ? undefined : known.get(pointId)) ?? null;
  const text = scalarText(value, isFloat(meta));
  const dataType = meta?.dataType;
  if (!includeMeta || dataType === undefined) return text;
  const named = format === 'name' ? `"${dataType}"` : `${DATA_TYPES.indexOf(dataType)}`;
  return `{"value":${text},"data_type":${named}}`;
}

const wireEvent = (groups: WireEvent['groups'], timestampMs = NOW): WireEvent => ({
  timestampMs,
  deviceId: 1,
  deviceName: 'pump',
  deviceType: undefined,
  groups,
  metadata: null,
  data: null,
  extra: null,
});

/** Few, so that lists repeat, share their first key and name a key twice. */
const KEYS = [
  'a',
  'b',
  'ab',
  '',
  '"',
  '10',
  '9',
  '__proto__',
  'é',
  '\u{e000}',
  '\u{10000}',
  '\ud800',
  '\u0001',
];
const key = fc.oneof(fc.constantFrom(...KEYS), fc.string({ unit: 'binary', maxLength: 4 }));
const value: fc.Arbitrary<Value> = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.boolean(),
  fc.string(),
  fc.bigInt(),
  fc.constant(null),
  fc.uint8Array({ maxLength: 3 }),
  fc.date({ noInvalidDate: false }),
);
const pointOf = (pointKey: fc.Arbitrary<string>) =>
  fc.record({ pointId: fc.constantFrom<Id>(1, 2, 3, 'x'), pointKey, value });
const group = fc.oneof(
  fc.array(pointOf(key), { maxLength: 6 }),
  // Lists that differ in one place only, and are longer or shorter by one.
  fc.array(pointOf(fc.constantFrom('b', 'a', '\u{10000}')), { minLength: 2, maxLength: 3 }),
);
const groups = fc.oneof(fc.tuple(group), fc.tuple(group, group, group));
const known = fc
  .array(fc.tuple(fc.constantFrom<Id>(1, 2, 'x'), fc.constantFrom(...DATA_TYPES)))
  .map((list) => new Map(list.map(([id, dataType]) => [id, { dataType }])));
/** Which of a few events comes next: most come again, so that what is kept is used. */
const turns = fc.array(fc.nat({ max: 11 }), { minLength: 20, maxLength: 40 });

describe('§5 kv: what is kept changes no byte', () => {
  it('given events that repeat in any order, with any keys, groups and metadata, then each is the plain text', () => {
    fc.assert(
      fc.property(
        fc.array(groups, { minLength: 6, maxLength: 12 }),
        turns,
        fc.boolean(),
        fc.constantFrom('name' as const, 'code' as const),
        known,
        (events, order, includeMeta, format, metas) => {
          const reader = pointMetaReader((id) => metas.get(id));
          const kv = new Kv(includeMeta, format, reader, new TimestampText());
          for (const [i, turn] of order.entries()) {
            const each = events[turn % events.length]!;
            const expected = plainKv(each, NOW + i, { includeMeta, format, known: metas });
            expect(kv.encode(wireEvent(each, NOW + i))).toBe(expected);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('given values as a record, then the metadata that was found by key counts', () => {
    const meta: PointMeta = { pointId: 5, dataType: 'float32' };
    const reader = pointMetaReader({ byId: () => null, byKey: (_id, name) => (name === 'b' ? meta : null) });
    const kv = new Kv(true, 'name', reader, new TimestampText());
    const points = checkPoints({ b: 1, a: 2 }, 'values', 1, reader);
    const text = `{"ts_ms":${NOW},"values":{"a":2,"b":{"value":1.0,"data_type":"float32"}}}`;
    for (let i = 0; i < 3; i += 1) expect(kv.encode(wireEvent([points]))).toBe(text);
  });

  it('given the metadata changes, when the same list comes again, then the new data type is written', () => {
    const metas = new Map<Id, PointMeta>();
    const kv = new Kv(
      true,
      'name',
      pointMetaReader((id) => metas.get(id)),
      new TimestampText(),
    );
    const event = wireEvent([[{ pointId: 1, pointKey: 'a', value: 3 }]]);
    expect(kv.encode(event)).toBe(`{"ts_ms":${NOW},"values":{"a":3}}`);
    metas.set(1, { dataType: 'float64' });
    expect(kv.encode(event)).toBe(`{"ts_ms":${NOW},"values":{"a":{"value":3.0,"data_type":"float64"}}}`);
  });

  it('given a key that answers otherwise each time it is read, then the event is refused or written under one of its answers', () => {
    const { send } = sender({ telemetry: { enabled: true, topic: 't', payload: { mode: 'kv' } } });
    for (let round = 0; round < 20; round += 1) {
      let reads = round;
      const answers = ['a', 'b', 7, undefined, 'c'];
      const wild = {
        pointId: 1,
        value: 1,
        get pointKey() {
          return answers[reads++ % answers.length];
        },
      };
      const values = [wild, { pointId: 2, pointKey: 'z', value: 2 }];
      let text;
      try {
        text = send('telemetry', telemetry({ values })).text;
      } catch (error) {
        expect(error).toMatchObject({ code: 'EVENT_INVALID' });
        continue;
      }
      const written = (JSON.parse(text) as { values: Record<string, number> }).values;
      expect(Object.keys(written)).toHaveLength(2);
      expect(written).toMatchObject({ z: 2 });
    }
  });
});

describe('the order of points by key', () => {
  const listOf = (...keys: string[]): Point[] =>
    keys.map((pointKey, i) => ({ pointId: i, pointKey, value: i }));

  it('given a list of keys that repeats, when asked for again, then the same order is handed out', () => {
    const byKey = new PointsByKey();
    const order = byKey.orderOf(listOf('b', 'a', 'b'));
    expect(order).toMatchObject({ keys: ['b', 'a', 'b'], places: [1, 2], heads: ['"a":', ',"b":'] });
    expect(byKey.orderOf(listOf('b', 'a', 'b'))).toBe(order);
    expect(byKey.orderOf(listOf('b', 'a'))).not.toBe(order);
    expect(byKey.orderOf(listOf('b', 'a', 'b'))).toBe(order);
  });

  it('given more lists with one first key than are kept, when they take turns, then each has its own order', () => {
    const byKey = new PointsByKey();
    for (let i = 0; i < 200; i += 1) {
      const keys = ['m', `k${i % 20}`, 'a'];
      const { places } = byKey.orderOf(listOf(...keys));
      expect(places.map((place) => keys[place])).toStrictEqual(keys.toSorted(compareCodePoints));
    }
  });

  it('given others have taken all places of its first key, when a list comes again and again, then it is kept in the end', () => {
    const byKey = new PointsByKey();
    for (let i = 0; i < 4; i += 1) byKey.orderOf(listOf('m', `k${i}`));
    const orders = Array.from({ length: 20 }, () => byKey.orderOf(listOf('m', 'new')));
    expect(orders[0]).not.toBe(orders[1]);
    expect(orders[19]).toBe(orders[18]);
  });

  it('given lists that are too long, or too many of them, when asked for again, then they are not kept', () => {
    const byKey = new PointsByKey();
    const long = listOf(...Array.from({ length: 1_025 }, (_, i) => `k${i}`));
    expect(byKey.orderOf(long)).not.toBe(byKey.orderOf(long));
    const wide = listOf('x'.repeat(100_000));
    expect(byKey.orderOf(wide)).not.toBe(byKey.orderOf(wide));
    const early = byKey.orderOf(listOf('early'));
    for (let i = 0; i < 3_000; i += 1) byKey.orderOf(listOf(`other ${i}`));
    expect(byKey.orderOf(listOf('early'))).not.toBe(early);
  });

  it('given large lists, when many come, then what is kept stays within its length', () => {
    const byKey = new PointsByKey();
    const early = byKey.orderOf(listOf('early'));
    for (let i = 0; i < 200; i += 1) byKey.orderOf(listOf(`${i}`.padEnd(45_000, 'x')));
    expect(byKey.orderOf(listOf('early'))).not.toBe(early);
  });
});
