/** What heals without a restart once a person mended it. */
import { copyFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { rejection } from '../../support/memory-northward.js';
import { FORBIDDEN_TOPIC, SECRETS, type SecureKafka } from '../../support/secure-kafka.js';
import { oauth, user } from './connections.js';
import { tell, Watched } from './watched.js';

/** Waits for the failure, mends it, waits for a delivery. */
async function heals(watched: Watched, code: string, mend: () => Promise<unknown>): Promise<void> {
  await watched.northward.start();
  // Something to fail on: a forbidden topic shows only when it is written to.
  void watched.publish().catch(() => undefined);
  await watched.error(code);
  await mend();
  const from = watched.ms;
  await watched.untilDelivered();
  tell(`${code} mended`, watched.ms - from);
  expect(watched.northward.state).toBe('connected');
  await watched.stop();
}

export function describeHealing(kafka: () => SecureKafka): void {
  describe('§2 §7 heals without a restart', () => {
    it('a password rotated in its { file }', async () => {
      const file = path.join(kafka().folder, 'rotated-password');
      await writeFile(file, SECRETS.wrong);
      const watched = new Watched(kafka().at('sasl'), user('scram_sha512', 'scram512', { file }));
      await heals(watched, 'AUTHENTICATION_FAILED', () => writeFile(file, SECRETS.scram512));
      expect(watched.northward.metrics().uplink.reconnects).toBe(1);
    });

    it('a password rotated in its { env }', async () => {
      process.env['SECURE_ROTATED'] = SECRETS.wrong;
      const watched = new Watched(kafka().at('sasl'), user('plain', 'plain', { env: 'SECURE_ROTATED' }));
      await heals(watched, 'AUTHENTICATION_FAILED', () => {
        process.env['SECURE_ROTATED'] = SECRETS.plain;
        return Promise.resolve();
      });
    });

    it('a CA file that was written anew', async () => {
      const caLocation = path.join(kafka().folder, 'renewed-ca.pem');
      await copyFile(kafka().strangerCa.certificate, caLocation);
      const watched = new Watched(kafka().at('tls'), { protocol: 'ssl', tls: { caLocation } });
      await heals(watched, 'TLS_FAILED', () => copyFile(kafka().ca.certificate, caLocation));
    });

    it('a token server that comes back', async () => {
      await kafka().oidc.stop();
      const watched = new Watched(kafka().at('oauth'), oauth(kafka()));
      await heals(watched, 'TOKEN_UNAVAILABLE', () => kafka().oidc.start());
    });

    it('WRITE granted on a topic; the connection itself is well meanwhile', async () => {
      const security = user('plain', 'plain', SECRETS.plain);
      const watched = new Watched(kafka().at('sasl'), security, { topic: FORBIDDEN_TOPIC });
      await heals(watched, 'TOPIC_FORBIDDEN', async () => {
        await watched.northward.ready();
        const denied = { code: 'TOPIC_FORBIDDEN', topic: FORBIDDEN_TOPIC, retryable: true };
        expect(await rejection(watched.publish())).toMatchObject(denied);
        await kafka().allow('plain', ['--topic', FORBIDDEN_TOPIC], 'Write', 'Describe');
      });
    });

    it('the right to be idempotent, which comes with WRITE on a topic', async () => {
      const security = user('plain', 'reader', SECRETS.reader);
      const watched = new Watched(kafka().at('sasl'), security, { topic: FORBIDDEN_TOPIC });
      await heals(watched, 'AUTHORIZATION_FAILED', async () => {
        expect(watched.northward.state).toBe('failed');
        const error = await watched.error('AUTHORIZATION_FAILED');
        expect(error.hint).toMatch(/IDEMPOTENT_WRITE.*enableIdempotence/);
        const ready = await rejection(watched.northward.ready({ timeoutMs: 50 }));
        expect(ready).toMatchObject({ code: 'READY_TIMEOUT', cause: { code: 'AUTHORIZATION_FAILED' } });
        await kafka().allow('reader', ['--topic', FORBIDDEN_TOPIC], 'Write');
      });
      // It does not flicker between the two while it is tried again.
      expect(watched.states.filter((state) => state === 'failed')).toHaveLength(1);
    });

    it('§8.7 a broker that restarts behind TLS is an outage, never failed', async () => {
      const tls = { caLocation: kafka().ca.certificate };
      const watched = new Watched(kafka().at('tls'), { protocol: 'ssl', tls });
      await watched.northward.start();
      await watched.untilDelivered();
      await kafka().kafka.cluster.kill9(1);
      await watched.error('BROKER_UNREACHABLE');
      await kafka().kafka.cluster.restart(1);
      await watched.untilDelivered();
      expect(watched.states).toContain('reconnecting');
      expect(watched.states).not.toContain('failed');
      await watched.stop();
    });
  });
}
