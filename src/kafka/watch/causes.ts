/**
 * Why a connection fails, and which setting fixes it. librdkafka tells that in the lines of its log only, and
 * in the text with which it refuses properties. Pure.
 */
import type { ErrorCode } from '../../api/errors.js';
import type { ConnectionCause } from '../port/ports.js';

/** One kind of failure. */
interface Kind {
  readonly code: ErrorCode;
  /** Absent: the hint of the code. */
  readonly hint?: string;
  readonly look?: ConnectionCause['look'];
  readonly unsure?: true;
}

const TLS = 'connection.security.tls';
const SASL = 'connection.security.sasl';
const PROTOCOL = 'connection.security.protocol';

/** One hint for each cause that a person has to fix. */
export const HINTS = {
  noTls: `The listener does not speak TLS: set ${PROTOCOL} to plaintext or sasl_plaintext, or use the port of the TLS listener.`,
  wantsTls: `The listener speaks TLS: set ${PROTOCOL} to ssl or sasl_ssl, or use the port of the plaintext listener.`,
  notKafka: `What listens there is no Kafka: check the host and the port in connection.bootstrapServers, and the advertised.listeners of the broker.`,
  noSasl: `The listener does not authenticate by SASL: set ${PROTOCOL} to plaintext or ssl, or use the port of the SASL listener.`,
  wantsSasl: `The listener seems to want SASL: set ${PROTOCOL} to sasl_plaintext or sasl_ssl, and ${SASL}.`,
  mechanism: `Set ${SASL}.mechanism to one that the message names as supported.`,
  credentials: `Check ${SASL}.username and ${SASL}.password; a SCRAM user exists for each mechanism apart, so check ${SASL}.mechanism as well.`,
  client: `Check ${SASL}.oauthbearer: clientId, clientSecret and scope.`,
  token: `The broker refuses the token: check ${SASL}.oauthbearer.scope, what issuer and audience the listener expects, and the clocks.`,
  tokenCa: `The certificate of the token server cannot be verified: set https.ca.location in connection.properties to a file with its CA.`,
  ca: `Set ${TLS}.caLocation (or caPem) to the CA that issued the certificate of the broker.`,
  hostName: `Use a host name in connection.bootstrapServers, and in the advertised.listeners of the broker, that its certificate names, or issue one that does. ${TLS}.endpointIdentificationAlgorithm "none" would switch this check off.`,
  expired: `Renew the certificate of the broker, and check the clock of this machine.`,
  clientWanted: `The broker wants a client certificate that it trusts: check ${TLS}.certificateLocation and keyLocation (or certificatePem and keyPem).`,
  clientExpired: `Renew the client certificate, ${TLS}.certificateLocation (or certificatePem), and check the clocks.`,
  versions: `This client and the broker share no TLS version or cipher: check ssl.protocol and ssl.cipher.suites on the broker.`,
  keyPassword: `Check ${TLS}.keyPassword, and that ${TLS}.keyLocation (or keyPem) is a private key in PEM.`,
  keyPair: `${TLS}.keyLocation (or keyPem) is not the key of ${TLS}.certificateLocation (or certificatePem): give the two that belong together.`,
  caText: `Check ${TLS}.caLocation (or caPem): it must hold certificates in PEM, -----BEGIN CERTIFICATE-----.`,
  certificateText: `Check ${TLS}.certificateLocation (or certificatePem): it must hold a certificate in PEM, -----BEGIN CERTIFICATE-----.`,
  learnt: `No broker answers at the moment. This address was told by another broker: if it is wrong, set advertised.listeners on the broker; else wait for it, or check the network.`,
  hangs: `A broker hangs (stopped, out of memory or disk), or the network drops packets: look at the brokers, and at firewalls between. It goes on by itself.`,
  idempotence: `Grant this principal WRITE on its topics, or IDEMPOTENT_WRITE on the cluster; or set uplink.producer.enableIdempotence to false.`,
} as const;

