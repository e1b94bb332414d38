import { describe, expect, it } from 'vitest';
import {
  causeOfLine,
  fatalKindOf,
  fatalReason,
  HINTS,
  refusalOf,
  withoutPlace,
} from '../../../src/kafka/watch/causes.js';

/** A broker that was found by the bootstrap server. */
const LEARNED =
  '[thrd:127.0.0.1:29367/1]: 127.0.0.1:29367/1: Disconnected: connection closed by peer: POLLHUP (after 48ms in state UP)';

/** Lines as librdkafka 2.15 writes them against Kafka 4.3: code, hint, line. */
const LINES: ReadonlyArray<readonly [string, string | undefined, string]> = [
  ['BROKER_UNREACHABLE', undefined, LEARNED],
  [
    'NAME_NOT_RESOLVED',
    undefined,
    "[thrd:kafka.plant:9092/bootstrap]: kafka.plant:9092/bootstrap: Failed to resolve 'kafka.plant:9092': Name or service not known (after 1ms in state CONNECT)",
  ],
  [
    'BROKER_UNREACHABLE',
    undefined,
    '[thrd:ssl://k:9093/bootstrap]: ssl://k:9093/bootstrap: Connect to ipv4#127.0.0.1:9093 failed: Connection refused (after 0ms in state CONNECT)',
  ],
  [
    'BROKER_UNREACHABLE',
    undefined,
    '[thrd:ssl://k:9093/1]: ssl://k:9093/1: Disconnected: SSL connection closed by peer (after 40021ms in state UP)',
  ],
  [
    'BROKER_UNREACHABLE',
    undefined,
    '[thrd:sasl_ssl://k:9093/1]: sasl_ssl://k:9093/1: Disconnected: SSL connection closed by peer (after 12ms in state UP)',
  ],
  [
    'BROKER_UNREACHABLE',
    undefined,
    '[thrd:ssl://k:9093/1]: ssl://k:9093/1: Connection setup timed out in state SSL_HANDSHAKE (after 30025ms in state SSL_HANDSHAKE)',
  ],
  [
    'BROKER_UNREACHABLE',
    undefined,
    '[thrd:sasl_ssl://k:9093/bootstrap]: sasl_ssl://k:9093/bootstrap: ApiVersionRequest failed: Local: Timed out: probably due to broker version < 0.10 (see api.version.request configuration) (after 10012ms in state APIVERSION_QUERY)',
  ],
  [
    'BROKER_UNREACHABLE',
    undefined,
    "[thrd:sasl_ssl://k:9093/1]: sasl_ssl://k:9093/1: SASL SCRAM-SHA-512 mechanism handshake failed: Local: Timed out: broker's supported mechanisms: (n/a) (after 10012ms in state AUTH_HANDSHAKE)",
  ],
  [
    'TLS_FAILED',
    HINTS.ca,
    '[thrd:ssl://k:9093/bootstrap]: ssl://k:9093/bootstrap: SSL handshake failed: error:0A000086:SSL routines::certificate verify failed: broker certificate could not be verified, verify that ssl.ca.location is correctly configured or root CA certificates are installed (install ca-certificates package) (after 5ms in state SSL_HANDSHAKE)',
  ],
  [
    'TLS_FAILED',
    HINTS.ca,
    '[thrd:ssl://k:9093/bootstrap]: ssl://k:9093/bootstrap: error:0A000086:SSL routines::certificate verify failed (after 2ms in state SSL_HANDSHAKE)',
  ],
  [
    'TLS_FAILED',
    HINTS.clientWanted,
    '[thrd:ssl://k:9093/bootstrap]: ssl://k:9093/bootstrap: Receive failed: error:0A000412:SSL routines::sslv3 alert bad certificate: SSL alert number 42 (after 2ms in state APIVERSION_QUERY)',
  ],
  [
    'TLS_FAILED',
    HINTS.clientExpired,
    '[thrd:ssl://k:9093/bootstrap]: ssl://k:9093/bootstrap: Receive failed: error:0A000415:SSL routines::sslv3 alert certificate expired: SSL alert number 45 (after 2ms in state APIVERSION_QUERY)',
  ],
  [
    'PROTOCOL_MISMATCH',
    HINTS.noTls,
    '[thrd:ssl://k:9092/bootstrap]: ssl://k:9092/bootstrap: SSL handshake failed: Disconnected: SSL connection closed by peer: connecting to a PLAINTEXT broker listener? (after 3ms in state SSL_HANDSHAKE)',
  ],
  [
    'PROTOCOL_MISMATCH',
    HINTS.noTls,
    '[thrd:ssl://k:9092/bootstrap]: ssl://k:9092/bootstrap: Disconnected: SSL connection closed by peer (after 0ms in state SSL_HANDSHAKE)',
  ],
  [
    'PROTOCOL_MISMATCH',
    HINTS.noSasl,
    "[thrd:sasl_plaintext://k:9092/bootstrap]: sasl_plaintext://k:9092/bootstrap: SASL PLAIN mechanism handshake failed: Broker: Request not valid in current SASL state: broker's supported mechanisms:  (after 11ms in state AUTH_HANDSHAKE)",
  ],
  [
    'PROTOCOL_MISMATCH',
    HINTS.wantsSasl,
    '[thrd:k:9094/bootstrap]: k:9094/bootstrap: Disconnected: connection closed by peer: receive 0 after POLLIN (after 1ms in state UP)',
  ],
  [
    'BROKER_UNREACHABLE',
    undefined,
    "[thrd:sasl_plaintext://k:9092/1]: sasl_plaintext://k:9092/1: SASL OAUTHBEARER mechanism handshake failed: Local: Broker transport failure: broker's supported mechanisms: (n/a) (after 1ms in state AUTH_HANDSHAKE)",
  ],
  [
    'PROTOCOL_MISMATCH',
    HINTS.wantsSasl,
    '[thrd:k:9094/bootstrap]: k:9094/bootstrap: Send failed: Broken pipe (after 0ms in state UP)',
  ],
  [
    'AUTHENTICATION_FAILED',
    HINTS.credentials,
    '[thrd:sasl_plaintext://k:9094/bootstrap]: sasl_plaintext://k:9094/bootstrap: SASL authentication error: Authentication failed: Invalid username or password (after 301ms in state AUTH_REQ)',
  ],
  [
    'AUTHENTICATION_FAILED',
    HINTS.credentials,
    '[thrd:sasl_plaintext://k:9094/bootstrap]: sasl_plaintext://k:9094/bootstrap: SASL authentication error: Authentication failed during authentication due to invalid credentials with SASL mechanism SCRAM-SHA-512 (after 302ms in state AUTH_REQ)',
  ],
  [
    'AUTHENTICATION_FAILED',
    HINTS.mechanism,
    "[thrd:sasl_ssl://k:9095/bootstrap]: sasl_ssl://k:9095/bootstrap: SASL PLAIN mechanism handshake failed: Broker: Unsupported SASL mechanism: broker's supported mechanisms: SCRAM-SHA-512,SCRAM-SHA-256 (after 303ms in state AUTH_HANDSHAKE)",
  ],
  [
    'AUTHENTICATION_FAILED',
    HINTS.token,
    '[thrd:sasl_plaintext://k:9096/bootstrap]: sasl_plaintext://k:9096/bootstrap: SASL authentication error: {"status":"invalid_token"} (after 301ms in state AUTH_REQ)',
  ],
  [
    'AUTHENTICATION_FAILED',
    HINTS.client,
    '[thrd:background]: Failed to retrieve OIDC token from "http://127.0.0.1:33395/token": {"error":"invalid_client"} (401)',
  ],
  [
    'TOKEN_UNAVAILABLE',
    undefined,
    '[thrd:background]: Failed to retrieve OIDC token from "http://127.0.0.1:1/token": Failed to connect to 127.0.0.1 port 1 after 0 ms: Couldn\'t connect to server (-1)',
  ],
  [
    'TOKEN_UNAVAILABLE',
    undefined,
    '[thrd:background]: Failed to retrieve OIDC token from "https://idp/token": busy (503)',
  ],
  [
    'TLS_FAILED',
    HINTS.tokenCa,
    '[thrd:background]: Failed to retrieve OIDC token from "https://idp/token": SSL certificate problem: unable to get local issuer certificate (-1)',
  ],
];

