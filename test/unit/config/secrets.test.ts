import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NorthwardError } from '../../../src/api/errors.js';
import { consumerProperties, producerProperties } from '../../../src/kafka/client/librdkafka.js';
import { parseConfig } from '../../../src/config/parse.js';
import { resolveSecrets } from '../../../src/kafka/client/secrets.js';
import { document, refusal, resolved } from './support.js';

const SECRET = 'hunter2';

function withPassword(password: unknown) {
  const security = { protocol: 'sasl_ssl', sasl: { username: 'u', password } };
  return resolved({ connection: { bootstrapServers: 'a', security } });
}

describe('§2 secret references', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'secrets-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  async function file(name: string, content: string): Promise<string> {
    const place = path.join(folder, name);
    await writeFile(place, content);
    return place;
  }

  test('given a secret as text, then it is taken as it stands', async () => {
    expect(await resolveSecrets(withPassword(' p '))).toMatchObject({ password: ' p ' });
  });

  test('given a configuration without secrets, then there is none', async () => {
    const none = { password: null, keyPassword: null, keyPem: null, clientSecret: null };
    expect(await resolveSecrets(resolved())).toEqual(none);
  });

  test('given { env }, then the variable is read, again each time', async () => {
    const config = withPassword({ env: 'KAFKA_PASSWORD' });
    expect(await resolveSecrets(config, { KAFKA_PASSWORD: 'one' })).toMatchObject({ password: 'one' });
    expect(await resolveSecrets(config, { KAFKA_PASSWORD: 'two' })).toMatchObject({ password: 'two' });
  });

  test.each([
    ['p\n', 'p'],
    ['p\r\n', 'p'],
    ['p\n\n', 'p\n'],
    [' p ', ' p '],
  ])('given { file } with %j, then one newline at its end is cut off', async (content, password) => {
    const place = await file('password', content);
    expect(await resolveSecrets(withPassword({ file: place }))).toMatchObject({ password });
  });

  test('given a file that is written again, then the next reading has the new secret', async () => {
    const place = await file('rotated', 'old');
    const config = withPassword({ file: place });
    expect(await resolveSecrets(config)).toMatchObject({ password: 'old' });
    await file('rotated', 'new');
    expect(await resolveSecrets(config)).toMatchObject({ password: 'new' });
  });

  test('given references for every secret, then each reaches its property', async () => {
    const keys = { keyPem: { env: 'PEM' }, keyPassword: { env: 'KP' }, certificatePem: 'C' };
    const oauthbearer = { tokenEndpointUrl: 'https://id', clientId: 'c', clientSecret: { env: 'CS' } };
    const security = { protocol: 'sasl_ssl', tls: keys, sasl: { mechanism: 'oauthbearer', oauthbearer } };
    const config = resolved({ connection: { bootstrapServers: 'a', security } });
    const secrets = await resolveSecrets(config, { PEM: 'pem', KP: 'kp', CS: 'cs' });
    for (const properties of [producerProperties(config, secrets), consumerProperties(config, secrets)]) {
      expect(properties).toMatchObject({
        'ssl.key.pem': 'pem',
        'ssl.key.password': 'kp',
        'sasl.oauthbearer.client.secret': 'cs',
      });
    }
  });

  test.each([
    ['a variable that is not set', { env: 'NOT_SET' }, 'the environment variable NOT_SET is not set'],
    ['an empty variable', { env: 'EMPTY' }, 'the environment variable EMPTY is empty'],
    ['a file that is not there', { file: '/no/such/file' }, 'the file /no/such/file cannot be read (ENOENT)'],
  ])('given %s, then the error names the reference', async (_name, reference, words) => {
    const reading = resolveSecrets(withPassword(reference), { EMPTY: '', OTHER: SECRET });
    const error: unknown = await reading.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(NorthwardError);
    expect(error).toMatchObject({ code: 'SECRET_UNAVAILABLE', retryable: false });
    expect((error as Error).message).toBe(`connection.security.sasl.password: ${words}`);
  });

  test('given an empty file, then the error names it', async () => {
    const place = await file('empty', '\n');
    await expect(resolveSecrets(withPassword({ file: place }))).rejects.toThrow(`the file ${place} is empty`);
  });
});

