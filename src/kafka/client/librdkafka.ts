/**
 * ResolvedConfig → librdkafka properties. All of them belong into the global configuration: a topic
 * configuration given beside it would discard the topic properties among them (message.timeout.ms, acks, …).
 * Callbacks (event_cb, dr_cb, rebalance_cb) are set by the clients.
 */
import type { Properties, ResolvedConfig, ResolvedSasl, ResolvedTls } from '../../config/resolved-config.js';
import type { ResolvedSecrets } from './secrets.js';

/** Not less than the messages that the library lets librdkafka hold at a time (`Shares` in src/uplink/delivery/room.ts). */
const LIBRDKAFKA_WINDOW = 65_536;

const INT32_MAX = 2_147_483_647;
/** Room above our own bounds, so that librdkafka never says that its queue is full. */
export const QUEUE_MARGIN_MESSAGES = 10_000;
const QUEUE_MARGIN_KBYTES = 65_536;

const ACKS = { none: 0, one: 1, all: -1 } as const;
const MECHANISMS = {
  plain: 'PLAIN',
  scram_sha256: 'SCRAM-SHA-256',
  scram_sha512: 'SCRAM-SHA-512',
  oauthbearer: 'OAUTHBEARER',
} as const;

/**
 * How long a topic may be missing before messages for it fail. librdkafka's 30 s would outlast the message
 * time-out, so that a missing topic could never be told from a slow broker.
 */
const TOPIC_PROPAGATION_MS = 10_000;
/** The same where missing topics are made: nothing fails for it, and a topic that is there after all is a success. */
const TOPIC_TO_BE_MADE_MS = 1_000;

/**
 * Longest wait before the next attempt to connect. librdkafka's 10 s (and half as much again by chance) would let messages
 * time out in an outage that had ended seconds before.
 */
const RECONNECT_MAX_MS = 1_000;

/** Global properties of the producer. */
export function producerProperties(config: ResolvedConfig, secrets: ResolvedSecrets): Properties {
  const { producer, queue, store } = config.uplink;
  return {
    'topic.metadata.propagation.max.ms': config.topics.create ? TOPIC_TO_BE_MADE_MS : TOPIC_PROPAGATION_MS,
    ...passedThrough(config, producer.properties),
    ...connectionProperties(config, secrets),
    'enable.idempotence': producer.enableIdempotence,
    acks: ACKS[producer.acks],
    'compression.type': producer.compression,
    'linger.ms': producer.lingerMs,
    'batch.num.messages': producer.batchNumMessages,
    'batch.size': producer.batchSizeBytes,
    // With a store it never gives up an older record while it keeps a younger one.
    'message.timeout.ms': store === null ? producer.messageTimeoutMs : 0,
    'request.timeout.ms': producer.requestTimeoutMs,
    'max.in.flight.requests.per.connection': producer.maxInflight,
    partitioner: producer.partitioner,
    // Not by `maxMessages`, which may grow while it runs.
    'queue.buffering.max.messages': LIBRDKAFKA_WINDOW + QUEUE_MARGIN_MESSAGES,
    // librdkafka counts keys and headers too, so it is twice our bytes.
    'queue.buffering.max.kbytes': Math.min(Math.ceil(queue.maxBytes / 512) + QUEUE_MARGIN_KBYTES, INT32_MAX),
  };
}

/**
 * What measured well for a consumer that is polled with `consume(n)`: short waits, a bounded prefetch.
 * `downlink.consumer.properties` may override it.
 */
const CONSUMER_TUNING: Properties = {
  'partition.assignment.strategy': 'cooperative-sticky',
  'fetch.queue.backoff.ms': 10,
  'queued.min.messages': 20_000,
  // How soon a topic that was missing, or a partition that was added, is noticed.
  'topic.metadata.refresh.interval.ms': 10_000,
};

/** Memory of the prefetch, at most: more measured no faster. */
const MAX_PREFETCH_KBYTES = 16_384;
const MIN_FETCH_BYTES = 16_384;
const MAX_FETCH_BYTES = 262_144;