describe('§7 the cause of a failing connection, with the setting that fixes it', () => {
  it.each(LINES)('%s (%s): %s', (code, hint, line) => {
    const cause = causeOfLine(line);
    expect([cause.code, cause.hint]).toEqual([code, hint]);
  });

  it('the same cause has the same text, whatever the times and counts behind it', () => {
    const line = (suffix: string): string =>
      `[thrd:k:1/bootstrap]: k:1/bootstrap: Connect to k:1 failed: Connection refused ${suffix}`;
    const texts = [
      '(after 0ms in state CONNECT)',
      '(after 7ms in state CONNECT, 3 identical error(s) suppressed)',
    ].map((suffix) => causeOfLine(line(suffix)).message);
    expect(texts[0]).toBe('k:1/bootstrap: Connect to k:1 failed: Connection refused');
    expect(new Set(texts).size).toBe(1);
  });

  it('tells a broker by its id from a bootstrap address', () => {
    expect(causeOfLine(LEARNED).brokerId).toBe(1);
    expect(causeOfLine(LINES[1]?.[2] ?? '').brokerId).toBeNull();
    expect(causeOfLine('nonsense')).toEqual({
      code: 'BROKER_UNREACHABLE',
      message: 'nonsense',
      address: null,
      brokerId: null,
    });
  });

  it('tells the coordinator of a group, with its address, and what has been connected before it broke off', () => {
    const line = (said: string): string => `[thrd:GroupCoordinator]: GroupCoordinator: k:1: ${said}`;
    const refused = causeOfLine(
      line('Connect to k:1 failed: Connection refused (after 0ms in state CONNECT)'),
    );
    expect(refused).toMatchObject({ address: 'k:1', brokerId: null, coordinator: true });
    expect(refused.reached).toBeUndefined();
    const broken = causeOfLine(line('Disconnected: connection reset by peer (after 9ms in state UP)'));
    expect(broken).toMatchObject({ coordinator: true, reached: true });
    expect(causeOfLine(LEARNED).reached).toBe(true);
  });

  it.each([
    '[thrd:GroupCoordinator]: GroupCoordinator: kafka-ssl.plant:9093: ',
    '[thrd:sasl_ssl://kafka-tls.plant:9093/1]: sasl_ssl://kafka-tls.plant:9093/1: ',
    '[thrd:ssl://certificate.plant:9093/bootstrap]: ssl://certificate.plant:9093/bootstrap: ',
  ])('is not misled by a host that is named after TLS: %s', (broker) => {
    const { code } = causeOfLine(
      `${broker}Connect to ipv4#10.0.0.1:9093 failed: Connection refused (after 0ms in state CONNECT)`,
    );
    expect(code).toBe('BROKER_UNREACHABLE');
  });

  it('asks for a look where the line alone cannot tell', () => {
    const line = (said: string): string => `[thrd:k:1/bootstrap]: k:1/bootstrap: ${said}`;
    const closed =
      'Disconnected: connection closed by peer: receive 0 after POLLIN (after 1ms in state APIVERSION_QUERY)';
    expect(causeOfLine(line(closed))).toMatchObject({
      code: 'BROKER_UNREACHABLE',
      look: 'tls',
      address: 'k:1',
    });
    expect(causeOfLine(line('certificate verify failed'))).toMatchObject({ look: 'certificate' });
    expect(causeOfLine(line('Connection refused')).look).toBeUndefined();
  });
});

