import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFile } from 'node:fs/promises';
import { describeWithOwnKafka } from '../../support/kafka-cluster.js';
import {
  COMMANDS,
  GROUP,
  SECRETS,
  startSecureKafka,
  TOPIC,
  type SecureKafka,
} from '../../support/secure-kafka.js';
import { describeConnections } from './connections.js';
import { describeRecovery } from './recovery.js';
import { describeRefusals } from './refusals.js';
import { describeRights } from './rights.js';
import { said } from './watched.js';

// One cluster for all of them: what it listens to is set up once.
describeWithOwnKafka('security on real Kafka', () => {
  let kafka: SecureKafka;
  beforeAll(async () => {
    kafka = await startSecureKafka();
    const users = ['plain', 'scram256', 'scram512', 'gateway'];
    await kafka.allow(users, ['--topic', TOPIC], 'Write', 'Describe');
    await kafka.allow(users, ['--topic', COMMANDS, '--group', GROUP], 'Read', 'Describe');
  });
  afterAll(async () => {
    await kafka?.stop();
  });

  describeConnections(() => kafka);
  describeRefusals(() => kafka);
  describeRights(() => kafka);
  describeRecovery(() => kafka);

  describe('§2 secrets', () => {
    it('are in nothing that was said in all of this: errors, events, logs, the object itself', async () => {
      const keys = await Promise.all(
        [kafka.client.key, kafka.lockedClient.key].map((file) => readFile(file, 'utf8')),
      );
      // A line of the middle: what surrounds it may be anywhere.
      const lines = keys.map((key) => key.split('\n')[1] ?? '');
      const secrets = [
        ...Object.values(SECRETS),
        ...lines,
        ...kafka.oidc.tokens,
        ...kafka.strangerOidc.tokens,
        ...kafka.tlsOidc.tokens,
      ];
      const all = said.join('\n');
      expect(secrets.every((secret) => secret.length > 15)).toBe(true);
      expect(said.length).toBeGreaterThan(100);
      const basic = Buffer.from(`gateway:${SECRETS.client}`).toString('base64');
      expect([...secrets, basic].filter((secret) => all.includes(secret))).toEqual([]);
    });
  });
});
