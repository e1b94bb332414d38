import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PublishError } from '../../../src/api/errors.js';
import type { TelemetryData, UplinkEvent, UplinkKind } from '../../../src/api/uplink.js';
import { NOW, allKinds, emptySlot, mapperOf, previewText, thrown } from './support.js';

const DATA: Readonly<Record<UplinkKind, Readonly<Record<string, unknown>>>> = {
  telemetry: { deviceId: 1, deviceName: 'd', values: [] },
  attributes: { deviceId: 1, deviceName: 'd' },
  device_connected: { deviceId: 1, deviceName: 'd', deviceType: 't' },
  device_disconnected: { deviceId: 1, deviceName: 'd', deviceType: 't' },
  alarm: { deviceId: 1, deviceName: 'd', alarmType: 'a', severity: 'INFO', message: 'm' },
  rpc_response: { deviceId: 1, requestId: 'r', targetType: 'GATEWAY' },
  write_point_response: { requestId: 'r', pointId: 1, deviceId: 1, status: 'Success' },
};

const KINDS = Object.keys(DATA) as UplinkKind[];
const mapper = mapperOf(allKinds({ topic: 't' }));

const preview = (kind: unknown, data: unknown) =>
  mapper.preview({ kind, ...(data as object) } as unknown as UplinkEvent);

describe('§3 events: what is required', () => {
  it.each(KINDS)(
    '§8.11: given %s with its required fields only, when previewed, then there is a record',
    (kind) => {
      expect(preview(kind, DATA[kind])).toMatchObject({ status: 'record', timestampMs: NOW });
    },
  );

  const required = KINDS.flatMap((kind) => Object.keys(DATA[kind]).map((field) => [kind, field] as const));
  it.each(required)(
    'given %s without %s, when previewed, then the error names the field and the device',
    (kind, field) => {
      const error = thrown(() => preview(kind, { ...DATA[kind], [field]: undefined }));
      expect(error).toBeInstanceOf(PublishError);
      expect(error).toMatchObject({ code: 'EVENT_INVALID', kind, retryable: false });
      expect((error as Error).message).toMatch(
        new RegExp(`^${kind}.*: ${field}: expected .*, found undefined$`),
      );
      if (field !== 'deviceId') expect(error).toMatchObject({ deviceId: 1 });
    },
  );

  it.each(required)('given %s with a symbol for %s, when previewed, then it is refused', (kind, field) => {
    const error = thrown(() => preview(kind, { ...DATA[kind], [field]: Symbol('x') }));
    expect(error).toMatchObject({ code: 'EVENT_INVALID' });
  });

  it.each([null, undefined, 'x', 5, []])(
    'given %j for data, when encoded, then it is refused and the slot unchanged',
    (data) => {
      const slot = emptySlot();
      const error = thrown(() => mapper.encode('telemetry', data, slot));
      expect(error).toMatchObject({ code: 'EVENT_INVALID', kind: 'telemetry' });
      expect(slot).toStrictEqual(emptySlot());
    },
  );

  it.each(['nope', undefined, null, 5, 'constructor', '__proto__'])(
    'given the kind %j, when asked for, then it is refused',
    (kind) => {
      expect(thrown(() => mapper.skipReason(kind as UplinkKind))).toMatchObject({ code: 'EVENT_INVALID' });
      expect(thrown(() => preview(kind, {}))).toMatchObject({ code: 'EVENT_INVALID' });
    },
  );

  it('given no event at all, when previewed, then it is refused', () => {
    expect(thrown(() => mapper.preview(null as never))).toMatchObject({ code: 'EVENT_INVALID' });
  });

  it('given data whose fields throw when read, when previewed, then the error is typed and has the cause', () => {
    const cause = new Error('gone');
    const data = {
      ...DATA.telemetry,
      get values(): never {
        throw cause;
      },
    };
    expect(thrown(() => mapper.encode('telemetry', data, emptySlot()))).toMatchObject({
      code: 'EVENT_INVALID',
      cause,
    });
  });

  it('given a clock that tells no time, when the timestamp is absent, then the event is refused', () => {
    const broken = mapperOf(allKinds({ topic: 't' }), { now: () => Number.NaN });
    expect(thrown(() => broken.preview({ kind: 'telemetry', ...DATA.telemetry } as never))).toMatchObject({
      code: 'EVENT_INVALID',
    });
  });
});

