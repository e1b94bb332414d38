import { describe, expect, test } from 'vitest';
import { normaliseBootstrapServers, parseBootstrapServers } from '../../../src/config/bootstrap-servers.js';
import { nearest } from '../../../src/config/describe.js';
import { PathSet, childPath, showPath } from '../../../src/config/path.js';

describe('§2 bootstrapServers', () => {
  test.each([
    ['kafka', 'kafka:9092'],
    [' a:1 , b ,, c:3,', 'a:1,b:9092,c:3'],
    [['a:1', 'b,c'], 'a:1,b:9092,c:9092'],
    ['[::1]:9093', '[::1]:9093'],
    ['[::1]', '[::1]:9092'],
    ['[fe80::1%eth0]:1', '[fe80::1%eth0]:1'],
    ['PLAINTEXT://a:1,sasl_ssl://b', 'a:1,b:9092'],
    ['SSL://a:1/', 'a:1'],
    ['a,a:9092', 'a:9092'],
    ['10.0.0.1:65535', '10.0.0.1:65535'],
  ])('given %j, then it is %s', (servers, expected) => {
    const entries = parseBootstrapServers(servers);
    expect(entries.filter(({ ok }) => !ok)).toEqual([]);
    expect(normaliseBootstrapServers(entries)).toBe(expected);
  });

  test.each([
    'a:0',
    'a:65536',
    'a:x',
    'a:',
    ':9092',
    '::1',
    'a b',
    'http://a',
    '://a',
    'a/b',
    'u@a',
    '[::1',
    'a:1:2',
  ])('given %j, then it is refused', (servers) => {
    expect(parseBootstrapServers(servers)).toMatchObject([{ ok: false }]);
  });
});

describe('§2 suggestions', () => {
  const NAMES = ['telemetry', 'attributes', 'alarm', 'tls', 'kv', 'sasl_ssl', 'plaintext', 'constructor'];

  test.each([
    ['telemtery', 'telemetry'],
    ['Telemetry', 'telemetry'],
    ['telemetrie', 'telemetry'],
    ['atributes', 'attributes'],
    ['tsl', 'tls'],
    ['SASL-SSL', 'sasl_ssl'],
    ['saslSsl', 'sasl_ssl'],
    ['KV', 'kv'],
  ])('given %s, then %s is meant', (word, expected) => {
    expect(nearest(word, NAMES)).toBe(expected);
  });

  test.each(['', 'x', 'ssh', 'json', 'k', 'temperature', 'x'.repeat(10_000)])(
    'given %s, then nothing is near enough',
    (word) => {
      expect(nearest(word, NAMES)).toBeUndefined();
    },
  );
});

describe('§2 paths', () => {
  test('given keys, places in lists and odd names, then each is shown without doubt', () => {
    expect(showPath(['uplink', 'headers', 0])).toBe('uplink.headers[0]');
    expect(showPath(['connection', 'properties', 'a.b'])).toBe('connection.properties["a.b"]');
    expect(showPath([])).toBe('');
    expect(childPath('', 'a')).toBe('a');
    expect(childPath('a', 'b')).toBe('a.b');
    expect(childPath('a', 'b.c')).toBe('a["b.c"]');
  });

  test('given two paths, then they overlap only where one is or lies under the other', () => {
    expect(new PathSet(['a.b']).overlaps('a')).toBe(true);
    expect(new PathSet(['a']).overlaps('a[0]')).toBe(true);
    expect(new PathSet(['']).overlaps('a')).toBe(true);
    expect(new PathSet(['a']).overlaps('')).toBe(true);
    expect(new PathSet(['a.b', 'b']).overlaps('a.bc')).toBe(false);
    expect(new PathSet([]).overlaps('')).toBe(false);
  });
});
