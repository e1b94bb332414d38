import { describe, expect, it } from 'vitest';
import { compileRoutes } from '../../../src/downlink/decode/routes.js';
import { decodeRecord } from '../../../src/downlink/decode/decode.js';
import { previewRecord } from '../../../src/downlink/preview.js';
import { resolveRoute, routesOf, type RouteDocument } from './support.js';

const mapped = (filter: object): RouteDocument => ({
  enabled: true,
  payload: { mode: 'mapped_json', config: { request_id: 'id' }, filter } as RouteDocument['payload'] & object,
});
const none = mapped({ mode: 'none' });
const pointer = mapped({ mode: 'json_pointer', pointer: '/t', equals: 'x' });
const property = mapped({ mode: 'property', key: 'k', equals: 'x' });
const key = mapped({ mode: 'key', equals: 'x' });
const envelope: RouteDocument = { enabled: true };

const order = (writePoint: RouteDocument, commandReceived: RouteDocument, rpc: RouteDocument) =>
  routesOf({ writePoint, commandReceived, rpcResponseReceived: rpc })
    .get('ng.downlink')
    ?.routes.map((route) => route.kind);

describe('§6 route table', () => {
  it.each([
    ['none, pointer, property', none, pointer, property, ['rpc', 'command', 'write']],
    ['envelope, none, pointer', envelope, none, pointer, ['rpc', 'write', 'command']],
    ['pointer, envelope, key', pointer, envelope, key, ['rpc', 'write', 'command']],
    ['none, envelope, envelope', none, envelope, envelope, ['command', 'rpc', 'write']],
    ['property, key, property', property, key, property, ['write', 'command', 'rpc']],
    ['key, property, none', key, property, none, ['write', 'command', 'rpc']],
  ])(
    'given routes %s on one topic, then they are tried in the order of the contract',
    (_, a, b, c, kinds) => {
      expect(order(a, b, c)?.map((kind) => kind.split('_')[0])).toEqual(kinds);
    },
  );

  it('given routes on several topics, when compiled, then the table has each trimmed topic once', () => {
    const table = routesOf({
      writePoint: { enabled: true, topic: ' a ' },
      commandReceived: { enabled: true, topic: 'a' },
      rpcResponseReceived: { enabled: true, topic: 'b' },
    });
    expect([...table.keys()]).toEqual(['a', 'b']);
    expect(table.get('a')?.routes.map((route) => route.kind)).toEqual(['write_point', 'command_received']);
  });

  it('given the downlink disabled, when compiled, then the table is empty', () => {
    const route = resolveRoute({ enabled: true });
    const routes = { writePoint: route, commandReceived: route, rpcResponseReceived: route };
    expect(compileRoutes({ enabled: false, ...routes }).size).toBe(0);
  });

  it('given a disabled route with an expression that does not parse, when compiled, then it is not judged', () => {
    const payload = { mode: 'mapped_json', config: { a: '][' } } as const;
    expect(routesOf({ writePoint: { enabled: false, payload } }).size).toBe(0);
  });

  it('given the policies of a topic, when compiled, then the table carries them', () => {
    const route = {
      ...resolveRoute({ enabled: true }),
      ackPolicy: 'always',
      failurePolicy: 'error',
    } as const;
    const routes = { writePoint: route, commandReceived: route, rpcResponseReceived: route };
    expect(compileRoutes({ enabled: true, ...routes }).get('ng.downlink')).toMatchObject({
      topic: 'ng.downlink',
      ackPolicy: 'always',
      failurePolicy: 'error',
    });
  });

  it('given a record that yields an event, when decoded, then the route that won is told', () => {
    const table = routesOf({ writePoint: envelope, commandReceived: envelope });
    const value = Buffer.from(
      '{"schema_version":1,"event":{"kind":"command_received"},"payload":{"data":{"command_id":"c","key":"k","target_type":"GATEWAY"}}}',
    );
    const record = { topic: 'ng.downlink', key: null, value, headers: [], timestampMs: 5 };
    const decoded = decodeRecord(table, record);
    expect(decoded).toMatchObject({ outcome: 'event', route: { kind: 'command_received' } });
    expect(decoded).toMatchObject({ data: { timestamp: new Date(5) } });
  });
});

describe('§6 preview', () => {
  const table = routesOf({ writePoint: { ...key, ...mapped({ mode: 'key', equals: 'ü' }) } });
  const value = '{"id":"r1"}';

  it.each([
    ['text', 'ü'],
    ['a Buffer', Buffer.from('ü')],
    ['a Uint8Array', new Uint8Array([0xc3, 0xbc])],
  ])('given the key as %s, when previewed, then the filter matches', (_, bytes) => {
    const outcome = previewRecord(table, { topic: 'ng.downlink', key: bytes, value });
    expect(outcome).toMatchObject({ outcome: 'error', error: { code: 'COMMAND_INVALID' } });
  });

  it('given no key and no headers, when previewed, then the record has none', () => {
    expect(previewRecord(table, { topic: 'ng.downlink', value })).toEqual({ outcome: 'ignored' });
  });

  it('given no timestamp anywhere, when previewed with a clock, then now is taken', () => {
    const envelopes = routesOf({ writePoint: envelope });
    const body =
      '{"schema_version":1,"event":{"kind":"write_point"},"payload":{"data":{"request_id":"r","point_id":1,"value":1}}}';
    const outcome = previewRecord(envelopes, { topic: 'ng.downlink', value: body }, 1234);
    expect(outcome).toEqual({
      outcome: 'event',
      kind: 'write_point',
      data: { requestId: 'r', pointId: 1, value: 1, timestamp: new Date(1234) },
    });
  });
});
