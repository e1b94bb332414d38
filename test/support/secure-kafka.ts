/** One Kafka with every kind of listener, users, and an authorizer: what the tests of security connect to. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CertificateAuthority, type Certificate } from '../../scripts/kafka/ca.mjs';
import type { Listener } from '../../scripts/kafka/properties.mjs';
import { scramProperties, tlsProperties } from '../../scripts/kafka/secured.mjs';
import { startKafka, type TestKafka } from './kafka-cluster.js';
import { runKafkaTool } from './kafka-tools.js';
import { OidcServer } from './oidc-server.js';

/** No two are equal, none is part of another text: what leaks is found. */
export const SECRETS = {
  plain: 'pLaIn-9f1c-password',
  scram256: 'sCrAm256-77ab-password',
  scram512: 'sCrAm512-03de-password',
  reader: 'rEaDeR-5b2e-password',
  consumer: 'cOnSuMeR-c40f-password',
  wrong: 'wRoNg-41aa-password',
  key: 'kEy-8d3f-password',
  wrongKey: 'wRoNgKeY-6e21-password',
  client: 'cLiEnT-2c9b-secret',
} as const;

export const TOPIC = 'secure.telemetry';
export const FORBIDDEN_TOPIC = 'secure.forbidden';
export const COMMANDS = 'secure.commands';
export const GROUP = 'secure.gateways';

