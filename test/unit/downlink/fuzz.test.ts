import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { previewRecord } from '../../../src/downlink/preview.js';
import { DecodeError } from '../../../src/api/errors.js';
import { routesOf } from './support.js';

const CODES = [
  'BODY_EMPTY',
  'BODY_NOT_JSON',
  'ENVELOPE_INVALID',
  'SCHEMA_VERSION_UNSUPPORTED',
  'KIND_UNKNOWN',
  'COMMAND_INVALID',
  'EXPRESSION_FAILED',
];

const envelopes = routesOf({
  writePoint: { enabled: true },
  commandReceived: { enabled: true },
  rpcResponseReceived: { enabled: true },
});

const mixed = routesOf({
  writePoint: {
    enabled: true,
    payload: {
      mode: 'mapped_json',
      config: { request_id: 'to_string(id)', point_id: 'sum([point])', value: 'val', timestamp: 'at' },
      filter: { mode: 'json_pointer', pointer: '/type', equals: '1.0' },
    },
  },
  commandReceived: {
    enabled: true,
    payload: {
      mode: 'mapped_json',
      config: { command_id: 'id', key: "'k'", target_type: 'who', 'params.__proto__.x': 'args', params: '@' },
      filter: { mode: 'property', key: 'kind', equals: 'cmd' },
    },
  },
  rpcResponseReceived: { enabled: true },
});

const BODIES = [
  '{"schema_version":1,"event":{"kind":"write_point"},"payload":{"data":{"request_id":"r1","point_id":5,"value":9007199254740993,"timestamp":"2024-12-22T12:35:00.5+02:00","timeout_ms":5000}}}',
  '{"schema_version":1,"event":{"kind":"command_received"},"payload":{"data":{"command_id":"c","key":"k","target_type":"GATEWAY","device_id":1,"params":{"__proto__":{"polluted":1},"a":[1e3,-0.0,"\\ud83d\\ude80"]},"timestamp":1734870900000}}}',
  '{"type":1.0,"id":"q","point":5,"val":-9223372036854775809,"at":"2024-12-22T12:35:00Z","who":"SUBDEVICE","args":{"constructor":{"prototype":{"polluted":1}}}}',
];

/** What an edit puts in: tokens that mean something to JSON, numbers, names; and single bytes. */
const snippet = fc.oneof(
  fc
    .constantFrom('{', '}', '[', ']', ',', ':', '"', '\\', '\\u', 'e400', '99999999999999999999', 'null', '-')
    .map((text) => Buffer.from(text)),
  fc.constantFrom('"__proto__":', '"constructor":', '[[[[[[[[', '\uFEFF').map((text) => Buffer.from(text)),
  fc.uint8Array({ minLength: 0, maxLength: 3 }).map((bytes) => Buffer.from(bytes)),
);

const edits = fc.array(fc.record({ at: fc.nat(), remove: fc.nat({ max: 12 }), insert: snippet }), {
  minLength: 1,
  maxLength: 5,
});

const mutated = fc.tuple(fc.constantFrom(...BODIES), edits).map(([body, list]) =>
  list.reduce((bytes, { at, remove, insert }) => {
    const index = at % (bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, index), insert, bytes.subarray(index + remove)]);
  }, Buffer.from(body)),
);

/** Numbers, texts and names of a body, each of which may be another value: what is left is JSON. */
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;
const VALUES = [
  'null',
  'true',
  '0',
  '-0.0',
  '1e400',
  '99999999999999999999',
  '""',
  '"x"',
  '"kind"',
  '[]',
  '{}',
];
const otherValue = fc.constantFrom(...VALUES);
const otherValues = fc
  .tuple(fc.constantFrom(...BODIES), fc.array(fc.tuple(fc.nat(), otherValue), { minLength: 1, maxLength: 2 }))
  .map(([body, changes]) => {
    const text = changes.reduce((changed, [at, value]) => {
      const tokens = [...changed.matchAll(TOKEN)];
      const token = tokens[at % tokens.length]!;
      return changed.slice(0, token.index) + value + changed.slice(token.index + token[0].length);
    }, body);
    return Buffer.from(text);
  });

const anyBytes = fc.option(fc.uint8Array({ maxLength: 8 }), { nil: null });
const headers = fc.array(fc.tuple(fc.constantFrom('kind', 'x', '__proto__'), anyBytes), { maxLength: 3 });

afterEach(() => {
  expect('polluted' in {}).toBe(false);
  expect(Object.keys(Object.prototype)).toEqual([]);
});

describe('§6 whatever stands in a record', () => {
  it.each([
    ['random bytes', fc.uint8Array({ maxLength: 200 }), 0],
    ['random JSON', fc.json({ maxDepth: 6 }).map((text) => Buffer.from(text)), 0],
    ['mutated bodies', mutated, 1],
    ['bodies with other values', otherValues, 50],
  ])('given %s, when previewed, then it is an event, ignored, or a typed error', (_, body, least) => {
    const record = fc.record({ key: anyBytes, value: fc.option(body, { nil: null }), headers });
    const table = fc.constantFrom(envelopes, mixed);
    const counts = { event: 0, ignored: 0, error: 0 };
    fc.assert(
      fc.property(record, table, (fields, routes) => {
        const outcome = previewRecord(routes, { topic: 'ng.downlink', timestampMs: 0, ...fields });
        counts[outcome.outcome] += 1;
        if (outcome.outcome !== 'error') return;
        expect(outcome.error).toBeInstanceOf(DecodeError);
        expect(CODES).toContain(outcome.error.code);
        expect(outcome.error.message.length).toBeLessThan(400);
      }),
      { numRuns: 2000 },
    );
    // Or the mutations would prove nothing but that JSON is parsed.
    expect(Math.min(counts.event, counts.ignored)).toBeGreaterThanOrEqual(least);
    expect(counts.error).toBeGreaterThan(100);
  });

  it('given the bodies without mutation, when previewed, then each is an event', () => {
    const command = { topic: 'ng.downlink', headers: [['kind', 'other']] } as const;
    const outcomes = BODIES.map((value, index) =>
      previewRecord(index === 2 ? mixed : envelopes, { ...command, value }),
    );
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['event', 'event', 'event']);
  });
});