describe('§7.4 a protocol that seems to be the wrong one', () => {
  it('is unsure where the connection merely breaks off, and sure where the answer shows it', () => {
    const line = (said: string): string => `[thrd:k:1/bootstrap]: k:1/bootstrap: ${said}`;
    const mismatches = LINES.filter(([code]) => code === 'PROTOCOL_MISMATCH').map(([, , text]) => text);
    const surely = ['error:0A00010B:SSL routines::wrong version number', 'Invalid response size 352518912'];
    const sure = [...mismatches, ...surely.map(line)]
      .map((text) => causeOfLine(text))
      .filter(({ unsure }) => unsure !== true);
    expect(sure.map(({ hint }) => hint)).toEqual([HINTS.noTls, HINTS.wantsTls]);
  });
});

describe('§7.4 a server that is no Kafka', () => {
  const received = (size: number): string =>
    `[thrd:k:1/bootstrap]: k:1/bootstrap: Receive failed: Invalid response size ${size} (0..100000000): increase receive.message.max.bytes (after 0ms in state APIVERSION_QUERY)`;
  const sizeOf = (bytes: string): number => Buffer.from(bytes, 'latin1').readInt32BE();

  it.each(['HTTP', 'SSH-', '220 ', 'RFB ', '$&x$'])('is told by its answer, "%s"', (begin) => {
    const cause = causeOfLine(received(sizeOf(begin)));
    expect(cause).toMatchObject({ code: 'PROTOCOL_MISMATCH', hint: HINTS.notKafka });
    expect(cause.message).toBe(`k:1/bootstrap: it does not speak Kafka: its answer begins with "${begin}"`);
    expect(cause.unsure).toBeUndefined();
  });

  it.each(['\x15\x03\x01\x00', '\x15\x03\x03\x00', '\x16\x03\x03\x00'])(
    'is none where it speaks TLS: %j',
    (begin) => {
      expect(causeOfLine(received(sizeOf(begin)))).toMatchObject({
        code: 'PROTOCOL_MISMATCH',
        hint: HINTS.wantsTls,
      });
    },
  );

  it('may be a Kafka where its answer is merely large, or damaged', () => {
    for (const size of [100_000_001, -5]) {
      const cause = causeOfLine(received(size));
      expect(cause).toMatchObject({ code: 'BROKER_UNREACHABLE' });
      expect(cause.message).toContain('increase receive.message.max.bytes');
    }
  });
});