/**
 * What librdkafka holds of a partition follows `maxQueuedBytes`. It counts and limits a fetch as it was sent, compressed, and
 * unpacks all of it at once; so fetches are small. A broker sends a whole batch whatever its size.
 */
function prefetch(maxQueuedBytes: number): Properties {
  const fetch = Math.floor(maxQueuedBytes / 128);
  return {
    'queued.max.messages.kbytes': Math.max(
      1,
      Math.min(MAX_PREFETCH_KBYTES, Math.ceil(maxQueuedBytes / 2048)),
    ),
    'fetch.message.max.bytes': Math.min(Math.max(fetch, MIN_FETCH_BYTES), MAX_FETCH_BYTES),
  };
}

/** Global properties of the consumer. */
export function consumerProperties(config: ResolvedConfig, secrets: ResolvedSecrets): Properties {
  const { groupId, groupInstanceId, autoOffsetReset, consumer, maxQueuedBytes } = config.downlink;
  return {
    ...CONSUMER_TUNING,
    ...prefetch(maxQueuedBytes),
    ...passedThrough(config, consumer.properties),
    ...connectionProperties(config, secrets),
    'group.id': groupId,
    ...present({ 'group.instance.id': groupInstanceId }),
    'auto.offset.reset': autoOffsetReset,
    'enable.auto.commit': false,
    'enable.auto.offset.store': false,
  };
}

/** Properties of the user: those of the connection, then those of the side. */
function passedThrough({ connection }: ResolvedConfig, ofSide: Properties): Properties {
  const given = { ...connection.properties, ...ofSide };
  // librdkafka takes no longest wait below the first one.
  const first = Number(given['reconnect.backoff.ms'] ?? 0);
  return { 'reconnect.backoff.max.ms': Math.max(RECONNECT_MAX_MS, first || 0), ...given };
}

function connectionProperties({ connection }: ResolvedConfig, secrets: ResolvedSecrets): Properties {
  const { protocol, tls, sasl } = connection.security;
  return {
    'bootstrap.servers': connection.bootstrapServers,
    'client.id': connection.clientId,
    'security.protocol': protocol,
    ...(tls === null ? {} : tlsProperties(tls, secrets)),
    ...(sasl === null ? {} : saslProperties(sasl, secrets)),
  };
}

function tlsProperties(tls: ResolvedTls, secrets: ResolvedSecrets): Properties {
  const hostNameCheck = tls.endpointIdentificationAlgorithm;
  return present({
    'ssl.ca.location': tls.caLocation,
    'ssl.ca.pem': tls.caPem,
    'ssl.certificate.location': tls.certificateLocation,
    'ssl.certificate.pem': tls.certificatePem,
    'ssl.key.location': tls.keyLocation,
    'ssl.key.pem': secrets.keyPem,
    'ssl.key.password': secrets.keyPassword,
    // librdkafka refuses the empty text.
    'ssl.endpoint.identification.algorithm': hostNameCheck === '' ? 'none' : hostNameCheck,
  });
}

function saslProperties(sasl: ResolvedSasl, secrets: ResolvedSecrets): Properties {
  const { oauthbearer } = sasl;
  const mechanism = { 'sasl.mechanisms': MECHANISMS[sasl.mechanism] };
  if (oauthbearer === null) {
    return {
      ...mechanism,
      ...present({ 'sasl.username': sasl.username, 'sasl.password': secrets.password }),
    };
  }
  return {
    ...mechanism,
    'sasl.oauthbearer.method': 'oidc',
    ...present({
      'sasl.oauthbearer.token.endpoint.url': oauthbearer.tokenEndpointUrl,
      'sasl.oauthbearer.client.id': oauthbearer.clientId,
      'sasl.oauthbearer.client.secret': secrets.clientSecret,
      'sasl.oauthbearer.scope': oauthbearer.scope,
    }),
  };
}

/** Only what is set: librdkafka takes no `null`. */
function present(properties: Readonly<Record<string, string | null>>): Properties {
  return Object.fromEntries(
    Object.entries(properties).filter((entry): entry is [string, string] => entry[1] !== null),
  );
}
