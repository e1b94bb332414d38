import { describe, expect, it } from 'vitest';
import { causeOfLine, deliveryCode, RD } from '../../../src/kafka/error-map.js';

/** Lines as librdkafka 2.15 writes them. */
const LINES = [
  [
    'NAME_NOT_RESOLVED',
    "[thrd:kafka.plant:9092/bootstrap]: kafka.plant:9092/bootstrap: Failed to resolve 'kafka.plant:9092': Name or service not known (after 1ms in state CONNECT)",
  ],
  [
    'BROKER_UNREACHABLE',
    '[thrd:127.0.0.1:1/bootstrap]: 127.0.0.1:1/bootstrap: Connect to ipv4#127.0.0.1:1 failed: Connection refused (after 0ms in state CONNECT, 1 identical error(s) suppressed)',
  ],
  [
    'BROKER_UNREACHABLE',
    '[thrd:127.0.0.1:29367/1]: 127.0.0.1:29367/1: Disconnected: connection closed by peer: POLLHUP (after 548ms in state UP)',
  ],
  [
    'TLS_FAILED',
    '[thrd:ssl://k:9093/bootstrap]: ssl://k:9093/bootstrap: SSL handshake failed: error:0A000086:SSL routines::certificate verify failed: broker certificate could not be verified, verify that ssl.ca.location is correctly configured (after 5ms in state SSL_HANDSHAKE)',
  ],
  [
    'PROTOCOL_MISMATCH',
    '[thrd:ssl://k:9092/bootstrap]: ssl://k:9092/bootstrap: SSL handshake failed: Disconnected: SSL connection closed by peer: connecting to a PLAINTEXT broker listener? (after 3ms in state SSL_HANDSHAKE)',
  ],
  [
    'PROTOCOL_MISMATCH',
    '[thrd:k:9093/bootstrap]: k:9093/bootstrap: Disconnected while requesting ApiVersion: might be caused by incorrect security.protocol configuration (connecting to a SSL listener?) or broker version is < 0.10 (after 2ms in state APIVERSION_QUERY)',
  ],
  [
    'AUTHENTICATION_FAILED',
    '[thrd:sasl_plaintext://k:9094/bootstrap]: sasl_plaintext://k:9094/bootstrap: SASL authentication error: Authentication failed: Invalid username or password (after 301ms in state AUTH_REQ)',
  ],
  [
    'BROKER_UNREACHABLE',
    '[thrd:ssl://k:9093/bootstrap]: ssl://k:9093/bootstrap: Connect to ipv4#127.0.0.1:9093 failed: Connection refused (after 0ms in state CONNECT)',
  ],
  [
    'BROKER_UNREACHABLE',
    '[thrd:tls-kafka:9092/bootstrap]: tls-kafka:9092/bootstrap: Connect to ipv4#10.0.0.1:9092 failed: Connection refused',
  ],
] as const;

describe('§7 the cause of a failing connection, from the log line that alone tells it', () => {
  it.each(LINES)('%s: %s', (code, line) => {
    expect(causeOfLine(line).code).toBe(code);
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
    expect(causeOfLine(LINES[2][1]).brokerId).toBe(1);
    expect(causeOfLine(LINES[1][1]).brokerId).toBeNull();
    expect(causeOfLine('nonsense')).toEqual({
      code: 'BROKER_UNREACHABLE',
      message: 'nonsense',
      brokerId: null,
    });
  });
});

describe('§7 the code of a delivery that failed', () => {
  it.each([
    [RD.MSG_TIMED_OUT, 'DELIVERY_TIMEOUT'],
    [RD.UNKNOWN_TOPIC, 'TOPIC_NOT_FOUND'],
    [RD.TOPIC_AUTHORIZATION_FAILED, 'TOPIC_FORBIDDEN'],
    [RD.CLUSTER_AUTHORIZATION_FAILED, 'AUTHORIZATION_FAILED'],
    [RD.MSG_SIZE_TOO_LARGE, 'MESSAGE_TOO_LARGE'],
    [87, 'DELIVERY_FAILED'],
  ] as const)('librdkafka %s is %s', (number, code) => {
    expect(deliveryCode(number)).toBe(code);
  });
});
