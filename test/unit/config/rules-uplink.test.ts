import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../../src/config/parse.js';
import { document, pathsOf, problemsOf } from './support.js';

/** Name, fields of the slot, path under it, what the message holds. */
const UPLINK: readonly (readonly [string, object, string, string])[] = [
  ['a template that does not parse', { topic: '{{#if x}}' }, 'topic', 'template'],
  ['a template with an unknown helper', { topic: '{{upper device_name}}' }, 'topic', 'upper'],
  ['a blank topic', { topic: '  ' }, 'topic', 'not blank'],
  ['a key that does not parse', { key: '{{' }, 'key', 'template'],
  [
    'an expression that does not parse',
    { payload: { mode: 'mapped_json', config: { a: 'b[' } } },
    'payload.config.a',
    'JMESPath',
  ],
  [
    'an unknown function',
    { payload: { mode: 'mapped_json', config: { a: 'nope(b)' } } },
    'payload.config.a',
    'nope',
  ],
  [
    'a mapped_json without rules',
    { payload: { mode: 'mapped_json', config: {} } },
    'payload.config',
    'at least one rule',
  ],
  [
    'a blank path',
    { payload: { mode: 'mapped_json', config: { ' . ': 'b' } } },
    'payload.config[" . "]',
    'output path',
  ],
  [
    'a blank expression',
    { payload: { mode: 'mapped_json', config: { a: ' ' } } },
    'payload.config.a',
    'blank',
  ],
];

describe('§2 uplink slots', () => {
  test.each(UPLINK)('given %s in an enabled slot, then it is refused', (_name, fields, path, words) => {
    const problems = problemsOf({ uplink: { telemetry: { enabled: true, ...fields } } });
    expect(pathsOf(problems)).toEqual([`uplink.telemetry.${path}`]);
    expect(problems[0]!.message).toContain(words);
  });

  test.each(UPLINK)(
    'given %s, then it is not judged where the slot or the uplink is off',
    (_name, fields) => {
      expect(() => parseConfig(document({ uplink: { telemetry: fields } }))).not.toThrow();
      const off = { uplink: { enabled: false, telemetry: { enabled: true, ...fields } } };
      expect(() => parseConfig(document(off))).not.toThrow();
    },
  );

  test('§4: given a blank key template, then it is accepted and means no key', () => {
    const { config } = parseConfig(document({ uplink: { telemetry: { enabled: true, key: ' ' } } }));
    expect(config.uplink.telemetry.key).toBe(' ');
  });

  const others = ['deviceConnected', 'deviceDisconnected', 'alarm', 'rpcResponse', 'writePointResponse'];

  test.each(others.flatMap((slot) => [[slot, 'kv'] as const, [slot, 'timeseries_rows'] as const]))(
    '§5: given %s with %s, then it is refused where enabled',
    (slot, mode) => {
      const uplink = (enabled: boolean) => ({ uplink: { [slot]: { enabled, payload: { mode } } } });
      expect(pathsOf(problemsOf(uplink(true)))).toEqual([`uplink.${slot}.payload.mode`]);
      expect(() => parseConfig(document(uplink(false)))).not.toThrow();
    },
  );

  test.each(['telemetry', 'attributes'])('§5: given %s, then every payload mode is accepted', (slot) => {
    for (const mode of ['envelope_json', 'kv', 'timeseries_rows']) {
      expect(() =>
        parseConfig(document({ uplink: { [slot]: { enabled: true, payload: { mode } } } })),
      ).not.toThrow();
    }
  });
});

test('§6 replies: given uplink.enabled false, then the mapping of a reply that the downlink may send is judged', () => {
  const uplink = { enabled: false, writePointResponse: { enabled: true, topic: '{{#if x}}' } };
  const writePoint = { enabled: true, topic: 'cmd' };
  const used = document({ app: { id: 1 }, uplink, downlink: { enabled: true, writePoint } });
  expect(pathsOf(problemsOf(used))).toEqual(['uplink.writePointResponse.topic']);
  const unused = document({ uplink, downlink: { enabled: false, writePoint } });
  expect(() => parseConfig(unused)).not.toThrow();
});
