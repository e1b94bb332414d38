import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../../src/config/parse.js';
import { document, pathsOf, problemsOf } from './support.js';

const secured = (security: object) => ({ connection: { bootstrapServers: 'kafka', security } });
const producer = (fields: object) => ({ uplink: { producer: fields } });

/** Name, document, path of the problem, what its message holds. */
const ERRORS: readonly (readonly [string, Record<string, unknown>, string, string])[] = [
  ['acks one with idempotence', producer({ acks: 'one' }), 'uplink.producer.acks', 'found one'],
  ['acks none with idempotence', producer({ acks: 'none' }), 'uplink.producer.acks', 'expected all'],
  ['maxInflight 6 with idempotence', producer({ maxInflight: 6 }), 'uplink.producer.maxInflight', 'most 5'],
  [
    'lingerMs as long as messageTimeoutMs',
    producer({ lingerMs: 100, messageTimeoutMs: 100, requestTimeoutMs: 1 }),
    'uplink.producer.lingerMs',
    'less than messageTimeoutMs (100); found 100',
  ],
  [
    'lingerMs 900001',
    producer({ lingerMs: 900_001, messageTimeoutMs: 0 }),
    'uplink.producer.lingerMs',
    '900000',
  ],
  [
    'requestTimeoutMs 900001',
    producer({ requestTimeoutMs: 900_001 }),
    'uplink.producer.requestTimeoutMs',
    '1 to 900000',
  ],
  [
    'batchNumMessages 1000001',
    producer({ batchNumMessages: 1_000_001 }),
    'uplink.producer.batchNumMessages',
    '1000000',
  ],
  [
    'maxInflight 1000001',
    producer({ enableIdempotence: false, maxInflight: 1_000_001 }),
    'uplink.producer.maxInflight',
    '1000000',
  ],
  [
    'batchSizeBytes 2^31',
    producer({ batchSizeBytes: 2 ** 31 }),
    'uplink.producer.batchSizeBytes',
    '2147483647',
  ],
  [
    'sasl_plaintext without sasl',
    secured({ protocol: 'sasl_plaintext' }),
    'connection.security.sasl',
    'is required',
  ],
  ['sasl_ssl without sasl', secured({ protocol: 'sasl_ssl' }), 'connection.security.sasl', 'is required'],
  [
    'sasl_ssl with sasl null',
    secured({ protocol: 'sasl_ssl', sasl: null }),
    'connection.security.sasl',
    'found null',
  ],
  [
    'plain without a password',
    secured({ protocol: 'sasl_ssl', sasl: { username: 'u' } }),
    'connection.security.sasl.password',
    'is required',
  ],
  [
    'scram with a blank user name',
    secured({ protocol: 'sasl_ssl', sasl: { mechanism: 'scram_sha256', username: '', password: 'p' } }),
    'connection.security.sasl.username',
    'found an empty string',
  ],
  [
    'oauthbearer without its object',
    secured({ protocol: 'sasl_ssl', sasl: { mechanism: 'oauthbearer' } }),
    'connection.security.sasl.oauthbearer',
    'is required',
  ],
  [
    'a token endpoint that is no URL',
    secured({
      protocol: 'sasl_ssl',
      sasl: {
        mechanism: 'oauthbearer',
        oauthbearer: { tokenEndpointUrl: 'id/token', clientId: 'c', clientSecret: 's' },
      },
    }),
    'connection.security.sasl.oauthbearer.tokenEndpointUrl',
    'expected a URL',
  ],
  [
    'a token endpoint with credentials in it',
    secured({
      protocol: 'sasl_ssl',
      sasl: {
        mechanism: 'oauthbearer',
        oauthbearer: { tokenEndpointUrl: 'https://u:p@id/token', clientId: 'c', clientSecret: 's' },
      },
    }),
    'connection.security.sasl.oauthbearer.tokenEndpointUrl',
    'without user and password',
  ],
  [
    'a certificate file without a key',
    secured({ protocol: 'ssl', tls: { certificateLocation: '/c' } }),
    'connection.security.tls.keyLocation',
    'keyLocation or keyPem',
  ],
  [
    'an inline certificate with a blank key',
    secured({ protocol: 'ssl', tls: { certificatePem: 'C', keyPem: ' ' } }),
    'connection.security.tls.keyLocation',
    'keyLocation or keyPem',
  ],
  [
    'retryPolicy shrinking',
    { retryPolicy: { initialIntervalMs: 10, maxIntervalMs: 9 } },
    'retryPolicy.maxIntervalMs',
    'at least',
  ],
  [
    'a retry multiplier below 1',
    { retryPolicy: { multiplier: 0.9 } },
    'retryPolicy.multiplier',
    'at least 1',
  ],
  [
    'a randomisation above 1',
    { retryPolicy: { randomizationFactor: 1.1 } },
    'retryPolicy.randomizationFactor',
    'from 0 to 1',
  ],
  [
    'redelivery back-off shrinking',
    { downlink: { redelivery: { initialBackoffMs: 10, maxBackoffMs: 9 } } },
    'downlink.redelivery.maxBackoffMs',
    'at least',
  ],
  [
    'redelivery to a dead letter that is off',
    // oxlint-disable-next-line unicorn/no-thenable -- a text, never called
    { downlink: { redelivery: { then: 'dead_letter' } } },
    'downlink.redelivery.then',
    'deadLetter.enabled',
  ],
  [
    'no bootstrap server',
    { connection: { bootstrapServers: ' , ' } },
    'connection.bootstrapServers',
    'found nothing',
  ],
  [
    'an empty list of servers',
    { connection: { bootstrapServers: [] } },
    'connection.bootstrapServers',
    'found nothing',
  ],
  [
    'a server of another protocol',
    { connection: { bootstrapServers: 'SSL://a:1' } },
    'connection.bootstrapServers',
    'plaintext; found ssl',
  ],
  [
    'a static header without a name',
    { uplink: { headers: { static: { ' ': 'x' } } } },
    'uplink.headers.static',
    'not blank',
  ],
  [
    'a static header whose name the client would cut',
    { uplink: { headers: { static: { 'a\0b': 'x' } } } },
    'uplink.headers.static',
    'without NUL',
  ],
];

describe('§2 rules between fields are errors', () => {
  test.each(ERRORS)('given %s, then it is refused there', (_name, sections, path, words) => {
    const problems = problemsOf(sections);
    expect(pathsOf(problems)).toEqual([path]);
    expect(problems[0]!.message).toContain(words);
  });

  test.each([
    ['idempotence off', producer({ enableIdempotence: false, acks: 'one', maxInflight: 6 })],
    ['no limit on the message time-out', producer({ messageTimeoutMs: 0, lingerMs: 900_000 })],
    [
      'a certificate with an inline key',
      secured({ protocol: 'ssl', tls: { certificateLocation: '/c', keyPem: 'K' } }),
    ],
    [
      'a server with the protocol of the configuration',
      { connection: { bootstrapServers: 'plaintext://a' } },
    ],
    [
      'a dead letter that is on',
      // oxlint-disable-next-line unicorn/no-thenable -- a text, never called
      { downlink: { redelivery: { then: 'dead_letter' }, deadLetter: { enabled: true } } },
    ],
  ])('given %s, then it is accepted', (_name, sections) => {
    expect(() => parseConfig(document(sections))).not.toThrow();
  });
});
