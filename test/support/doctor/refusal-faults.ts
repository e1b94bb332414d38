/** Connections that are refused, and clients that cannot be made: those of the tests of security, as the doctor tells them. */
import type { Finding } from '../../../src/index.js';
import { LOCAL_CASES } from '../../integration/security/local-cases.js';
import type { RefusalCase } from '../../integration/security/refusal-case.js';
import { SASL_CASES, TOKEN_CASES } from '../../integration/security/sasl-cases.js';
import { TLS_CASES } from '../../integration/security/tls-cases.js';
import { TOPIC } from '../secure-kafka.js';
import { configAt, type SecuredFault } from './fault.js';

const TLS = 'connection.security.tls';
const SASL = 'connection.security.sasl';
const PROTOCOL = 'connection.security.protocol';

/** The setting to look at first; that of the step where there is none here. */
const SETTINGS: Readonly<Record<string, string>> = {
  'a CA that did not issue the certificate': `${TLS}.caLocation`,
  'a certificate that has expired': 'broker: ssl.keystore.location',
  'a certificate for another host': 'connection.bootstrapServers',
  'no client certificate where the broker wants one': `${TLS}.certificateLocation`,
  'a client certificate that the broker does not trust': `${TLS}.certificateLocation`,
  'a client certificate that has expired': `${TLS}.certificateLocation`,
  'plaintext to a TLS port': PROTOCOL,
  'TLS to a plaintext port': PROTOCOL,
  'a wrong password, plain': `${SASL}.username`,
  'a wrong password, scram_sha512': `${SASL}.username`,
  'a user that nobody knows': `${SASL}.username`,
  'a mechanism that the listener does not have': `${SASL}.mechanism`,
  'no SASL where the listener wants it': PROTOCOL,
  'SASL where the listener does without': PROTOCOL,
  'an OAuth client secret that is wrong': `${SASL}.oauthbearer`,
  'a token that the broker does not trust': `${SASL}.oauthbearer.scope`,
  'a token server whose certificate cannot be verified': 'connection.properties',
  'a token server that denies': `${SASL}.oauthbearer`,
  'a token server that has trouble': `${SASL}.oauthbearer.tokenEndpointUrl`,
  'a token server that is down': `${SASL}.oauthbearer.tokenEndpointUrl`,
  'a CA file that is not there': `${TLS}.caLocation`,
  'a key file that cannot be read': `${TLS}.keyLocation`,
  'a folder in place of the certificate': `${TLS}.certificateLocation`,
  'a wrong key password': `${TLS}.keyPassword`,
  'no key password where one is needed': `${TLS}.keyPassword`,
  'a key that belongs to another certificate': `${TLS}.keyLocation`,
  'a key text that is no PEM': `${TLS}.keyPassword`,
};

/** What the tests without a Kafka have already. */
const OFFLINE: ReadonlySet<string> = new Set([
  'a CA file that is not there',
  'a password file that is not there',
  'an environment variable that is not set',
  'a CA text that is no PEM',
]);

function refused(step: Finding['step'], cases: readonly RefusalCase[]): SecuredFault[] {
  const named = cases.filter(({ what }) => Object.hasOwn(SETTINGS, what) || what === 'no cipher in common');
  return named.map(({ what, at, security, properties, code, words, trouble }) => ({
    fault: what,
    step,
    code,
    words,
    setting: SETTINGS[what] ?? TLS,
    make: ({ world, after }) => {
      world.strangerOidc.trouble = trouble;
      after(() => {
        world.strangerOidc.trouble = undefined;
      });
      const slots = { security: security(world), properties: properties?.(world) };
      return { config: configAt(at(world), TOPIC, slots) };
    },
  }));
}

function local(): SecuredFault[] {
  return LOCAL_CASES.filter(({ what }) => !OFFLINE.has(what)).map(
    ({ what, security, code = 'TLS_FAILED', words }) => ({
      fault: what,
      step: what.includes('cannot be read') ? 'secrets' : 'client',
      code,
      words,
      setting: SETTINGS[what] ?? TLS,
      make: async ({ world }) => ({
        config: configAt(world.at('mutual'), TOPIC, { security: await security(world) }),
      }),
    }),
  );
}

export const REFUSAL_FAULTS: readonly SecuredFault[] = [
  ...local(),
  ...refused('tls', TLS_CASES),
  ...refused('sasl', SASL_CASES),
  ...refused('sasl', TOKEN_CASES),
];
