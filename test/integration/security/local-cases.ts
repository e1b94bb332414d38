/** What keeps a client from being made at all. */
import { symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { HINTS } from '../../../src/kafka/watch/causes.js';
import { SECRETS, type SecureKafka } from '../../support/secure-kafka.js';
import { byPath, tls, user } from './connections.js';

interface LocalCase {
  readonly what: string;
  readonly security: (kafka: SecureKafka) => unknown;
  /** Default `TLS_FAILED`. */
  readonly code?: string;
  readonly words: RegExp;
  readonly hint: string | RegExp;
}

const FILES: readonly LocalCase[] = [
  {
    what: 'a CA file that is not there',
    security: (kafka) => tls(kafka, { caLocation: '/nowhere/ca.pem' }),
    words: /connection\.security\.tls\.caLocation: \/nowhere\/ca\.pem cannot be read \(ENOENT\)/,
    hint: /caLocation.*container/,
  },
  {
    // Tests may run as root, who may read a file of any mode; a link to itself can be read by nobody.
    what: 'a key file that cannot be read',
    security: async (kafka) => {
      const keyLocation = path.join(kafka.folder, 'loop.key');
      await symlink(keyLocation, keyLocation);
      return tls(kafka, { ...byPath(kafka.client), keyLocation });
    },
    words: /connection\.security\.tls\.keyLocation: .*loop\.key cannot be read \(ELOOP\)/,
    hint: /keyLocation.*readable/,
  },
  {
    what: 'a folder in place of the certificate',
    security: (kafka) => tls(kafka, { ...byPath(kafka.client), certificateLocation: kafka.folder }),
    words: /ssl\.certificate\.location failed/,
    hint: HINTS.certificateText,
  },
  {
    what: 'a password file that is not there',
    security: () => user('plain', 'plain', { file: '/nowhere/password' }),
    code: 'SECRET_UNAVAILABLE',
    words: /connection\.security\.sasl\.password: the file \/nowhere\/password cannot be read \(ENOENT\)/,
    hint: /./,
  },
  {
    what: 'an environment variable that is not set',
    security: () => user('plain', 'plain', { env: 'SECURE_NOWHERE' }),
    code: 'SECRET_UNAVAILABLE',
    words: /sasl\.password: the environment variable SECURE_NOWHERE is not set/,
    hint: /./,
  },
];

const MATERIAL: readonly LocalCase[] = [
  {
    what: 'a wrong key password',
    security: (kafka) => tls(kafka, { ...byPath(kafka.lockedClient), keyPassword: SECRETS.wrongKey }),
    words: /ssl\.key\.location failed/,
    hint: HINTS.keyPassword,
  },
  {
    what: 'no key password where one is needed',
    security: (kafka) => tls(kafka, byPath(kafka.lockedClient)),
    words: /ssl\.key\.location failed/,
    hint: HINTS.keyPassword,
  },
  {
    what: 'a key that belongs to another certificate',
    security: (kafka) => {
      const { certificate } = kafka.client;
      const key = byPath(kafka.lockedClient);
      return tls(kafka, { ...key, certificateLocation: certificate, keyPassword: SECRETS.key });
    },
    words: /key values mismatch/,
    hint: HINTS.keyPair,
  },
  {
    what: 'a key text that is no PEM',
    security: async (kafka) => {
      const file = path.join(kafka.folder, 'no-key');
      await writeFile(file, SECRETS.wrongKey);
      return tls(kafka, { certificateLocation: kafka.client.certificate, keyPem: { file } });
    },
    words: /ssl\.key\.pem/,
    hint: HINTS.keyPassword,
  },
  {
    what: 'a CA text that is no PEM',
    security: () => ({ protocol: 'ssl', tls: { caPem: 'no certificate' } }),
    words: /ssl\.ca\.pem/,
    hint: HINTS.caText,
  },
];

export const LOCAL_CASES = [...FILES, ...MATERIAL];
