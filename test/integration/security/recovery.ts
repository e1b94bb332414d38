/** What recovers without a restart once a person fixed it, on both sides. */
import { copyFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { until } from '../../support/memory-northward.js';
import { LONG_MS } from '../../support/real-gateways.js';
import { SECRETS, type SecureKafka } from '../../support/secure-kafka.js';
import { oauth, tls, user } from './connections.js';
import { tell, Watched } from './watched.js';

interface Case {
  readonly what: string;
  readonly at: Parameters<SecureKafka['at']>[0];
  readonly code: string;
  /** Default `failed`. */
  readonly state?: string;
  readonly prepare: (kafka: SecureKafka, file: string) => Promise<unknown>;
  readonly security: (kafka: SecureKafka, file: string) => unknown;
  readonly fix: (kafka: SecureKafka, file: string) => Promise<unknown>;
}

/** Writes a secret, now or later. */
const put =
  (secret: string): Case['fix'] =>
  (_kafka, file) =>
    writeFile(file, secret);

const CASES: readonly Case[] = [
  {
    what: 'a password rotated in its { file }',
    at: 'sasl',
    code: 'AUTHENTICATION_FAILED',
    prepare: put(SECRETS.wrong),
    security: (_kafka, file) => user('scram_sha512', 'scram512', { file }),
    fix: put(SECRETS.scram512),
  },
  {
    what: 'a password rotated in its { env }',
    at: 'sasl',
    code: 'AUTHENTICATION_FAILED',
    prepare: async () => {
      process.env['SECURE_ROTATED'] = SECRETS.wrong;
    },
    security: () => user('plain', 'plain', { env: 'SECURE_ROTATED' }),
    fix: async () => {
      process.env['SECURE_ROTATED'] = SECRETS.plain;
    },
  },
  {
    what: 'a CA file that was written again',
    at: 'tls',
    code: 'TLS_FAILED',
    prepare: ({ strangerCa }, file) => copyFile(strangerCa.certificate, file),
    security: (kafka, caLocation) => tls(kafka, { caLocation }),
    fix: ({ ca }, file) => copyFile(ca.certificate, file),
  },
  {
    what: 'a client certificate that had expired and was renewed, first its key',
    at: 'mutual',
    code: 'TLS_FAILED',
    prepare: ({ expiredClient }, file) => copyPair(expiredClient, file),
    security: (kafka, file) => tls(kafka, { certificateLocation: `${file}.pem`, keyLocation: `${file}.key` }),
    fix: ({ client }, file) => copyPair(client, file),
  },
  {
    // The listener keeps the new certificate: refusals come before this.
    what: 'a broker certificate that had expired and was renewed',
    at: 'expired',
    code: 'TLS_FAILED',
    prepare: async () => undefined,
    security: (kafka) => tls(kafka),
    fix: async (kafka) => kafka.renew('expired', await kafka.ca.issue('renewed', { commonName: 'expired' })),
  },
  {
    what: 'an OAuth client secret rotated in its { file }',
    at: 'oauth',
    code: 'AUTHENTICATION_FAILED',
    prepare: put(SECRETS.wrong),
    security: (kafka, file) => oauth(kafka, { clientSecret: { file } }),
    fix: put(SECRETS.client),
  },
  {
    what: 'a token server that comes back',
    at: 'oauth',
    code: 'TOKEN_UNAVAILABLE',
    state: 'connecting',
    prepare: ({ oidc }) => oidc.stop(),
    security: (kafka) => oauth(kafka),
    fix: ({ oidc }) => oidc.start(),
  },
  {
    what: 'a token server that has no more trouble',
    at: 'oauth',
    code: 'TOKEN_UNAVAILABLE',
    state: 'connecting',
    prepare: async ({ oidc }) => {
      oidc.trouble = 503;
    },
    security: (kafka) => oauth(kafka),
    fix: async ({ oidc }) => {
      oidc.trouble = undefined;
    },
  },
];

async function copyPair(from: { certificate: string; key: string }, file: string): Promise<void> {
  await copyFile(from.key, `${file}.key`);
  await copyFile(from.certificate, `${file}.pem`);
}

export function describeRecovery(kafka: () => SecureKafka): void {
  describe('§2 §7 recovers without a restart, uplink and downlink', () => {
    it.each(CASES)('$what', async ({ what, at, code, state = 'failed', prepare, security, fix }) => {
      const file = path.join(kafka().folder, what.replaceAll(/\W+/g, '-'));
      await prepare(kafka(), file);
      const watched = new Watched(kafka().at(at), security(kafka(), file));
      await watched.northward.start();
      await watched.error(code);
      for (const side of ['uplink', 'downlink'] as const) await watched.state(side, state);
      await fix(kafka(), file);
      watched.restartClock();
      await watched.untilDelivered();
      tell(`${what}: delivered`, watched.ms);
      await watched.untilExecuted(kafka());
      tell(`${what}: executed`, watched.ms);
      // The downlink is connected when its first commit has its answer, and may hand out commands before.
      for (const side of ['uplink', 'downlink'] as const) await watched.state(side, 'connected');
      await watched.stop();
    });

    it('a token server in trouble, while the token still holds: receipts and commands come as before', async () => {
      const { oidc } = kafka();
      oidc.tokenSeconds = 30;
      const watched = new Watched(kafka().at('oauth'), oauth(kafka()));
      await watched.northward.start();
      await watched.untilDelivered();
      oidc.tokenSeconds = 600;
      oidc.trouble = 503;
      const before = oidc.troubled;
      await until('both clients ask for their next token', () => oidc.troubled >= before + 2, LONG_MS);
      await watched.publish();
      await watched.untilExecuted(kafka());
      oidc.trouble = undefined;
      expect(watched.errors).toEqual([]);
      await watched.stop();
    });

    it('§8.7 a broker that restarts behind TLS is an outage, never failed', async () => {
      const watched = new Watched(kafka().at('tls'), tls(kafka()));
      await watched.northward.start();
      await watched.untilDelivered();
      await watched.untilExecuted(kafka());
      await kafka().kafka.cluster.kill9(1);
      await watched.error('BROKER_UNREACHABLE');
      await kafka().kafka.cluster.restart(1);
      await watched.untilDelivered();
      await watched.untilExecuted(kafka());
      expect(watched.states).toContain('reconnecting');
      expect(watched.states).not.toContain('failed');
      await watched.stop();
    });

    it('§8.7 a broker that hangs while a client greets it by TLS is an outage, never failed', async () => {
      const properties = { 'socket.connection.setup.timeout.ms': '1000' };
      const watched = new Watched(kafka().at('tls'), tls(kafka()), { properties });
      await watched.northward.start();
      await watched.untilDelivered();
      await watched.untilExecuted(kafka());
      await kafka().kafka.cluster.freeze(1);
      void watched.publish().catch(() => undefined);
      const hung = /Connection setup timed out in state SSL_HANDSHAKE/;
      await until(
        'a greeting without an answer',
        () => watched.errors.some(({ message }) => hung.test(message)),
        LONG_MS,
      );
      await kafka().kafka.cluster.thaw(1);
      await watched.untilDelivered();
      await watched.untilExecuted(kafka());
      expect(new Set(watched.errors.map(({ code }) => code))).toEqual(new Set(['BROKER_UNREACHABLE']));
      expect(watched.states).not.toContain('failed');
      await watched.stop();
    });
  });
}
