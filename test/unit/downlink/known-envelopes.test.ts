import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeRecord, type Decoded } from '../../../src/downlink/decode/decode.js';
import { KnownEnvelopes } from '../../../src/downlink/decode/known-envelopes.js';
import type { RouteTable } from '../../../src/downlink/decode/routes.js';
import { routesOf } from './support.js';

const TOPIC = 'ng.downlink';
const all = () =>
  routesOf({
    writePoint: { enabled: true },
    commandReceived: { enabled: true },
    rpcResponseReceived: { enabled: true },
  });

/** The event or error of a text, without what cannot be compared. */
function decode(table: RouteTable, text: string): unknown {
  const value = Buffer.from(text);
  return comparable(decodeRecord(table, { topic: TOPIC, key: null, value, headers: [], timestampMs: 5 }));
}

function comparable(decoded: Decoded): unknown {
  if (decoded.outcome === 'ignored') return decoded;
  if (decoded.outcome === 'event')
    return { kind: decoded.kind, route: decoded.route.kind, data: decoded.data };
  const { code, message } = decoded.error;
  return { code, message };
}

const BODIES = [
  '{"schema_version":1,"event":{"kind":"write_point"},"envelope":{"ts_ms":1734870900000,"app":{"id":1,"name":"platform"}},"payload":{"data":{"request_id":"r1","point_id":5,"value":1.5,"timestamp":"2024-12-22T12:35:00Z","timeout_ms":5000}}}',
  '{"schema_version":1,"event":{"kind":"write_point"},"payload":{"data":{"request_id":"r1","point_id":5,"value":"on","timestamp":1734870900000}}}',
  '{"schema_version":1,"event":{"kind":"command_received"},"payload":{"data":{"command_id":"c","key":"k","target_type":"GATEWAY","device_id":1,"device_name":"pümp","params":{"a":[1,{"b":false}],"c":"x"},"timestamp":1734870900000}}}',
  '{ "payload" : { "data" : { "request_id" : "r", "target_type" : "SUBDEVICE", "result" : true, "error" : null } }, "event" : { "kind" : "rpc_response_received" }, "schema_version" : 1 }\n',
  '{"schema_version":1,"event":{"kind":"telemetry"},"payload":{"data":{"values":[1,2]}}}',
];

/** Strings and numbers, which are replaced by other values. */
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;
const value = fc.oneof(
  { weight: 4, arbitrary: fc.string().map((text) => JSON.stringify(text)) },
  { weight: 4, arbitrary: fc.integer().map(String) },
  { weight: 2, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }).map(String) },
  fc.constantFrom(
    '-0',
    '-0.0',
    '1e400',
    '1E5',
    '007',
    '1.',
    '9007199254740993',
    '"ü"',
    '"\\ud800"',
    '"a\tb"',
  ),
  fc.constantFrom(
    'null',
    'true',
    '{}',
    '[1]',
    '""',
    '"GATEWAY"',
    '"write_point"',
    '"2024-02-30T00:00:00Z"',
    '2',
  ),
);
const changed = fc
  .tuple(fc.constantFrom(...BODIES), fc.array(fc.tuple(fc.nat(), value), { maxLength: 2 }))
  .map(([body, changes]) =>
    changes.reduce((text, [at, put]) => {
      const tokens = [...text.matchAll(TOKEN)];
      const token = tokens[at % tokens.length];
      return token === undefined
        ? text
        : text.slice(0, token.index) + put + text.slice(token.index + token[0].length);
    }, body),
  );

describe('§6 envelopes of a known form', () => {
  it('given other values in known forms, then the event or the error is that of the parser', () => {
    const table = all();
    const forms = table.get(TOPIC)!.envelopes!;
    for (const body of BODIES) decode(table, body);
    const record = { topic: TOPIC, key: null, value: null, headers: [], timestampMs: 5 };
    let known = 0;
    fc.assert(
      fc.property(changed, (text) => {
        // A table that has met nothing yet parses.
        expect(decode(table, text)).toEqual(decode(all(), text));
        if (forms.read(text, record) !== null) known += 1;
      }),
      { numRuns: 5_000 },
    );
    expect(known).toBeGreaterThan(100);
  });

  const forms = () => new KnownEnvelopes<{ kind: 'write_point' }>();
  const route = { kind: 'write_point' } as const;
  const record = { topic: TOPIC, key: null, value: null, headers: [], timestampMs: 5 };
  const body = (extra: string) =>
    `{"schema_version":1,"event":{"kind":"write_point"},"payload":{"data":{"request_id":"r","point_id":1,"value":1${extra}}}}`;
  /** Asks as decoding does. @returns whether it was known */
  function meet(known: ReturnType<typeof forms>, text: string): boolean {
    if (known.read(text, record) !== null) return true;
    known.learn(text, route);
    return false;
  }

  it('given a text, then the next one of its form is known, up to a length', () => {
    const known = forms();
    expect(meet(known, body(''))).toBe(false);
    expect(known.read(body('').replace('"r"', '"other"'), record)).toEqual({
      route,
      event: {
        kind: 'write_point',
        data: { requestId: 'other', pointId: 1, value: 1, timestamp: new Date(5) },
      },
    });
    const long = body(`,"x":"${'y'.repeat(3_000)}"`);
    expect([meet(known, long), meet(known, long)]).toEqual([false, false]);
  });

  it('given a few forms in turn, then all of them are known', () => {
    const known = forms();
    const texts = ['', ',"a":1', ',"b":1', ',"c":1'].map(body);
    for (const text of texts) expect(meet(known, text)).toBe(false);
    for (let round = 0; round < 100; round += 1)
      for (const text of texts) expect(meet(known, text)).toBe(true);
  });

  it('given ever other forms, then they are looked at less and less, and one that stays is known again', () => {
    const known = forms();
    for (let n = 0; n < 20_000; n += 1) expect(meet(known, body(`,"key ${n}":1`))).toBe(false);
    const stays = body('');
    let asked = 1;
    while (!meet(known, stays)) asked += 1;
    expect(asked).toBeLessThan(17 * 1_024);
    for (let n = 0; n < 100; n += 1) expect(meet(known, stays)).toBe(true);
  });
});
