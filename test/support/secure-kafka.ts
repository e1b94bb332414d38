/** One Kafka with every kind of listener, users, and an authorizer: what the tests of security connect to. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Listener } from '../../scripts/kafka/properties.mjs';
import { CertificateAuthority, type Certificate } from './ca.js';
import { startKafka, type TestKafka } from './kafka-cluster.js';
import { runKafkaTool } from './kafka-tools.js';
import { OidcServer } from './oidc-server.js';

/** No two are equal, none is part of another text: what leaks is found. */
export const SECRETS = {
  plain: 'pLaIn-9f1c-password',
  scram256: 'sCrAm256-77ab-password',
  scram512: 'sCrAm512-03de-password',
  reader: 'rEaDeR-5b2e-password',
  wrong: 'wRoNg-41aa-password',
  key: 'kEy-8d3f-password',
  wrongKey: 'wRoNgKeY-6e21-password',
  client: 'cLiEnT-2c9b-secret',
} as const;

export const TOPIC = 'secure.telemetry';
export const FORBIDDEN_TOPIC = 'secure.forbidden';

/** Name of each listener → its protocol and what is odd about it. */
export const LISTENERS = {
  /** A certificate for localhost and 127.0.0.1; takes clients without one. */
  tls: 'TLS',
  /** Wants a client certificate. */
  mutual: 'MUTUAL',
  /** The certificate of the broker has expired. */
  expired: 'EXPIRED',
  /** The certificate of the broker is for another host. */
  otherHost: 'OTHERHOST',
  /** PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512 without TLS. */
  sasl: 'SASL',
  /** The same over TLS, without PLAIN. */
  saslTls: 'SASLTLS',
  /** OAUTHBEARER without TLS. */
  oauth: 'OAUTH',
} as const;

