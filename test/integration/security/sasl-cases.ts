/** What can be wrong with SASL, and with tokens. */
import { HINTS } from '../../../src/kafka/watch/causes.js';
import { SECRETS, type SecureKafka } from '../../support/secure-kafka.js';
import { oauth, user } from './connections.js';
import type { RefusalCase } from './refusal-case.js';

const overTls = (kafka: SecureKafka, security: Record<string, unknown>): Record<string, unknown> => ({
  ...security,
  protocol: 'sasl_ssl',
  tls: { caLocation: kafka.ca.certificate },
});

const PLAIN = (): Record<string, unknown> => user('plain', 'plain', SECRETS.plain);

export const SASL_CASES: readonly RefusalCase[] = [
  {
    what: 'a wrong password, plain',
    at: (kafka) => kafka.at('sasl'),
    security: () => user('plain', 'plain', SECRETS.wrong),
    code: 'AUTHENTICATION_FAILED',
    words: /Invalid username or password/,
    hint: HINTS.credentials,
  },
  {
    what: 'a wrong password, scram_sha512',
    at: (kafka) => kafka.at('sasl'),
    security: () => user('scram_sha512', 'scram512', SECRETS.wrong),
    code: 'AUTHENTICATION_FAILED',
    words: /invalid credentials with SASL mechanism SCRAM-SHA-512/,
    hint: HINTS.credentials,
  },
  {
    what: 'a user that nobody knows',
    at: (kafka) => kafka.at('sasl'),
    security: () => user('scram_sha256', 'nobody', SECRETS.wrong),
    code: 'AUTHENTICATION_FAILED',
    words: /invalid credentials/,
    hint: HINTS.credentials,
  },
  {
    what: 'a mechanism that the listener does not have',
    at: (kafka) => kafka.at('saslTls'),
    security: (kafka) => overTls(kafka, PLAIN()),
    code: 'AUTHENTICATION_FAILED',
    words: /Unsupported SASL mechanism: .*SCRAM-SHA-512/,
    hint: HINTS.mechanism,
  },
  {
    what: 'no SASL where the listener wants it',
    at: (kafka) => kafka.at('sasl'),
    security: () => ({ protocol: 'plaintext' }),
    code: 'PROTOCOL_MISMATCH',
    words: /Disconnected|Send failed/,
    hint: HINTS.wantsSasl,
  },
  {
    what: 'SASL where the listener does without',
    at: (kafka) => kafka.at('plaintext'),
    security: PLAIN,
    code: 'PROTOCOL_MISMATCH',
    words: /not valid in current SASL state/,
    hint: HINTS.noSasl,
  },
];

export const TOKEN_CASES: readonly RefusalCase[] = [
  {
    what: 'an OAuth client secret that is wrong',
    at: (kafka) => kafka.at('oauth'),
    security: (kafka) => oauth(kafka, { clientSecret: SECRETS.wrong }),
    code: 'AUTHENTICATION_FAILED',
    words: /invalid_client.*401/,
    hint: HINTS.client,
  },
  {
    what: 'a token that the broker does not trust',
    at: (kafka) => kafka.at('oauth'),
    security: (kafka) => oauth(kafka, { tokenEndpointUrl: kafka.strangerOidc.tokenUrl }),
    code: 'AUTHENTICATION_FAILED',
    words: /invalid_token/,
    hint: HINTS.token,
  },
  {
    what: 'a token server whose certificate cannot be verified',
    at: (kafka) => kafka.at('oauth'),
    security: (kafka) => oauth(kafka, { tokenEndpointUrl: kafka.tlsOidc.tokenUrl }),
    code: 'TLS_FAILED',
    words: /OIDC token.*certificate/,
    hint: HINTS.tokenCa,
  },
  {
    what: 'a token server whose certificate is verified by its own CA, and a token that the broker does not trust',
    at: (kafka) => kafka.at('oauth'),
    security: (kafka) => oauth(kafka, { tokenEndpointUrl: kafka.tlsOidc.tokenUrl }),
    properties: (kafka) => ({ 'https.ca.location': kafka.strangerCa.certificate }),
    code: 'AUTHENTICATION_FAILED',
    words: /invalid_token/,
    hint: HINTS.token,
  },
  {
    what: 'a token server that denies',
    at: (kafka) => kafka.at('oauth'),
    security: (kafka) => oauth(kafka, { tokenEndpointUrl: kafka.strangerOidc.tokenUrl }),
    trouble: 403,
    code: 'AUTHENTICATION_FAILED',
    words: /OIDC token.*\(403\)/,
    hint: HINTS.client,
  },
  {
    what: 'a token server that has trouble',
    at: (kafka) => kafka.at('oauth'),
    security: (kafka) => oauth(kafka, { tokenEndpointUrl: kafka.strangerOidc.tokenUrl }),
    trouble: 503,
    messageTimeoutMs: 8_000,
    code: 'TOKEN_UNAVAILABLE',
    words: /token server at http.*status 503/,
    hint: /tokenEndpointUrl/,
    state: 'connecting',
  },
  {
    what: 'a token server that is down',
    at: (kafka) => kafka.at('oauth'),
    security: (kafka) => oauth(kafka, { tokenEndpointUrl: 'http://127.0.0.1:1/token' }),
    code: 'TOKEN_UNAVAILABLE',
    words: /Failed to connect to 127\.0\.0\.1 port 1/,
    hint: /tokenEndpointUrl/,
    state: 'connecting',
  },
];
