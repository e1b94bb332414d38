import * as Type from 'typebox';
import {
  choice,
  optionalSecret,
  optionalText,
  properties,
  requiredText,
  secret,
  tag,
  tagged,
  variant,
} from './kit.js';

const tls = Type.Optional(
  Type.Union(
    [
      variant('TLS', 'Certificates and checks of the TLS connection.', {
        /**
         * File or directory with the CA certificates (PEM) that the broker is checked against. Without one
         * the trust store of the system is used. librdkafka: ssl.ca.location.
         */
        caLocation: optionalText(
          'CA file',
          'File or directory with the CA certificates (PEM) that the broker is checked against. Without one the trust store of the system is used. librdkafka: ssl.ca.location.',
        ),
        /**
         * File with the client certificate (PEM), for mutual TLS. Needs a key. librdkafka:
         * ssl.certificate.location.
         */
        certificateLocation: optionalText(
          'Client certificate file',
          'File with the client certificate (PEM), for mutual TLS. Needs a key. librdkafka: ssl.certificate.location.',
        ),
        /** File with the private key (PEM) of the client certificate. librdkafka: ssl.key.location. */
        keyLocation: optionalText(
          'Client key file',
          'File with the private key (PEM) of the client certificate. librdkafka: ssl.key.location.',
        ),
        /**
         * Password of the private key. May be a reference, { "env": "NAME" } or { "file": "PATH" }.
         * librdkafka: ssl.key.password.
         */
        keyPassword: optionalSecret(
          'Key password',
          'Password of the private key. May be a reference, { "env": "NAME" } or { "file": "PATH" }. librdkafka: ssl.key.password.',
        ),
        /**
         * How the host name of the broker is checked against its certificate. null: as librdkafka does
         * (https). "none" or "" switch the check off. librdkafka: ssl.endpoint.identification.algorithm.
         */
        endpointIdentificationAlgorithm: Type.Optional(
          Type.Union(
            [
              Type.Unsafe<'https' | 'none' | ''>({ type: 'string', enum: ['https', 'none', ''] }),
              Type.Null(),
            ],
            {
              title: 'Host name check',
              description:
                'How the host name of the broker is checked against its certificate. null: as librdkafka does (https). "none" or "" switch the check off. librdkafka: ssl.endpoint.identification.algorithm.',
              default: null,
            },
          ),
        ),
        /** The CA certificates as PEM text. librdkafka: ssl.ca.pem. */
        caPem: optionalText(
          'CA certificates, inline',
          'The CA certificates as PEM text. librdkafka: ssl.ca.pem.',
        ),
        /** The client certificate as PEM text. librdkafka: ssl.certificate.pem. */
        certificatePem: optionalText(
          'Client certificate, inline',
          'The client certificate as PEM text. librdkafka: ssl.certificate.pem.',
        ),
        /**
         * The private key as PEM text. May be a reference, { "env": "NAME" } or { "file": "PATH" }.
         * librdkafka: ssl.key.pem.
         */
        keyPem: optionalSecret(
          'Client key, inline',
          'The private key as PEM text. May be a reference, { "env": "NAME" } or { "file": "PATH" }. librdkafka: ssl.key.pem.',
        ),
      }),
      Type.Null(),
    ],
    {
      title: 'TLS',
      description:
        'TLS settings; used with the protocols ssl and sasl_ssl. Without them the trust store of the system is used.',
      default: null,
    },
  ),
);