export interface SecureKafka {
  readonly kafka: TestKafka;
  readonly folder: string;
  readonly ca: CertificateAuthority;
  /** An authority that nobody trusts. */
  readonly strangerCa: CertificateAuthority;
  readonly client: Certificate;
  /** Of an authority that the broker does not trust. */
  readonly strangerClient: Certificate;
  /** Its key is encrypted with `SECRETS.key`. */
  readonly lockedClient: Certificate;
  readonly oidc: OidcServer;
  /** Gives tokens that the broker does not trust. */
  readonly strangerOidc: OidcServer;
  /** The address of a listener. */
  at(listener: keyof typeof LISTENERS | 'plaintext'): string;
  /** Grants a principal operations on a resource, as AclCommand's options name it. */
  allow(user: string, resource: readonly string[], ...operations: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

export async function startSecureKafka(): Promise<SecureKafka> {
  const folder = await mkdtemp(path.join(tmpdir(), 'secure-kafka-'));
  const ca = await CertificateAuthority.create(folder, 'ca');
  const strangerCa = await CertificateAuthority.create(folder, 'stranger-ca');
  const server = await ca.issue('server');
  const expired = await ca.issue('expired', { days: -1 });
  const other = await ca.issue('other', { subjectAltName: 'DNS:kafka.elsewhere.example' });
  const client = await ca.issue('client');
  const strangerClient = await strangerCa.issue('stranger-client');
  const lockedClient = await ca.issue('locked-client', { password: SECRETS.key });
  const oidc = new OidcServer({ clientId: 'gateway', clientSecret: SECRETS.client });
  const strangerOidc = new OidcServer({ clientId: 'gateway', clientSecret: SECRETS.client });
  await Promise.all([oidc.start(), strangerOidc.start()]);
  const kafka = await startKafka({
    listeners: listenersOf(ca.certificate, { server, expired, other }, oidc),
    scram: [
      `SCRAM-SHA-256=[name=scram256,password=${SECRETS.scram256}]`,
      `SCRAM-SHA-512=[name=scram512,password=${SECRETS.scram512}]`,
    ],
    properties: {
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      // Clients of the plaintext and TLS listeners, the broker itself, and those with the client certificate.
      'super.users': 'User:ANONYMOUS;User:CN=client;User:CN=locked-client',
    },
    jvmArgs: ['-Xmx512m', `-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=${oidc.jwksUrl}`],
  });
  const admin = kafka.bootstrapServers;
  await kafka.createTopic(TOPIC);
  await kafka.createTopic(FORBIDDEN_TOPIC);
  const allow: SecureKafka['allow'] = async (user, resource, ...operations) => {
    const verbs = operations.flatMap((operation) => ['--operation', operation]);
    const what = ['--add', '--allow-principal', `User:${user}`, ...resource, ...verbs];
    await runKafkaTool('org.apache.kafka.tools.AclCommand', ['--bootstrap-server', admin, ...what]);
  };
  return {
    kafka,
    folder,
    ca,
    strangerCa,
    client,
    strangerClient,
    lockedClient,
    oidc,
    strangerOidc,
    at: (listener) => (listener === 'plaintext' ? admin : kafka.cluster.bootstrapOf(LISTENERS[listener])),
    allow,
    stop: async () => {
      await kafka.stop();
      await Promise.all([oidc.stop(), strangerOidc.stop()]);
      await rm(folder, { recursive: true });
    },
  };
}

type Certificates = Readonly<Record<'server' | 'expired' | 'other', Certificate>>;

function listenersOf(
  trusted: string,
  { server, expired, other }: Certificates,
  oidc: OidcServer,
): Listener[] {
  const tls = (certificate: Certificate, clientAuth: string): Record<string, string> => ({
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': certificate.both,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': trusted,
    'ssl.client.auth': clientAuth,
  });
  return [
    { name: LISTENERS.tls, protocol: 'SSL', properties: tls(server, 'none') },
    { name: LISTENERS.mutual, protocol: 'SSL', properties: tls(server, 'required') },
    { name: LISTENERS.expired, protocol: 'SSL', properties: tls(expired, 'none') },
    { name: LISTENERS.otherHost, protocol: 'SSL', properties: tls(other, 'none') },
    {
      name: LISTENERS.sasl,
      protocol: 'SASL_PLAINTEXT',
      properties: { ...PLAIN_USERS, ...SCRAM, ...mechanisms(...ALL) },
    },
    {
      name: LISTENERS.saslTls,
      protocol: 'SASL_SSL',
      properties: { ...tls(server, 'none'), ...SCRAM, ...mechanisms(...SCRAMS) },
    },
    {
      name: LISTENERS.oauth,
      protocol: 'SASL_PLAINTEXT',
      properties: { ...oauth(oidc), ...mechanisms('OAUTHBEARER') },
    },
  ];
}

const SCRAMS = ['SCRAM-SHA-256', 'SCRAM-SHA-512'];
const ALL = ['PLAIN', ...SCRAMS];

const mechanisms = (...names: readonly string[]): Record<string, string> => ({
  'sasl.enabled.mechanisms': names.join(','),
});

const SECURITY = 'org.apache.kafka.common.security';

const PLAIN_USERS = {
  'plain.sasl.jaas.config': `${SECURITY}.plain.PlainLoginModule required user_plain="${SECRETS.plain}" user_reader="${SECRETS.reader}";`,
};

const SCRAM = Object.fromEntries(
  SCRAMS.map((name) => [
    `${name.toLowerCase()}.sasl.jaas.config`,
    `${SECURITY}.scram.ScramLoginModule required;`,
  ]),
);

function oauth(oidc: OidcServer): Record<string, string> {
  const at = 'oauthbearer.sasl';
  return {
    [`${at}.jaas.config`]: `${SECURITY}.oauthbearer.OAuthBearerLoginModule required;`,
    [`${at}.server.callback.handler.class`]: `${SECURITY}.oauthbearer.OAuthBearerValidatorCallbackHandler`,
    'sasl.oauthbearer.jwks.endpoint.url': oidc.jwksUrl,
  };
}

/** Text of a PEM file. */
export function pem(file: string): Promise<string> {
  return readFile(file, 'utf8');
}
