import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../../src/config/parse.js';
import { document, nest, pathsOf, problemsOf, refusal, warningsOf } from './support.js';

describe('§2 a wrong document: every problem at once', () => {
  test('given many problems, then all are told, with path, expectation, find and suggestion', () => {
    const problems = refusal({
      connection: {
        bootstrapServers: 'a:b',
        security: { protocol: 'sasl_sssl', sasl: { mechanism: 'plian', usrname: 'u' } },
      },
      uplink: {
        producer: { lingerMs: -1, acks: 'one', batchSizeBytes: '5' },
        telemetry: { enabled: true, topic: '{{', payload: { mode: 'envelop_json' } },
        alarm: { enabled: 'yes' },
      },
      downlink: { comandReceived: {}, writePoint: { enabled: true, topic: '*' } },
    }).problems;
    expect(new Set(pathsOf(problems))).toEqual(
      new Set([
        'connection.bootstrapServers',
        'connection.security.protocol',
        'connection.security.sasl.mechanism',
        'connection.security.sasl.usrname',
        'connection.security.sasl.password',
        'uplink.producer.lingerMs',
        'uplink.producer.acks',
        'uplink.producer.batchSizeBytes',
        'uplink.telemetry.topic',
        'uplink.telemetry.payload.mode',
        'uplink.alarm.enabled',
        'downlink.comandReceived',
        'downlink.writePoint.topic',
        'app.id',
      ]),
    );
    expect(problems.find(({ path }) => path === 'uplink.telemetry.payload.mode')).toEqual({
      path: 'uplink.telemetry.payload.mode',
      message:
        'expected one of envelope_json, kv, timeseries_rows, mapped_json; found "envelop_json"; did you mean envelope_json?',
      expected: 'one of envelope_json, kv, timeseries_rows, mapped_json',
      found: '"envelop_json"',
      suggestion: 'envelope_json',
    });
    expect(problems.find(({ path }) => path === 'uplink.producer.batchSizeBytes')).toMatchObject({
      message: 'expected an integer from 1 to 2147483647; found "5"',
    });
  });

  test('given an error, then its message names every path', () => {
    const error = refusal({ zzz: 1 });
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.retryable).toBe(false);
    expect(error.message).toContain('2 problems');
    expect(error.message).toContain('zzz: unknown key');
    expect(error.message).toContain('connection: is required');
  });

  test.each([
    ['uplnik', 'uplink'],
    ['retry_policy', 'retryPolicy'],
    ['Downlink', 'downlink'],
    ['something', undefined],
    ['ab', undefined],
  ])('given the unknown key %s, then the suggestion is %s', (key, suggestion) => {
    const [problem] = problemsOf({ [key]: {} });
    expect(problem).toMatchObject({ path: key, found: JSON.stringify(key) });
    expect(problem!.suggestion).toBe(suggestion);
    expect(problem!.message.includes('did you mean')).toBe(suggestion !== undefined);
  });

  test.each([
    ['LZ4', 'lz4'],
    ['gzipp', 'gzip'],
    ['brotli', undefined],
    ['', undefined],
  ])('given the compression %j, then the suggestion is %s', (compression, suggestion) => {
    expect(problemsOf({ uplink: { producer: { compression } } })[0]!.suggestion).toBe(suggestion);
  });

  test('given a misspelt required key, then it is told once, as misspelt', () => {
    const problems = refusal({ connection: { bootstrapServer: 'a' } }).problems;
    expect(problems).toMatchObject([{ path: 'connection.bootstrapServer', suggestion: 'bootstrapServers' }]);
  });

  test('given a wrong value, then rules that rest on it are silent', () => {
    expect(pathsOf(problemsOf({ uplink: { producer: { enableIdempotence: 'no', acks: 'one' } } }))).toEqual([
      'uplink.producer.enableIdempotence',
    ]);
  });

  test('given no payload mode or filter mode, then it is required', () => {
    expect(pathsOf(problemsOf(nest('uplink.telemetry.payload', {})))).toEqual([
      'uplink.telemetry.payload.mode',
    ]);
    const payload = { mode: 'mapped_json', config: { a: 'b' }, filter: { equals: 'x' } };
    expect(pathsOf(problemsOf(nest('downlink.writePoint.payload', payload)))).toEqual([
      'downlink.writePoint.payload.filter.mode',
    ]);
  });
});

describe('§2 unknownKeys warn', () => {
  test('given an unknown key, then it is a warning and the rest holds', () => {
    const sections = { extra: 1, uplink: { telemetry: { enabled: true, colour: 'red' } } };
    const { config, warnings } = parseConfig(document(sections), { unknownKeys: 'warn' });
    expect(pathsOf(warnings)).toEqual(['extra', 'uplink.telemetry.colour']);
    expect(config.uplink.telemetry.enabled).toBe(true);
    expect(config).not.toHaveProperty('extra');
  });

  test('given a misspelt required key, then the document is refused all the same', () => {
    const error = refusal({ connection: { bootstrapServer: 'a' } }, { unknownKeys: 'warn' });
    expect(pathsOf(error.problems)).toEqual(['connection.bootstrapServers']);
  });

  test('given a misspelt groupId, then app.id is required all the same', () => {
    const downlink = { commandReceived: { enabled: true }, groupID: 'g' };
    expect(pathsOf(problemsOf({ downlink }, { unknownKeys: 'warn' }))).toEqual(['app.id']);
  });

  test('given a wrong value, then it stays an error', () => {
    const sections = { uplink: { enabled: 1 } };
    expect(pathsOf(problemsOf(sections, { unknownKeys: 'warn' }))).toEqual(['uplink.enabled']);
    expect(warningsOf({ extra: 1 }, { unknownKeys: 'warn' })).toHaveLength(1);
  });
});