describe('§3 events: free-form data', () => {
  const metadataText = (metadata: unknown) => {
    const text = previewText(mapper, { kind: 'telemetry', ...DATA.telemetry, metadata } as never);
    return text.slice(text.indexOf('"metadata":') + 11, -3);
  };

  it('given undefined properties and list items, when written, then left out and null', () => {
    expect(metadataText({ a: undefined, b: [undefined, 1] })).toBe('{"b":[null,1]}');
  });

  it('given a key __proto__, when written, then it is a key like any other', () => {
    expect(metadataText(JSON.parse('{"__proto__":{"x":1}}'))).toBe('{"__proto__":{"x":1}}');
    expect('x' in {}).toBe(false);
  });

  it('given an object without a prototype, when written, then as any other', () => {
    expect(metadataText(Object.assign(Object.create(null) as object, { a: 1n }))).toBe('{"a":1}');
  });

  it.each([
    ['a function', { f: () => 1 }, 'metadata.f: expected JSON'],
    [
      'a Map',
      { a: [{ m: new Map() }] },
      'metadata.a[0].m: expected JSON (bigint, Uint8Array and Date allowed), found Map',
    ],
    ['a symbol', { s: Symbol('x') }, 'metadata.s: expected JSON'],
  ])('given %s inside, when previewed, then the error names its path', (_, metadata, message) => {
    expect(thrown(() => metadataText(metadata))).toMatchObject({
      code: 'EVENT_INVALID',
      message: expect.stringContaining(message) as string,
    });
  });

  it('given an object that holds itself, when previewed, then it is refused', () => {
    const metadata: Record<string, unknown> = {};
    metadata['self'] = metadata;
    expect(thrown(() => metadataText(metadata))).toMatchObject({
      code: 'EVENT_INVALID',
      message: expect.stringContaining('at most 64 levels') as string,
    });
  });

  it('given any metadata of JSON, when written and parsed, then it is the same', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (metadata) => {
        expect(JSON.parse(metadataText(metadata))).toEqual(JSON.parse(JSON.stringify(metadata)));
      }),
    );
  });
});

describe('§5 any telemetry', () => {
  const value = fc.oneof(
    fc.boolean(),
    fc.double(),
    fc.bigInt(),
    fc.string({ unit: 'binary' }),
    fc.uint8Array(),
    fc.constant(null),
    fc.date({ noInvalidDate: true }),
  );
  const point = fc.record({
    pointId: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    pointKey: fc.string({ unit: 'binary' }),
    value,
  });
  const event = fc.record({
    deviceId: fc.integer({ min: 0, max: 9 }),
    deviceName: fc.string({ unit: 'binary' }),
    values: fc.array(point),
  });

  it.each(['envelope_json', 'kv', 'timeseries_rows', 'mapped_json'])(
    'given any values, when encoded as %s, then the record is JSON and the preview of it the same',
    (mode) => {
      const payload = mode === 'mapped_json' ? { mode, config: { d: 'data', p: 'points' } } : { mode };
      const any = mapperOf({ telemetry: { enabled: true, payload } });
      const slot = emptySlot();
      fc.assert(
        fc.property(event, (data) => {
          any.encode('telemetry', data as TelemetryData, slot);
          const text = slot.value?.toString() ?? '';
          JSON.parse(text);
          expect(previewText(any, { kind: 'telemetry', ...data } as UplinkEvent)).toBe(text);
        }),
      );
    },
  );
});
