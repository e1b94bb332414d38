import {
  ANY_TEXT,
  choice,
  optionalChoice,
  optionalSecret,
  optionalText,
  orNull,
  properties,
  requiredText,
  secret,
  tag,
  tagged,
  variant,
  type Schema,
} from './kit.js';

const tls = orNull(
  'TLS',
  'TLS settings; used with the protocols ssl and sasl_ssl. Without them the trust store of the system is used.',
  variant('TLS', 'Certificates and checks of the TLS connection.', {
    caLocation: optionalText(
      'CA file',
      'File or directory with the CA certificates (PEM) that the broker is checked against. Without one the trust store of the system is used. librdkafka: ssl.ca.location.',
    ),
    certificateLocation: optionalText(
      'Client certificate file',
      'File with the client certificate (PEM), for mutual TLS. Needs a key. librdkafka: ssl.certificate.location.',
    ),
    keyLocation: optionalText(
      'Client key file',
      'File with the private key (PEM) of the client certificate. librdkafka: ssl.key.location.',
    ),
    keyPassword: optionalSecret(
      'Key password',
      'Password of the private key. May be a reference, { "env": "NAME" } or { "file": "PATH" }. librdkafka: ssl.key.password.',
    ),
    endpointIdentificationAlgorithm: optionalChoice(
      'Host name check',
      'How the host name of the broker is checked against its certificate. null: as librdkafka does (https). "none" or "" switch the check off. librdkafka: ssl.endpoint.identification.algorithm.',
      ['https', 'none', ''],
    ),
    caPem: optionalText(
      'CA certificates, inline',
      'The CA certificates as PEM text. librdkafka: ssl.ca.pem.',
    ),
    certificatePem: optionalText(
      'Client certificate, inline',
      'The client certificate as PEM text. librdkafka: ssl.certificate.pem.',
    ),
    keyPem: optionalSecret(
      'Client key, inline',
      'The private key as PEM text. May be a reference, { "env": "NAME" } or { "file": "PATH" }. librdkafka: ssl.key.pem.',
    ),
  }),
);

const sasl = tagged('SASL', 'How the client authenticates; required with sasl_plaintext and sasl_ssl.', [
  variant('User and password', 'PLAIN or SCRAM: a user name and a password.', {
    mechanism: choice(
      'Mechanism',
      'SASL mechanism. librdkafka: sasl.mechanisms (PLAIN, SCRAM-SHA-256, SCRAM-SHA-512).',
      ['plain', 'scram_sha256', 'scram_sha512'],
      'plain',
    ),
    username: requiredText('User name', 'User name. librdkafka: sasl.username.'),
    password: secret(
      'Password',
      'Password. May be a reference, { "env": "NAME" } or { "file": "PATH" }. librdkafka: sasl.password.',
    ),
  }),
  variant('OAuth', 'OAUTHBEARER: a token fetched with OIDC client credentials.', {
    mechanism: tag('Mechanism', 'SASL mechanism. librdkafka: sasl.mechanisms (OAUTHBEARER).', 'oauthbearer'),
    oauthbearer: variant(
      'OIDC client credentials',
      'Where and how the token is fetched, by the oidc method of librdkafka.',
      {
        tokenEndpointUrl: requiredText(
          'Token endpoint',
          'URL of the token endpoint. librdkafka: sasl.oauthbearer.token.endpoint.url.',
        ),
        clientId: requiredText('Client id', 'OIDC client id. librdkafka: sasl.oauthbearer.client.id.'),
        clientSecret: secret(
          'Client secret',
          'OIDC client secret. May be a reference, { "env": "NAME" } or { "file": "PATH" }. librdkafka: sasl.oauthbearer.client.secret.',
        ),
        scope: optionalText(
          'Scope',
          'Scope asked for, words separated by blanks. librdkafka: sasl.oauthbearer.scope.',
        ),
      },
    ),
  }),
]);

const PROTOCOL = 'How to talk to the brokers. librdkafka: security.protocol.';

const security = tagged(
  'Security',
  'Protocol, TLS and SASL.',
  [
    variant('Plaintext', 'No encryption, no authentication.', {
      protocol: choice('Protocol', PROTOCOL, ['plaintext'], 'plaintext'),
    }),
    variant('TLS', 'Encrypted; authentication by client certificate, if any.', {
      protocol: tag('Protocol', PROTOCOL, 'ssl'),
      tls,
    }),
    variant('SASL', 'Authenticated, not encrypted.', {
      protocol: tag('Protocol', PROTOCOL, 'sasl_plaintext'),
      sasl,
    }),
    variant('SASL over TLS', 'Authenticated and encrypted.', {
      protocol: tag('Protocol', PROTOCOL, 'sasl_ssl'),
      tls,
      sasl,
    }),
  ],
  { protocol: 'plaintext' },
);

export const connection = variant('Connection', 'Which Kafka cluster, and how to reach it.', {
  bootstrapServers: {
    title: 'Bootstrap servers',
    description:
      'Brokers to ask first: host:port[,host:port…], or a list. The port may be left out (9092); IPv6 addresses stand in brackets; PROTOCOL://host is taken where it fits security.protocol. librdkafka: bootstrap.servers.',
    anyOf: [ANY_TEXT, { type: 'array', items: ANY_TEXT }],
  } satisfies Schema,
  clientId: optionalText(
    'Client id',
    'Name of this client in the logs, quotas and metrics of the brokers. Default: ng-gateway-app-{app.id}. librdkafka: client.id.',
  ),
  security,
  properties: properties(
    'Further properties',
    'Further librdkafka properties for the producer and the consumer. One that the library owns is refused.',
  ),
});
