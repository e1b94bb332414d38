import { describe, expect, test } from 'vitest';
import { consumerProperties, producerProperties } from '../../../src/kafka/client/librdkafka.js';
import { resolveSecrets } from '../../../src/kafka/client/secrets.js';
import { parseConfig } from '../../../src/config/parse.js';
import { at, nest, resolved } from './support.js';

/** Path, default. */
const DEFAULTS: readonly (readonly [path: string, byDefault: unknown])[] = [
  ['app.id', 0],
  ['app.name', 'ng-gateway'],
  ['connection.clientId', 'ng-gateway-app-0'],
  ['connection.security', { protocol: 'plaintext', tls: null, sasl: null }],
  ['connection.properties', {}],
  ['uplink.enabled', true],
  ['uplink.producer.enableIdempotence', true],
  ['uplink.producer.acks', 'all'],
  ['uplink.producer.compression', 'lz4'],
  ['uplink.producer.lingerMs', 5],
  ['uplink.producer.batchNumMessages', 1000],
  ['uplink.producer.batchSizeBytes', 131072],
  ['uplink.producer.messageTimeoutMs', 30000],
  ['uplink.producer.requestTimeoutMs', 10000],
  ['uplink.producer.maxInflight', 5],
  ['uplink.producer.partitioner', 'consistent_random'],
  ['uplink.producer.properties', {}],
  ['uplink.headers', { include: true, static: {}, messageId: false }],
  ['uplink.topicPolicy', 'sanitize'],
  ['uplink.dataTypeFormat', 'name'],
  ['uplink.queue', { maxMessages: 20000, maxBytes: 67108864, whenFull: 'reject', waitMs: 1000 }],
  ['uplink.onFatal', 'resend'],
  ['downlink.enabled', true],
  ['downlink.groupId', 'ng-gateway-plugin-0'],
  ['downlink.autoOffsetReset', 'latest'],
  ['downlink.groupInstanceId', null],
  ['downlink.maxQueued', 1000],
  ['downlink.maxQueuedBytes', 33554432],
  ['downlink.expired', { commandReceived: 'drop', writePoint: 'deliver' }],
  // oxlint-disable-next-line unicorn/no-thenable -- a text, never called
  ['downlink.redelivery', { maxAttempts: 5, initialBackoffMs: 500, maxBackoffMs: 30000, then: null }],
  ['downlink.deadLetter', { enabled: false, topic: 'ng.downlink.dead-letter' }],
  ['downlink.dedupe', { enabled: false, windowMs: 600000, maxEntries: 10000 }],
  ['downlink.consumer', { properties: {} }],
  [
    'retryPolicy',
    {
      maxAttempts: null,
      initialIntervalMs: 1000,
      maxIntervalMs: 30000,
      multiplier: 2,
      randomizationFactor: 0.2,
      maxElapsedTimeMs: null,
    },
  ],
];

const MAPPING = {
  enabled: false,
  topic: 'ng.uplink.{{event_kind}}.{{device_name}}',
  key: '{{device_id}}',
  payload: { mode: 'envelope_json' },
};

const ROUTE = {
  enabled: false,
  topic: 'ng.downlink',
  payload: { mode: 'envelope_json' },
  ackPolicy: 'on_success',
  failurePolicy: 'drop',
};

describe('§2 defaults: given a document with bootstrap servers only', () => {
  test.each(DEFAULTS)('then %s is %j', (path, byDefault) => {
    expect(at(resolved(), path)).toEqual(byDefault);
  });

  test.each([
    'deviceConnected',
    'deviceDisconnected',
    'telemetry',
    'attributes',
    'alarm',
    'rpcResponse',
    'writePointResponse',
  ])('then the uplink slot %s is disabled, with the templates of the reference', (slot) => {
    expect(at(resolved(), `uplink.${slot}`)).toEqual(MAPPING);
  });

  test.each(['writePoint', 'commandReceived', 'rpcResponseReceived'])(
    'then the downlink slot %s is disabled, on ng.downlink',
    (slot) => {
      expect(at(resolved(), `downlink.${slot}`)).toEqual(ROUTE);
    },
  );
});

const TLS = { protocol: 'ssl' };
const SASL = { protocol: 'sasl_plaintext' };
const USER = { username: 'u', password: 'p' };
const OAUTH = { tokenEndpointUrl: 'https://id/token', clientId: 'c', clientSecret: 's' };
const tls = (fields: object) => ({ ...TLS, tls: fields });
const sasl = (fields: object) => ({ ...SASL, sasl: { ...USER, ...fields } });
const oauth = (fields: object) => ({
  ...SASL,
  sasl: { mechanism: 'oauthbearer', oauthbearer: { ...OAUTH, ...fields } },
});
const noIdempotence = (fields: object) => ({ enableIdempotence: false, ...fields });