const sasl = tagged('SASL', 'How the client authenticates; required with sasl_plaintext and sasl_ssl.', [
  variant('User and password', 'PLAIN or SCRAM: a user name and a password.', {
    /** SASL mechanism. librdkafka: sasl.mechanisms (PLAIN, SCRAM-SHA-256, SCRAM-SHA-512). */
    mechanism: choice(
      'Mechanism',
      'SASL mechanism. librdkafka: sasl.mechanisms (PLAIN, SCRAM-SHA-256, SCRAM-SHA-512).',
      ['plain', 'scram_sha256', 'scram_sha512'],
      'plain',
    ),
    /** User name. librdkafka: sasl.username. */
    username: requiredText('User name', 'User name. librdkafka: sasl.username.'),
    /** Password. May be a reference, { "env": "NAME" } or { "file": "PATH" }. librdkafka: sasl.password. */
    password: secret(
      'Password',
      'Password. May be a reference, { "env": "NAME" } or { "file": "PATH" }. librdkafka: sasl.password.',
    ),
  }),
  variant('OAuth', 'OAUTHBEARER: a token fetched with OIDC client credentials.', {
    /** SASL mechanism. librdkafka: sasl.mechanisms (OAUTHBEARER). */
    mechanism: tag('Mechanism', 'SASL mechanism. librdkafka: sasl.mechanisms (OAUTHBEARER).', 'oauthbearer'),
    /** Where and how the token is fetched, by the oidc method of librdkafka. */
    oauthbearer: variant(
      'OIDC client credentials',
      'Where and how the token is fetched, by the oidc method of librdkafka.',
      {
        /** URL of the token endpoint. librdkafka: sasl.oauthbearer.token.endpoint.url. */
        tokenEndpointUrl: requiredText(
          'Token endpoint',
          'URL of the token endpoint. librdkafka: sasl.oauthbearer.token.endpoint.url.',
        ),
        /** OIDC client id. librdkafka: sasl.oauthbearer.client.id. */
        clientId: requiredText('Client id', 'OIDC client id. librdkafka: sasl.oauthbearer.client.id.'),
        /**
         * OIDC client secret. May be a reference, { "env": "NAME" } or { "file": "PATH" }. librdkafka:
         * sasl.oauthbearer.client.secret.
         */
        clientSecret: secret(
          'Client secret',
          'OIDC client secret. May be a reference, { "env": "NAME" } or { "file": "PATH" }. librdkafka: sasl.oauthbearer.client.secret.',
        ),
        /** Scope asked for, words separated by blanks. librdkafka: sasl.oauthbearer.scope. */
        scope: optionalText(
          'Scope',
          'Scope asked for, words separated by blanks. librdkafka: sasl.oauthbearer.scope.',
        ),
      },
    ),
  }),
]);

const PROTOCOL = 'How to talk to the brokers. librdkafka: security.protocol.';

const security = Type.Optional(
  tagged(
    'Security',
    'Protocol, TLS and SASL.',
    [
      variant('Plaintext', 'No encryption, no authentication.', {
        /** How to talk to the brokers. librdkafka: security.protocol. */
        protocol: choice('Protocol', PROTOCOL, ['plaintext'], 'plaintext'),
      }),
      variant('TLS', 'Encrypted; authentication by client certificate, if any.', {
        /** How to talk to the brokers. librdkafka: security.protocol. */
        protocol: tag('Protocol', PROTOCOL, 'ssl'),
        /** TLS settings; used with the protocols ssl and sasl_ssl. Without them the trust store of the system is used. */
        tls,
      }),
      variant('SASL', 'Authenticated, not encrypted.', {
        /** How to talk to the brokers. librdkafka: security.protocol. */
        protocol: tag('Protocol', PROTOCOL, 'sasl_plaintext'),
        /** How the client authenticates; required with sasl_plaintext and sasl_ssl. */
        sasl,
      }),
      variant('SASL over TLS', 'Authenticated and encrypted.', {
        /** How to talk to the brokers. librdkafka: security.protocol. */
        protocol: tag('Protocol', PROTOCOL, 'sasl_ssl'),
        /** TLS settings; used with the protocols ssl and sasl_ssl. Without them the trust store of the system is used. */
        tls,
        /** How the client authenticates; required with sasl_plaintext and sasl_ssl. */
        sasl,
      }),
    ],
    { protocol: 'plaintext' },
  ),
);

export const connection = variant('Connection', 'Which Kafka cluster, and how to reach it.', {
  /**
   * Brokers to ask first: host:port[,host:port…], or a list. The port may be left out (9092); IPv6
   * addresses stand in brackets; PROTOCOL://host is taken where it fits security.protocol. librdkafka:
   * bootstrap.servers.
   */
  bootstrapServers: Type.Union([Type.String(), Type.Array(Type.String())], {
    title: 'Bootstrap servers',
    description:
      'Brokers to ask first: host:port[,host:port…], or a list. The port may be left out (9092); IPv6 addresses stand in brackets; PROTOCOL://host is taken where it fits security.protocol. librdkafka: bootstrap.servers.',
  }),
  /**
   * Name of this client in the logs, quotas and metrics of the brokers. Default: ng-gateway-app-{app.id}.
   * librdkafka: client.id.
   */
  clientId: optionalText(
    'Client id',
    'Name of this client in the logs, quotas and metrics of the brokers. Default: ng-gateway-app-{app.id}. librdkafka: client.id.',
  ),
  /** Protocol, TLS and SASL. */
  security,
  /**
   * Further librdkafka properties for the producer and the consumer. One that the library owns is refused.
   */
  properties: properties(
    'Further properties',
    'Further librdkafka properties for the producer and the consumer. One that the library owns is refused.',
  ),
});
