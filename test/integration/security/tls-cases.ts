/** What can be wrong with TLS. */
import { HINTS } from '../../../src/kafka/watch/causes.js';
import { tls } from './connections.js';
import type { RefusalCase } from './refusal-case.js';

export const TLS_CASES: readonly RefusalCase[] = [
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
    what: 'no cipher in common',
    at: (kafka) => kafka.at('oldTls'),
    security: (kafka) => tls(kafka),
    properties: () => ({ 'ssl.cipher.suites': 'ECDHE-ECDSA-AES128-GCM-SHA256' }),
    code: 'TLS_FAILED',
    words: /alert handshake failure/,
    hint: HINTS.versions,
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
