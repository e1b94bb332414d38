import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../../src/config/parse.js';
import { document, nest, pathsOf, warningsOf } from './support.js';

const secured = (security: object) => ({ connection: { bootstrapServers: 'kafka', security } });
const producer = (fields: object) => ({ uplink: { producer: fields } });
const APP = { app: { id: 1 } };

describe('§2 warnings, not errors', () => {
  const mapped = { mode: 'mapped_json', config: { request_id: 'id' } };

  test('given a mapped_json without a filter on a shared topic, then it is warned of', () => {
    const downlink = {
      writePoint: { enabled: true, payload: mapped },
      commandReceived: { enabled: true },
    };
    expect(pathsOf(warningsOf({ downlink }, APP))).toEqual(['downlink.writePoint.payload.filter']);
  });

  test.each([
    ['it has a filter', { payload: { ...mapped, filter: { mode: 'key', equals: 'w' } } }],
    ['it has a topic of its own', { payload: mapped, topic: 'b' }],
  ])('given a mapped_json on a topic, when %s, then there is no warning', (_name, fields) => {
    const downlink = { writePoint: { enabled: true, ...fields }, commandReceived: { enabled: true } };
    expect(warningsOf({ downlink }, APP)).toEqual([]);
  });

  test.each([
    [
      'requestTimeoutMs above messageTimeoutMs',
      'uplink.producer.requestTimeoutMs',
      producer({ requestTimeoutMs: 30_001 }),
    ],
    ['sasl with plaintext', 'connection.security.sasl', secured({ sasl: { password: 'p' } })],
    [
      'tls with sasl_plaintext',
      'connection.security.tls',
      secured({ protocol: 'sasl_plaintext', tls: {}, sasl: { username: 'u', password: 'p' } }),
    ],
    [
      'a client key without its certificate',
      'connection.security.tls.keyLocation',
      secured({ protocol: 'ssl', tls: { keyLocation: '/k' } }),
    ],
    [
      'includeMeta with envelope_json',
      'uplink.telemetry.payload.includeMeta',
      nest('uplink.telemetry.payload', { mode: 'envelope_json', includeMeta: true }),
    ],
    [
      'config with kv',
      'uplink.telemetry.payload.config',
      nest('uplink.telemetry.payload', { mode: 'kv', config: {} }),
    ],
    [
      'config with envelope_json in a route',
      'downlink.writePoint.payload.config',
      nest('downlink.writePoint.payload', { mode: 'envelope_json', config: {} }),
    ],
    [
      'a pointer with the filter key',
      'downlink.writePoint.payload.filter.pointer',
      nest('downlink.writePoint.payload', { ...mapped, filter: { mode: 'key', equals: 'a', pointer: '/a' } }),
    ],
    ['a header that does not exist', 'uplink.headers[1]', { uplink: { headers: ['app_id', 'device'] } }],
    ['the same in an object', 'uplink.headers.include[0]', { uplink: { headers: { include: ['device'] } } }],
  ])('given %s, then it is a warning', (_name, path, sections) => {
    expect(pathsOf(warningsOf(sections))).toEqual([path]);
  });

  test('given null for what does not apply, then there is no warning', () => {
    expect(warningsOf(secured({ protocol: 'plaintext', tls: null, sasl: null }))).toEqual([]);
  });

  test('given what does not apply, then it is left out of the result, whatever it holds', () => {
    const { config } = parseConfig(
      document(secured({ protocol: 'plaintext', sasl: { username: 5 }, tls: 'x' })),
    );
    expect(config.connection.security).toEqual({ protocol: 'plaintext', tls: null, sasl: null });
  });
});

test('§2 given a variable in a template that no event has, then it is warned of, with the nearest name', () => {
  const telemetry = { enabled: true, topic: 'a.{{devicename}}', key: '{{default site "x"}}' };
  const warnings = warningsOf({ uplink: { telemetry } });
  expect(warnings.map(({ path, message }) => `${path}: ${message}`)).toEqual([
    'uplink.telemetry.topic: there is no variable "devicename": it renders as nothing; did you mean device_name?',
    'uplink.telemetry.key: there is no variable "site": it renders as nothing',
  ]);
});

test('§2 given every variable that an event may have, then there is no warning', () => {
  const ours = 'app_id app_name plugin_type event_kind ts_ms yyyy MM dd HH';
  const theirs = 'device_id device_name device_type channel_name request_id point_id alarm_type severity';
  const names = `${ours} ${theirs}`.split(' ');
  const topic = names.map((name) => `{{${name}}}`).join('.');
  const open = '{{#each x}}{{this}}{{/each}}{{lookup @root "devicename"}}';
  expect(warningsOf({ uplink: { telemetry: { enabled: true, topic, key: open } } })).toEqual([]);
});
