// @ts-check
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { CertificateAuthority } from './ca.mjs';
import { startCluster } from './cluster.mjs';

const LISTENER = 'SECURED';
const USER = 'gateway';

/**
 * What a listener with TLS has in server.properties.
 * @param {import('./ca.mjs').Certificate} certificate
 * @param {string} trusted Path of the CA that client certificates are checked against
 * @param {'none' | 'required'} clientAuth
 */
export function tlsProperties(certificate, trusted, clientAuth) {
  return {
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': certificate.both,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': trusted,
    'ssl.client.auth': clientAuth,
  };
}

/**
 * What a listener with these SCRAM mechanisms has there.
 * @param {readonly string[]} mechanisms
 * @returns {Record<string, string>}
 */
export function scramProperties(mechanisms) {
  const module = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
  return Object.fromEntries(mechanisms.map((name) => [`${name.toLowerCase()}.sasl.jaas.config`, module]));
}

/**
 * A Kafka with TLS by a CA of its own and one SCRAM user, as a plant has it. It makes missing topics by itself.
 * `variables` is what examples/tls-scram.ts takes from its environment.
 */
export async function startSecuredKafka() {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ng-kafka-secured-'));
  const ca = await CertificateAuthority.create(folder, 'ca');
  const server = await ca.issue('server');
  const password = randomBytes(18).toString('base64url');
  const passwordFile = path.join(folder, 'password');
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  const mechanism = 'SCRAM-SHA-512';
  const properties = {
    ...tlsProperties(server, ca.certificate, 'none'),
    ...scramProperties([mechanism]),
    'sasl.enabled.mechanisms': mechanism,
  };
  const cluster = await startCluster({
    autoCreateTopics: true,
    listeners: [{ name: LISTENER, protocol: 'SASL_SSL', properties }],
    scram: [`${mechanism}=[name=${USER},password=${password}]`],
  });
  return {
    cluster,
    variables: {
      KAFKA_BOOTSTRAP: cluster.bootstrapOf(LISTENER),
      KAFKA_CA: ca.certificate,
      KAFKA_USERNAME: USER,
      KAFKA_PASSWORD_FILE: passwordFile,
    },
    stop: async () => {
      await cluster.stop();
      await rm(folder, { recursive: true });
    },
  };
}
