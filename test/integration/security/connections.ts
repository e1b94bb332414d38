/** Each way to connect that works. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { pem, SECRETS, type SecureKafka } from '../../support/secure-kafka.js';
import { tell, Watched } from './watched.js';

type Listener = Parameters<SecureKafka['at']>[0];
type Case = readonly [what: string, listener: Listener, security: (kafka: SecureKafka) => unknown];

const withCa = (kafka: SecureKafka): { caLocation: string } => ({ caLocation: kafka.ca.certificate });

const CASES: readonly Case[] = [
  ['TLS, CA by path', 'tls', (kafka) => ({ protocol: 'ssl', tls: withCa(kafka) })],
  [
    'TLS, CA inline',
    'tls',
    async (kafka) => ({ protocol: 'ssl', tls: { caPem: await pem(kafka.ca.certificate) } }),
  ],
  [
    'TLS with the host name check, by name',
    'tls',
    (kafka) => ({ protocol: 'ssl', tls: { ...withCa(kafka), endpointIdentificationAlgorithm: 'https' } }),
  ],
  [
    'TLS without the host name check, to a broker of another name',
    'otherHost',
    (kafka) => ({ protocol: 'ssl', tls: { ...withCa(kafka), endpointIdentificationAlgorithm: 'none' } }),
  ],
  [
    'mutual TLS, by path',
    'mutual',
    (kafka) => ({ protocol: 'ssl', tls: { ...withCa(kafka), ...byPath(kafka.client) } }),
  ],
  [
    'mutual TLS, encrypted key by path, its password by { env }',
    'mutual',
    (kafka) => {
      process.env['SECURE_KEY_PASSWORD'] = SECRETS.key;
      const keyPassword = { env: 'SECURE_KEY_PASSWORD' };
      return { protocol: 'ssl', tls: { ...withCa(kafka), ...byPath(kafka.lockedClient), keyPassword } };
    },
  ],
  [
    'mutual TLS, encrypted key inline',
    'mutual',
    async (kafka) => {
      const { certificate, key } = kafka.lockedClient;
      const [caPem, certificatePem, keyPem] = await Promise.all(
        [kafka.ca.certificate, certificate, key].map(pem),
      );
      return { protocol: 'ssl', tls: { caPem, certificatePem, keyPem, keyPassword: SECRETS.key } };
    },
  ],
  [
    'mutual TLS, key by { file }',
    'mutual',
    (kafka) => {
      const { certificate: certificateLocation, key } = kafka.client;
      return { protocol: 'ssl', tls: { ...withCa(kafka), certificateLocation, keyPem: { file: key } } };
    },
  ],
  ['SASL plain', 'sasl', () => user('plain', 'plain', SECRETS.plain)],
  ['SASL scram_sha256', 'sasl', () => user('scram_sha256', 'scram256', SECRETS.scram256)],
  [
    'SASL scram_sha512, password by { env }',
    'sasl',
    () => {
      process.env['SECURE_PASSWORD'] = SECRETS.scram512;
      return user('scram_sha512', 'scram512', { env: 'SECURE_PASSWORD' });
    },
  ],
  [
    'SASL scram_sha512 over TLS, password by { file }',
    'saslTls',
    async (kafka) => {
      const file = path.join(kafka.folder, 'password');
      await writeFile(file, `${SECRETS.scram512}\n`);
      return { ...user('scram_sha512', 'scram512', { file }), protocol: 'sasl_ssl', tls: withCa(kafka) };
    },
  ],
  ['SASL oauthbearer', 'oauth', (kafka) => oauth(kafka)],
];

export function byPath({ certificate, key }: { certificate: string; key: string }): Record<string, string> {
  return { certificateLocation: certificate, keyLocation: key };
}

export function tls(kafka: SecureKafka, over: Record<string, unknown> = {}): Record<string, unknown> {
  return { protocol: 'ssl', tls: { ...withCa(kafka), ...over } };
}

export function user(mechanism: string, username: string, password: unknown): Record<string, unknown> {
  return { protocol: 'sasl_plaintext', sasl: { mechanism, username, password } };
}

export function oauth(kafka: SecureKafka, over: Record<string, unknown> = {}): Record<string, unknown> {
  const oauthbearer = {
    tokenEndpointUrl: kafka.oidc.tokenUrl,
    clientId: 'gateway',
    clientSecret: SECRETS.client,
    ...over,
  };
  return { protocol: 'sasl_plaintext', sasl: { mechanism: 'oauthbearer', oauthbearer } };
}

export function describeConnections(kafka: () => SecureKafka): void {
  describe('§2 a secured listener', () => {
    it.each(CASES)('is connected to, written to and read from: %s', async (what, listener, security) => {
      const address = kafka().at(listener);
      const named = what.endsWith('by name') ? address.replaceAll('127.0.0.1', 'localhost') : address;
      const watched = new Watched(named, await security(kafka()), { producer: { messageTimeoutMs: 20_000 } });
      await watched.northward.start();
      expect(await watched.publish()).toMatchObject({ status: 'delivered' });
      tell(`${what}: delivered`, watched.ms);
      await watched.untilExecuted(kafka());
      tell(`${what}: executed`, watched.ms);
      await watched.northward.ready();
      expect(watched.errors).toEqual([]);
      await watched.stop();
    });
  });
}