/** Documents that hold the secret in every place where somebody might put it. */
const LEAKS: readonly (readonly [string, unknown])[] = [
  ['a password of a wrong type', { sasl: { username: 'u', password: [SECRET] } }],
  ['a password in an object', { sasl: { username: 'u', password: { value: SECRET } } }],
  ['a reference with an extra key', { sasl: { username: 'u', password: { env: 'A', file: SECRET } } }],
  ['a reference of a wrong type', { sasl: { username: 'u', password: { env: [SECRET] } } }],
  ['a number for a password', { sasl: { username: 'u', password: 4242424242 } }],
  ['a misspelt password', { sasl: { username: 'u', pasword: SECRET } }],
  ['sasl as text', { sasl: SECRET }],
  ['a list for sasl', { sasl: [SECRET] }],
  ['tls as text', { tls: SECRET, sasl: { username: 'u' } }],
  ['a key of a wrong type', { tls: { keyPem: [SECRET], keyPassword: { key: SECRET } }, sasl: {} }],
  ['misspelt keys of tls', { tls: { keyPEM: SECRET, keypasswort: SECRET }, sasl: {} }],
  [
    'a client secret of a wrong type',
    { sasl: { mechanism: 'oauthbearer', oauthbearer: { clientSecret: [SECRET] } } },
  ],
  ['oauthbearer as text', { sasl: { mechanism: 'oauthbearer', oauthbearer: SECRET } }],
  ['a misspelt mechanism', { sasl: { mechanism: 'palin', password: SECRET, secret: SECRET } }],
];

const LEAKING_DOCUMENTS: readonly (readonly [string, unknown])[] = [
  ...LEAKS.map(
    ([name, security]) =>
      [
        name,
        {
          connection: { bootstrapServers: 'a', security: { protocol: 'sasl_ssl', ...(security as object) } },
        },
      ] as const,
  ),
  [
    'owned pass-through properties',
    document({
      connection: {
        bootstrapServers: 'a',
        properties: { 'sasl.password': SECRET, 'ssl.key.password': SECRET },
      },
    }),
  ],
  [
    'pass-through properties of a wrong type',
    document({ uplink: { producer: { properties: { 'sasl.password': [SECRET], x: { y: SECRET } } } } }),
  ],
  ['pass-through properties as text', document({ downlink: { consumer: { properties: SECRET } } })],
  [
    'a static header of a wrong type',
    document({ uplink: { headers: { static: { authorization: [SECRET] } } } }),
  ],
  ['a number for a static header', document({ uplink: { headers: { static: { pin: 4242424242 } } } })],
  ['headers as text', document({ uplink: { headers: SECRET } })],
  ['a misspelt section', document({ conection: { security: { password: SECRET } } })],
  ['security as text', { connection: { bootstrapServers: 'a', security: SECRET } }],
  ['connection as text', { connection: SECRET }],
  ['a password in an address', { connection: { bootstrapServers: `user:${SECRET}@kafka` } }],
  [
    'a password in an address with a protocol',
    { connection: { bootstrapServers: `ssl://u:${SECRET}@kafka` } },
  ],
  [
    'a password in the token endpoint',
    {
      connection: {
        bootstrapServers: 'a',
        security: {
          protocol: 'sasl_ssl',
          sasl: {
            mechanism: 'oauthbearer',
            oauthbearer: { tokenEndpointUrl: `u:${SECRET}@id`, clientId: 'c', clientSecret: SECRET },
          },
        },
      },
    },
  ],
];

describe('§2 secrets are never shown', () => {
  test.each(LEAKING_DOCUMENTS)('given %s, then no message holds it', (_name, input) => {
    const error = refusal(input);
    const shown = JSON.stringify([error.message, error.problems, error.toJSON(), String(error)]);
    expect(shown).not.toContain(SECRET);
    expect(shown).not.toContain('4242424242');
  });

  test('given secrets that do not apply or stand under unknown keys, then no warning holds them', () => {
    const security = {
      protocol: 'plaintext',
      sasl: { password: SECRET },
      tls: { keyPem: SECRET },
      pw: SECRET,
    };
    const uplink = { telemetry: { enabled: true } };
    const input = { connection: { bootstrapServers: 'a', security }, uplink };
    const { warnings } = parseConfig(input, { unknownKeys: 'warn' });
    expect(warnings).toHaveLength(3);
    expect(JSON.stringify(warnings)).not.toContain(SECRET);
  });
});