/** A listener that wants SASL takes the connection, and hangs up at the first question. */
const HUNG_UP = /^\/bootstrap: (disconnected|send failed|receive failed).*\(after \d{1,2}ms in state UP/i;

/** Order matters: the first pattern that matches decides. Matched without the address of the broker in front. */
const LINES: ReadonlyArray<readonly [RegExp, Kind]> = [
  [/failed to resolve/i, { code: 'NAME_NOT_RESOLVED' }],
  [/OIDC token.*(ssl|tls|certificate).*\(-1\)/i, { code: 'TLS_FAILED', hint: HINTS.tokenCa }],
  [/OIDC token.*\((-1|408|425|429|5\d\d)\)/i, { code: 'TOKEN_UNAVAILABLE' }],
  [/OIDC token/i, { code: 'AUTHENTICATION_FAILED', hint: HINTS.client }],
  [/no token available/i, { code: 'TOKEN_UNAVAILABLE' }],
  // The state in which it waited is in the line: SSL_HANDSHAKE says nothing of TLS.
  [/timed out/i, { code: 'BROKER_UNREACHABLE' }],
  [/wrong version number|packet length too long/i, mismatch(HINTS.noTls)],
  [/plaintext broker listener|disconnected.* in state SSL_HANDSHAKE/i, guess(HINTS.noTls)],
  [/ssl listener/i, mismatch(HINTS.wantsTls)],
  [/disconnected.* in state APIVERSION_QUERY/i, { code: 'BROKER_UNREACHABLE', look: 'tls' }],
  [/not valid in current SASL state/i, guess(HINTS.noSasl)],
  [/security\.protocol/i, guess(HINTS.wantsSasl)],
  [HUNG_UP, guess(HINTS.wantsSasl)],
  [
    /disconnected|transport failure|transport error|syscall error|connection reset|broken pipe/i,
    { code: 'BROKER_UNREACHABLE' },
  ],
  [/unsupported sasl|mechanism handshake/i, { code: 'AUTHENTICATION_FAILED', hint: HINTS.mechanism }],
  [/oauthbearer|invalid_token/i, { code: 'AUTHENTICATION_FAILED', hint: HINTS.token }],
  [/sasl .*authenticat|authentication fail/i, { code: 'AUTHENTICATION_FAILED', hint: HINTS.credentials }],
  [/certificate verify failed/i, { code: 'TLS_FAILED', hint: HINTS.ca, look: 'certificate' }],
  [/alert certificate expired/i, { code: 'TLS_FAILED', hint: HINTS.clientExpired }],
  [/alert protocol version|unsupported protocol|alert handshake failure/i, tls(HINTS.versions)],
  [/ alert |client SSL authentication/i, { ...tls(HINTS.clientWanted), look: 'own' }],
  [/ssl|certificate|tls/i, { code: 'TLS_FAILED' }],
];

/** The texts with which librdkafka refuses to make a client. */
const REFUSALS: ReadonlyArray<readonly [RegExp, Kind]> = [
  [/key values mismatch/i, tls(HINTS.keyPair)],
  [/ssl\.key\./i, tls(HINTS.keyPassword)],
  [/ssl\.ca\./i, tls(HINTS.caText)],
  [/ssl\.certificate\./i, tls(HINTS.certificateText)],
  [/ssl|certificate|private key|\bpem\b/i, { code: 'TLS_FAILED' }],
];

/** Fatal errors that have a cause of their own. */
const FATALS: ReadonlyArray<readonly [RegExp, Kind]> = [
  [/cluster authorization failed/i, { code: 'AUTHORIZATION_FAILED', hint: HINTS.idempotence }],
];

function mismatch(hint: string): Kind {
  return { code: 'PROTOCOL_MISMATCH', hint };
}

/** A broker that goes down looks the same, and one that does not take the next token of a connection. */
function guess(hint: string): Kind {
  return { ...mismatch(hint), unsure: true };
}

function tls(hint: string): Kind {
  return { code: 'TLS_FAILED', hint };
}

function kindOf(text: string, kinds: ReadonlyArray<readonly [RegExp, Kind]>): Kind | undefined {
  return kinds.find(([pattern]) => pattern.test(text))?.[1];
}

const BROKER = /([^\s/]+:\d+)\/(bootstrap|-?\d+)[:\s]/;
const COORDINATOR = /^GroupCoordinator(?:\/\d+)?: ([^\s/]+:\d+): /;
const THREAD_PREFIX = /^\[thrd:[^\]]*\]:\s*/;
/** How long it took, and whether it says the same again. */
const STATE_SUFFIX = /\s*\(after \d+ms in state .*$/;
/** What breaks off in these states has been connected before. */
const REACHED = /\(after \d+ms in state (SSL_HANDSHAKE|AUTH_\w+|APIVERSION_QUERY|UP)\b/;
const ANSWER_SIZE = /(?:receive failed: )?invalid response size (-?\d+).*/i;
/** How a TLS record begins: the kind, alert or handshake, then the major version. */
const TLS_RECORDS = [0x15_03, 0x16_03];
const PRINTABLE = /^[ -~]{4}$/;

/** An answer begins with its size. What seems too large a size may be the text with which another kind of server answers. */
function kindOfAnswer(said: string): { readonly kind: Kind; readonly words: string } | undefined {
  const size = ANSWER_SIZE.exec(said)?.[1];
  if (size === undefined) return undefined;
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(Number(size) | 0);
  if (TLS_RECORDS.includes(bytes.readUInt16BE()))
    return { kind: mismatch(HINTS.wantsTls), words: 'it speaks TLS' };
  const begin = bytes.toString('latin1');
  if (!PRINTABLE.test(begin)) return undefined;
  const words = `it does not speak Kafka: its answer begins with "${begin}"`;
  return { kind: mismatch(HINTS.notKafka), words };
}

/**
 * Reads a line of librdkafka's facility `FAIL`, `ERROR` or `OIDC`: the only place where it tells why a
 * connection fails.
 */
export function causeOfLine(line: string): ConnectionCause {
  const whole = line.replace(THREAD_PREFIX, '');
  const message = whole.replace(STATE_SUFFIX, '');
  const broker = BROKER.exec(whole);
  const coordinator = COORDINATOR.exec(whole);
  const id = broker?.[2];
  const said = whole.slice(
    broker === null ? (coordinator?.[0].length ?? 0) : broker.index + (broker[1]?.length ?? 0),
  );
  const answer = kindOfAnswer(said);
  return {
    code: 'BROKER_UNREACHABLE',
    ...(answer?.kind ?? kindOf(said, LINES)),
    message: answer === undefined ? message : message.replace(ANSWER_SIZE, () => answer.words),
    address: broker?.[1] ?? coordinator?.[1] ?? null,
    ...(coordinator === null ? {} : { coordinator: true }),
    ...(REACHED.test(whole) ? { reached: true } : {}),
    brokerId: id === undefined || id === 'bootstrap' ? null : Number(id),
  };
}

/** Where in OpenSSL an error arose: with any of its debug log on, librdkafka puts that in front of the error. */
const PLACE_IN_OPENSSL = /\S*:\d+:\S* (?=error:[0-9a-f]{8}:)/gi;

/** A text of librdkafka as it is without a debug log. */
export function withoutPlace(text: string): string {
  return text.replaceAll(PLACE_IN_OPENSSL, '');
}

/** Why librdkafka refused to make a client. */
export function refusalOf(reason: string): Kind {
  return kindOf(reason, REFUSALS) ?? { code: 'CLIENT_FAILED' };
}

/** The reason in a line of facility `FATAL`. */
export function fatalReason(line: string): string {
  return line.replace(THREAD_PREFIX, '').replace(/^Fatal error:\s*/i, '');
}

/** What a fatal error of the client means, where it is more than that. */
export function fatalKindOf(reason: string): Kind | undefined {
  return kindOf(reason, FATALS);
}
