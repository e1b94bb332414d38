import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../../src/config/parse.js';
import type { NorthwardConfig } from '../../../src/api/config.js';
import { aboutMore, document, nest, resolved } from './support.js';

const MINIMAL = `{
  "connection": { "bootstrapServers": "127.0.0.1:9092", "security": { "protocol": "plaintext" } },
  "uplink": {
    "enabled": true,
    "telemetry": { "enabled": true, "topic": "ng.uplink.telemetry", "key": "{{device_id}}",
                   "payload": { "mode": "envelope_json" } }
  },
  "downlink": { "enabled": false }
}`;

describe('§2 a good document', () => {
  test('given the smallest document of the contract, then it is taken unchanged, without a warning', () => {
    const { config, warnings } = parseConfig(JSON.parse(MINIMAL));
    expect(warnings).toEqual([]);
    expect(config.uplink.telemetry).toEqual({
      enabled: true,
      topic: 'ng.uplink.telemetry',
      key: '{{device_id}}',
      payload: { mode: 'envelope_json' },
    });
  });

  test('given a typed literal and imported JSON, then both are taken', () => {
    const typed = {
      connection: { bootstrapServers: ['a', 'b:1'] },
      uplink: {
        headers: ['device_id'],
        telemetry: { enabled: true, payload: { mode: 'kv', includeMeta: true } },
      },
    } as const satisfies NorthwardConfig;
    const imported: unknown = JSON.parse(JSON.stringify(typed));
    expect(parseConfig(imported)).toEqual(parseConfig(typed));
    expect(parseConfig(typed).config.uplink.telemetry.payload).toEqual({
      mode: 'kv',
      includeMeta: true,
      pack: null,
    });
  });

  test('given wrong literals, then the compiler refuses them', () => {
    const connection = { bootstrapServers: 'a' };
    // @ts-expect-error a misspelt protocol
    const protocol: NorthwardConfig = { connection: { ...connection, security: { protocol: 'tls' } } };
    // @ts-expect-error sasl_ssl without sasl
    const sasl: NorthwardConfig = { connection: { ...connection, security: { protocol: 'sasl_ssl' } } };
    const mode: NorthwardConfig = {
      connection,
      // @ts-expect-error config belongs to mapped_json
      uplink: { telemetry: { payload: { mode: 'kv', config: {} } } },
    };
    for (const wrong of [protocol, sasl]) expect(() => parseConfig(wrong)).toThrow('Invalid configuration');
    expect(aboutMore(parseConfig(mode).warnings)).toHaveLength(1);
  });

  test('given a document, then the result is frozen all the way down and the input stays as it was', () => {
    const input = {
      connection: { bootstrapServers: 'a', properties: { 'client.rack': 'r' } },
      uplink: { headers: ['app_id'] },
    };
    const before = structuredClone(input);
    const parsed = parseConfig(input, { app: { name: 'n' } });
    expect(input).toEqual(before);
    expect(Object.isFrozen(input.connection.properties)).toBe(false);
    const unfrozen: string[] = [];
    const walk = (value: unknown, path: string): void => {
      if (typeof value !== 'object' || value === null) return;
      if (!Object.isFrozen(value)) unfrozen.push(path);
      for (const [key, child] of Object.entries(value)) walk(child, `${path}.${key}`);
    };
    walk(parsed, 'parsed');
    expect(unfrozen).toEqual([]);
  });

  test('given two documents, then nothing of the one reaches the other', () => {
    parseConfig(document({ connection: { bootstrapServers: 'a', properties: { 'client.rack': 'r' } } }));
    expect(resolved().connection.properties).toEqual({});
  });

  test('given app and retryPolicy beside the document, then they win, field by field', () => {
    const config = resolved(
      { app: { id: 1, name: 'one' }, retryPolicy: { maxAttempts: 9, multiplier: 3 } },
      { app: { id: 2 }, retryPolicy: { maxAttempts: 3 } },
    );
    expect(config.app).toEqual({ id: 2, name: 'one' });
    expect(config.connection.clientId).toBe('ng-gateway-app-2');
    expect(config.retryPolicy).toMatchObject({ maxAttempts: 3, multiplier: 3 });
  });

  test.each([
    ['connection.clientId', 'ng-gateway-app-0'],
    ['app.name', 'ng-gateway'],
    ['downlink.groupId', 'ng-gateway-plugin-0'],
    ['downlink.groupInstanceId', null],
    ['downlink.deadLetter.topic', 'ng.downlink.dead-letter'],
  ])('given a blank %s, then it counts as absent', (path, byDefault) => {
    const { connection, ...sections } = nest(path, '  ');
    const config = resolved({
      ...sections,
      connection: { bootstrapServers: 'a', ...(connection as object) },
    });
    expect(path.split('.').reduce<unknown>((v, key) => (v as Record<string, unknown>)[key], config)).toBe(
      byDefault,
    );
  });

  test('given blank TLS fields, then they count as absent, but for the host name check', () => {
    const tls = {
      caLocation: '',
      caPem: ' ',
      keyPassword: '',
      keyPem: '',
      endpointIdentificationAlgorithm: '',
    };
    const config = resolved({ connection: { bootstrapServers: 'a', security: { protocol: 'ssl', tls } } });
    expect(config.connection.security.tls).toEqual({
      caLocation: null,
      certificateLocation: null,
      keyLocation: null,
      keyPassword: null,
      endpointIdentificationAlgorithm: '',
      caPem: null,
      certificatePem: null,
      keyPem: null,
    });
  });

  test.each([
    [true, { include: true, static: {}, messageId: false }],
    [false, { include: [], static: {}, messageId: false }],
    [['ts_ms'], { include: ['ts_ms'], static: {}, messageId: false }],
    [{ static: { site: 'n' } }, { include: true, static: { site: 'n' }, messageId: false }],
    [
      { include: false, static: { site: 'n' } },
      { include: [], static: { site: 'n' }, messageId: false },
    ],
    [{ include: ['ts_ms'] }, { include: ['ts_ms'], static: {}, messageId: false }],
    [['message_id'], { include: ['message_id'], static: {}, messageId: true }],
    [{ include: ['message_id'] }, { include: ['message_id'], static: {}, messageId: true }],
    [{ messageId: true }, { include: true, static: {}, messageId: true }],
    [
      { include: false, messageId: true },
      { include: [], static: {}, messageId: true },
    ],
  ])('§4: given uplink.headers %j, then it is resolved', (headers, expected) => {
    expect(resolved({ uplink: { headers } }).uplink.headers).toEqual(expected);
  });

  test.each([
    [undefined, { mode: 'none' }],
    [{ mode: 'none' }, { mode: 'none' }],
    [
      { mode: 'json_pointer', pointer: '', equals: '' },
      { mode: 'json_pointer', pointer: '', equals: '' },
    ],
    [
      { mode: 'property', key: 'k', equals: 'v' },
      { mode: 'property', key: 'k', equals: 'v' },
    ],
    [
      { mode: 'key', equals: 'v' },
      { mode: 'key', equals: 'v' },
    ],
  ])('§6: given the filter %j, then it is resolved', (filter, expected) => {
    const payload = { mode: 'mapped_json', config: { request_id: 'id' }, ...(filter && { filter }) };
    expect(resolved({ downlink: { writePoint: { payload } } }).downlink.writePoint.payload).toEqual({
      mode: 'mapped_json',
      config: { request_id: 'id' },
      filter: expected,
    });
  });
});