/** Path in the document, what stands there, property, value. */
const PRODUCER_PROPERTIES: readonly (readonly [string, unknown, string, unknown])[] = [
  ['connection.bootstrapServers', 'a:1, b', 'bootstrap.servers', 'a:1,b:9092'],
  ['connection.bootstrapServers', ['a:1', 'b'], 'bootstrap.servers', 'a:1,b:9092'],
  ['connection.clientId', 'gw', 'client.id', 'gw'],
  ['connection.security', TLS, 'security.protocol', 'ssl'],
  ['connection.security', sasl({}), 'security.protocol', 'sasl_plaintext'],
  ['connection.security', tls({ caLocation: '/ca' }), 'ssl.ca.location', '/ca'],
  ['connection.security', tls({ caPem: 'PEM' }), 'ssl.ca.pem', 'PEM'],
  [
    'connection.security',
    tls({ certificateLocation: '/c', keyLocation: '/k' }),
    'ssl.certificate.location',
    '/c',
  ],
  ['connection.security', tls({ certificateLocation: '/c', keyLocation: '/k' }), 'ssl.key.location', '/k'],
  ['connection.security', tls({ certificatePem: 'C', keyPem: 'K' }), 'ssl.certificate.pem', 'C'],
  ['connection.security', tls({ certificatePem: 'C', keyPem: 'K' }), 'ssl.key.pem', 'K'],
  ['connection.security', tls({ keyPassword: 'pw' }), 'ssl.key.password', 'pw'],
  [
    'connection.security',
    tls({ endpointIdentificationAlgorithm: 'https' }),
    'ssl.endpoint.identification.algorithm',
    'https',
  ],
  [
    'connection.security',
    tls({ endpointIdentificationAlgorithm: 'none' }),
    'ssl.endpoint.identification.algorithm',
    'none',
  ],
  [
    'connection.security',
    tls({ endpointIdentificationAlgorithm: '' }),
    'ssl.endpoint.identification.algorithm',
    'none',
  ],
  ['connection.security', sasl({}), 'sasl.mechanisms', 'PLAIN'],
  ['connection.security', sasl({ mechanism: 'scram_sha256' }), 'sasl.mechanisms', 'SCRAM-SHA-256'],
  ['connection.security', sasl({ mechanism: 'scram_sha512' }), 'sasl.mechanisms', 'SCRAM-SHA-512'],
  ['connection.security', sasl({}), 'sasl.username', 'u'],
  ['connection.security', sasl({}), 'sasl.password', 'p'],
  ['connection.security', oauth({}), 'sasl.mechanisms', 'OAUTHBEARER'],
  ['connection.security', oauth({}), 'sasl.oauthbearer.method', 'oidc'],
  ['connection.security', oauth({}), 'sasl.oauthbearer.token.endpoint.url', 'https://id/token'],
  ['connection.security', oauth({}), 'sasl.oauthbearer.client.id', 'c'],
  ['connection.security', oauth({}), 'sasl.oauthbearer.client.secret', 's'],
  ['connection.security', oauth({ scope: 'kafka' }), 'sasl.oauthbearer.scope', 'kafka'],
  ['connection.properties', { 'socket.keepalive.enable': true }, 'socket.keepalive.enable', true],
  ['uplink.producer', noIdempotence({}), 'enable.idempotence', false],
  ['uplink.producer', {}, 'enable.idempotence', true],
  ['uplink.producer', noIdempotence({ acks: 'none' }), 'acks', 0],
  ['uplink.producer', noIdempotence({ acks: 'one' }), 'acks', 1],
  ['uplink.producer', { acks: 'all' }, 'acks', -1],
  ['uplink.producer', { compression: 'zstd' }, 'compression.type', 'zstd'],
  ['uplink.producer', { lingerMs: 7 }, 'linger.ms', 7],
  ['uplink.producer', { batchNumMessages: 7 }, 'batch.num.messages', 7],
  ['uplink.producer', { batchSizeBytes: 7 }, 'batch.size', 7],
  ['uplink.producer', { messageTimeoutMs: 0 }, 'message.timeout.ms', 0],
  ['uplink.producer', { requestTimeoutMs: 7 }, 'request.timeout.ms', 7],
  ['uplink.producer', { maxInflight: 1 }, 'max.in.flight.requests.per.connection', 1],
  ['uplink.producer', { partitioner: 'murmur2_random' }, 'partitioner', 'murmur2_random'],
  ['uplink.producer', { properties: { 'retry.backoff.ms': 7 } }, 'retry.backoff.ms', 7],
];

const CONSUMER_PROPERTIES: readonly (readonly [string, unknown, string, unknown])[] = [
  ['connection.bootstrapServers', 'a', 'bootstrap.servers', 'a:9092'],
  ['connection.security', sasl({}), 'sasl.password', 'p'],
  ['connection.properties', { 'broker.address.family': 'v4' }, 'broker.address.family', 'v4'],
  ['app', { id: 7 }, 'group.id', 'ng-gateway-plugin-7'],
  ['app', { id: 7 }, 'client.id', 'ng-gateway-app-7'],
  ['downlink.groupId', 'g', 'group.id', 'g'],
  ['downlink.groupInstanceId', 'i', 'group.instance.id', 'i'],
  ['downlink.autoOffsetReset', 'earliest', 'auto.offset.reset', 'earliest'],
  ['downlink', {}, 'auto.offset.reset', 'latest'],
  ['downlink', {}, 'enable.auto.commit', false],
  ['downlink', {}, 'enable.auto.offset.store', false],
  ['downlink', {}, 'partition.assignment.strategy', 'cooperative-sticky'],
  ['downlink.consumer.properties', { 'session.timeout.ms': 7 }, 'session.timeout.ms', 7],
  [
    'downlink.consumer.properties',
    { 'partition.assignment.strategy': 'range' },
    'partition.assignment.strategy',
    'range',
  ],
];

async function properties(side: typeof producerProperties, path: string, value: unknown) {
  const given = nest(path, value);
  const connection = { bootstrapServers: 'kafka', ...(given['connection'] as object | undefined) };
  const { config } = parseConfig({ ...given, connection });
  return side(config, await resolveSecrets(config));
}

describe('§2 librdkafka properties: given a field', () => {
  test.each(PRODUCER_PROPERTIES)('%s %j, then the producer has %s', async (path, value, name, expected) => {
    expect(await properties(producerProperties, path, value)).toHaveProperty([name], expected);
  });

  test.each(CONSUMER_PROPERTIES)('%s %j, then the consumer has %s', async (path, value, name, expected) => {
    expect(await properties(consumerProperties, path, value)).toHaveProperty([name], expected);
  });
});