/** Name of each listener → its protocol and what is odd about it. */
export const LISTENERS = {
  /** A certificate for localhost and 127.0.0.1; takes clients without one. */
  tls: 'TLS',
  /** Wants a client certificate. */
  mutual: 'MUTUAL',
  /** TLS 1.2 with one cipher only. */
  oldTls: 'OLDTLS',
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

interface Material {
  readonly ca: CertificateAuthority;
  /** An authority that nobody trusts. */
  readonly strangerCa: CertificateAuthority;
  /** For localhost and 127.0.0.1. */
  readonly server: Certificate;
  readonly expiredServer: Certificate;
  readonly otherServer: Certificate;
  readonly client: Certificate;
  /** Its key is encrypted with `SECRETS.key`. */
  readonly lockedClient: Certificate;
  readonly expiredClient: Certificate;
  /** Of an authority that the broker does not trust. */
  readonly strangerClient: Certificate;
}

export interface SecureKafka extends Material {
  readonly kafka: TestKafka;
  /** Takes further files; goes away with `stop()`. */
  readonly folder: string;
  readonly oidc: OidcServer;
  /** Gives tokens that the broker does not trust. */
  readonly strangerOidc: OidcServer;
  /** Such a one over TLS, by `strangerCa`. */
  readonly tlsOidc: OidcServer;
  /** The address of a listener. */
  at(listener: keyof typeof LISTENERS | 'plaintext'): string;
  /** Grants principals operations on resources, as AclCommand's options name them. */
  allow(
    users: string | readonly string[],
    resources: readonly string[],
    ...operations: readonly string[]
  ): Promise<void>;
  /** Takes such a grant back. */
  revoke(user: string, resources: readonly string[], ...operations: readonly string[]): Promise<void>;
  /** Gives a listener another certificate, while the broker runs. */
  renew(listener: keyof typeof LISTENERS, certificate: Certificate): Promise<void>;
  stop(): Promise<void>;
}

export async function startSecureKafka(): Promise<SecureKafka> {
  const folder = await mkdtemp(path.join(tmpdir(), 'secure-kafka-'));
  const material = await makeMaterial(folder);
  const client = { clientId: 'gateway', clientSecret: SECRETS.client };
  const oidc = new OidcServer(client);
  const strangerOidc = new OidcServer(client);
  const tlsOidc = new OidcServer(client, await tlsText(await material.strangerCa.issue('oidc')));
  const tokenServers = [oidc, strangerOidc, tlsOidc];
  await Promise.all(tokenServers.map((server) => server.start()));
  const kafka = await startBroker(material, oidc);
  const admin = kafka.bootstrapServers;
  for (const topic of [TOPIC, FORBIDDEN_TOPIC, COMMANDS]) await kafka.createTopic(topic);
  const at: SecureKafka['at'] = (listener) =>
    listener === 'plaintext' ? admin : kafka.cluster.bootstrapOf(LISTENERS[listener]);
  return {
    ...material,
    ...administration(admin),
    kafka,
    folder,
    oidc,
    strangerOidc,
    tlsOidc,
    at,
    stop: async () => {
      await kafka.stop();
      await Promise.all(tokenServers.map((server) => server.stop()));
      await rm(folder, { recursive: true });
    },
  };
}

async function makeMaterial(folder: string): Promise<Material> {
  const ca = await CertificateAuthority.create(folder, 'ca');
  const strangerCa = await CertificateAuthority.create(folder, 'stranger-ca');
  return {
    ca,
    strangerCa,
    server: await ca.issue('server'),
    expiredServer: await ca.issue('expired', { days: -1 }),
    otherServer: await ca.issue('other', { subjectAltName: 'DNS:kafka.elsewhere.example' }),
    client: await ca.issue('client'),
    lockedClient: await ca.issue('locked-client', { password: SECRETS.key }),
    expiredClient: await ca.issue('expired-client', { days: -1 }),
    strangerClient: await strangerCa.issue('stranger-client'),
  };
}

function startBroker(material: Material, oidc: OidcServer): Promise<TestKafka> {
  return startKafka({
    listeners: listenersOf(material, oidc),
    scram: [
      `SCRAM-SHA-256=[name=scram256,password=${SECRETS.scram256}]`,
      `SCRAM-SHA-512=[name=scram512,password=${SECRETS.scram512}]`,
    ],
    properties: {
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      // Clients of the plaintext and TLS listeners, the broker itself, and those with the client certificate.
      'super.users': 'User:ANONYMOUS;User:CN=client;User:CN=locked-client',
    },
    jvmArgs: [`-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=${oidc.jwksUrl}`],
  });
}

function administration(admin: string): Pick<SecureKafka, 'allow' | 'revoke' | 'renew'> {
  const acl = async (
    action: readonly string[],
    users: readonly string[],
    resources: readonly string[],
    operations: readonly string[],
  ): Promise<void> => {
    const who = users.flatMap((user) => ['--allow-principal', `User:${user}`]);
    const what = operations.flatMap((operation) => ['--operation', operation]);
    const args = ['--bootstrap-server', admin, ...action, ...who, ...resources, ...what];
    await runKafkaTool('org.apache.kafka.tools.AclCommand', args);
  };
  return {
    allow: (users, resources, ...operations) => acl(['--add'], [users].flat(), resources, operations),
    revoke: (user, resources, ...operations) => acl(['--remove', '--force'], [user], resources, operations),
    renew: async (listener, { both }) => {
      const entity = ['--bootstrap-server', admin, '--entity-type', 'brokers', '--entity-name', '1'];
      const property = `listener.name.${LISTENERS[listener].toLowerCase()}.ssl.keystore.location`;
      await runKafkaTool('kafka.admin.ConfigCommand', [
        ...entity,
        '--alter',
        '--add-config',
        `${property}=${both}`,
      ]);
    },
  };
}

function listenersOf({ ca, server, expiredServer, otherServer }: Material, oidc: OidcServer): Listener[] {
  const tls = (certificate: Certificate, clientAuth: 'none' | 'required'): Record<string, string> =>
    tlsProperties(certificate, ca.certificate, clientAuth);
  return [
    { name: LISTENERS.tls, protocol: 'SSL', properties: tls(server, 'none') },
    { name: LISTENERS.mutual, protocol: 'SSL', properties: tls(server, 'required') },
    { name: LISTENERS.oldTls, protocol: 'SSL', properties: { ...tls(server, 'none'), ...OLD_TLS } },
    { name: LISTENERS.expired, protocol: 'SSL', properties: tls(expiredServer, 'none') },
    { name: LISTENERS.otherHost, protocol: 'SSL', properties: tls(otherServer, 'none') },
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

const OLD_TLS = {
  'ssl.enabled.protocols': 'TLSv1.2',
  'ssl.protocol': 'TLSv1.2',
  'ssl.cipher.suites': 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
};

const SCRAMS = ['SCRAM-SHA-256', 'SCRAM-SHA-512'];
const ALL = ['PLAIN', ...SCRAMS];
const SCRAM = scramProperties(SCRAMS);

const mechanisms = (...names: readonly string[]): Record<string, string> => ({
  'sasl.enabled.mechanisms': names.join(','),
});

const SECURITY = 'org.apache.kafka.common.security';

const USERS = (['plain', 'reader', 'consumer'] as const).map((name) => `user_${name}="${SECRETS[name]}"`);

const PLAIN_USERS = {
  'plain.sasl.jaas.config': `${SECURITY}.plain.PlainLoginModule required ${USERS.join(' ')};`,
};

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

async function tlsText({ certificate, key }: Certificate): Promise<{ cert: string; key: string }> {
  return { cert: await pem(certificate), key: await pem(key) };
}