describe('§7 the lines of librdkafka', () => {
  it('are one cause, however often it repeats them', () => {
    const line = 'ssl://k:1/bootstrap: SSL handshake failed: wrong version number';
    for (const repeated of [
      '',
      ' (after 0ms in state SSL_HANDSHAKE)',
      ' (after 0ms in state SSL_HANDSHAKE, 1 identical error(s) suppressed) (_SSL): identical to last error',
      ' (after 26ms in state SSL_HANDSHAKE) (_SSL): identical to last error: error log suppressed',
    ]) {
      expect(causeOfLine(`[thrd:x]: ${line}${repeated}`).message).toBe(line);
    }
  });
});

describe('§7 why librdkafka refuses to make a client', () => {
  it.each([
    ['TLS_FAILED', HINTS.keyPassword, 'ssl.key.location failed: error:0A080009:SSL routines::PEM lib'],
    [
      'TLS_FAILED',
      HINTS.keyPassword,
      'ssl.key.pem failed: not in PEM format?: error:11800074:PKCS12 routines::pkcs12 cipherfinal error: maybe wrong password',
    ],
    [
      'TLS_FAILED',
      HINTS.keyPair,
      'ssl.key.location failed: error:05800074:x509 certificate routines::key values mismatch',
    ],
    [
      'TLS_FAILED',
      HINTS.caText,
      'ssl.ca.location failed: error:05800088:x509 certificate routines::no certificate or crl found',
    ],
    [
      'TLS_FAILED',
      HINTS.caText,
      'failed to read certificate #0 from ssl.ca.pem: not in PEM format?: error:0480006C:PEM routines::no start line: Expecting: CERTIFICATE',
    ],
    ['CLIENT_FAILED', undefined, 'No such configuration property: "nonsense"'],
  ])('%s (%s): %s', (code, hint, reason) => {
    expect(refusalOf(reason)).toEqual({ code, ...(hint === undefined ? {} : { hint }) });
  });
});

describe('§7 a fatal error', () => {
  const LINE =
    '[thrd:main]: Fatal error: Broker: Cluster authorization failed: Failed to acquire idempotence PID from broker k:1/1: Broker: Cluster authorization failed';

  it('that is a missing grant is told as such', () => {
    expect(fatalReason(LINE)).toMatch(/^Broker: Cluster authorization failed/);
    expect(fatalKindOf(fatalReason(LINE))).toEqual({ code: 'AUTHORIZATION_FAILED', hint: HINTS.idempotence });
    expect(fatalKindOf('Broker: Fenced by a newer instance')).toBeUndefined();
  });
});

describe('the hints', () => {
  it('name a setting, a grant or the broker', () => {
    for (const hint of Object.values(HINTS)) expect(hint).toMatch(/connection\.|uplink\.|broker/);
  });
});

describe('what a debug log adds to an error of OpenSSL', () => {
  it.each([
    [
      'SSL handshake failed: ../deps/openssl/openssl/ssl/statem/statem_clnt.c:1889:tls_post_process_server_certificate error:0A000086:SSL routines::certificate verify failed',
      'SSL handshake failed: error:0A000086:SSL routines::certificate verify failed',
    ],
    [
      'ssl.key.pem failed: not in PEM format?: ..\\crypto\\decoder_lib.c:103: error:1E08010C:DECODER routines::unsupported',
      'ssl.key.pem failed: not in PEM format?: error:1E08010C:DECODER routines::unsupported',
    ],
    ['k:9093/1: Disconnected (after 12:3: ms)', 'k:9093/1: Disconnected (after 12:3: ms)'],
  ])('given %j, then the place in its sources is left out', (text, expected) => {
    expect(withoutPlace(text)).toBe(expected);
  });
});
