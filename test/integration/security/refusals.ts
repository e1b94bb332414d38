/** Each way to connect that does not work: code, cause in words, hint, state. */
import { describe, expect, it } from 'vitest';
import { HINTS } from '../../../src/kafka/causes.js';
import { rejection } from '../../support/memory-northward.js';
import { SECRETS, type SecureKafka } from '../../support/secure-kafka.js';
import { oauth, tls, user } from './connections.js';
import { LOCAL_CASES } from './local-cases.js';
import { keep, tell, Watched } from './watched.js';

interface Case {
  readonly what: string;
  readonly at: (kafka: SecureKafka) => string;
  readonly security: (kafka: SecureKafka) => unknown;
  readonly code: string;
  readonly words: RegExp;
  readonly hint: string | RegExp;
  readonly state?: 'failed' | 'connecting';
  /** What the token server that the broker does not trust answers with. */
  readonly trouble?: number;
}

const overTls = (kafka: SecureKafka, security: Record<string, unknown>): Record<string, unknown> => ({
  ...security,
  protocol: 'sasl_ssl',
  tls: { caLocation: kafka.ca.certificate },
});

const PLAIN = (): Record<string, unknown> => user('plain', 'plain', SECRETS.plain);

const TLS_CASES: readonly Case[] = [
  {
    what: 'a CA that did not issue the certificate',
    at: (kafka) => kafka.at('tls'),
    security: (kafka) => tls(kafka, { caLocation: kafka.strangerCa.certificate }),
    code: 'TLS_FAILED',
    words: /certificate verify failed: .*issued by CN=ca/,
    hint: HINTS.ca,
  },
  {
    what: 'a certificate that has expired',
    at: (kafka) => kafka.at('expired'),
    security: (kafka) => tls(kafka),
    code: 'TLS_FAILED',
    words: /certificate of the broker expired on/,
    hint: HINTS.expired,
  },
  {
    what: 'a certificate for another host',
    at: (kafka) => kafka.at('otherHost'),
    security: (kafka) => tls(kafka),
    code: 'TLS_FAILED',
    words: /is for DNS:kafka\.elsewhere\.example, not for 127\.0\.0\.1/,
    hint: HINTS.hostName,
  },
  {
    what: 'no client certificate where the broker wants one',
    at: (kafka) => kafka.at('mutual'),
    security: (kafka) => tls(kafka),
    code: 'TLS_FAILED',
    words: /alert/,
    hint: HINTS.clientWanted,
  },
  {
    what: 'a client certificate that the broker does not trust',
    at: (kafka) => kafka.at('mutual'),
    security: (kafka) => {
      const { certificate, key } = kafka.strangerClient;
      return tls(kafka, { certificateLocation: certificate, keyLocation: key });
    },
    code: 'TLS_FAILED',
    words: /alert/,
    hint: HINTS.clientWanted,
  },
  {
    what: 'a client certificate that has expired',
    at: (kafka) => kafka.at('mutual'),
    security: (kafka) => {
      const { certificate, key } = kafka.expiredClient;
      return tls(kafka, { certificateLocation: certificate, keyLocation: key });
    },
    code: 'TLS_FAILED',
    words: /alert.*: the client certificate expired on/,
    hint: HINTS.clientExpired,
  },
  {
    what: 'plaintext to a TLS port',
    at: (kafka) => kafka.at('tls'),
    security: () => ({ protocol: 'plaintext' }),
    code: 'PROTOCOL_MISMATCH',
    words: /it speaks TLS/,
    hint: HINTS.wantsTls,
  },
  {
    what: 'TLS to a plaintext port',
    at: (kafka) => kafka.at('plaintext'),
    security: (kafka) => tls(kafka),
    code: 'PROTOCOL_MISMATCH',
    words: /SSL connection closed by peer/,
    hint: HINTS.noTls,
  },
];

const SASL_CASES: readonly Case[] = [
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
    code: 'TOKEN_UNAVAILABLE',
    words: /OIDC token.*\(503\)/,
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

const ADDRESS_CASES: readonly Case[] = [
  {
    what: 'a name that does not resolve',
    at: () => 'no-such-host.invalid:9092',
    security: PLAIN,
    code: 'NAME_NOT_RESOLVED',
    words: /no-such-host\.invalid/,
    hint: /bootstrapServers.*DNS/,
    state: 'connecting',
  },
  {
    what: 'a port where nothing listens',
    at: () => '127.0.0.1:1',
    security: PLAIN,
    code: 'BROKER_UNREACHABLE',
    words: /127\.0\.0\.1:1.*refused/,
    hint: /bootstrapServers/,
    state: 'connecting',
  },
];

function expectHint(error: { readonly hint?: string }, hint: string | RegExp): void {
  if (typeof hint === 'string') expect(error.hint).toBe(hint);
  else expect(error.hint).toMatch(hint);
}

export function describeRefusals(kafka: () => SecureKafka): void {
  describe.each(['uplink', 'downlink'] as const)('§7 a connection that is refused: %s', (side) => {
    const cases = [...TLS_CASES, ...SASL_CASES, ...ADDRESS_CASES];
    it.each(cases)('tells why: $what', async (expected) => {
      const { what, at, security, code, words, hint, state = 'failed', trouble } = expected;
      kafka().strangerOidc.trouble = trouble;
      const watched = new Watched(at(kafka()), security(kafka()), { sides: [side] });
      await watched.northward.start();
      const publish = side === 'uplink' ? rejection(watched.publish()) : undefined;
      const error = await watched.error(code);
      tell(`${what}: ${code}`, watched.ms);
      expect(error.message).toMatch(words);
      expectHint(error, hint);
      expect(watched.northward.states[side]).toBe(state);
      const ready = await rejection(watched.northward.ready({ timeoutMs: 50 }));
      expect(ready).toMatchObject({ code: 'READY_TIMEOUT', hint: error.hint, cause: { code } });
      const lost = { code: 'DELIVERY_TIMEOUT', hint: error.hint, cause: { code } };
      if (publish !== undefined) expect(await publish).toMatchObject(lost);
      await watched.stop();
    });
  });

  describe('§7 a client that cannot even be made', () => {
    it.each(LOCAL_CASES)('is told by start(), and both sides are failed: $what', async (expected) => {
      const { security, code = 'TLS_FAILED', words, hint } = expected;
      const watched = new Watched(kafka().at('mutual'), await security(kafka()));
      const error = await rejection(watched.northward.start());
      expect(error).toMatchObject({ code });
      expect(error.message).toMatch(words);
      expectHint(error, hint);
      expect(watched.northward.states).toEqual({ uplink: 'failed', downlink: 'failed' });
      keep(error);
      await watched.stop();
    });
  });
}
