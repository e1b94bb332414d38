/** librdkafka properties that the library sets itself, and what a host does instead. */

/** Property → typed field. */
const BY_FIELD: Readonly<Record<string, string>> = {
  'bootstrap.servers': 'connection.bootstrapServers',
  'metadata.broker.list': 'connection.bootstrapServers',
  'client.id': 'connection.clientId',
  'security.protocol': 'connection.security.protocol',
  'ssl.ca.location': 'connection.security.tls.caLocation',
  'ssl.ca.pem': 'connection.security.tls.caPem',
  'ssl.certificate.location': 'connection.security.tls.certificateLocation',
  'ssl.certificate.pem': 'connection.security.tls.certificatePem',
  'ssl.key.location': 'connection.security.tls.keyLocation',
  'ssl.key.pem': 'connection.security.tls.keyPem',
  'ssl.key.password': 'connection.security.tls.keyPassword',
  'ssl.endpoint.identification.algorithm': 'connection.security.tls.endpointIdentificationAlgorithm',
  'sasl.mechanism': 'connection.security.sasl.mechanism',
  'sasl.mechanisms': 'connection.security.sasl.mechanism',
  'sasl.username': 'connection.security.sasl.username',
  'sasl.password': 'connection.security.sasl.password',
  'sasl.oauthbearer.method': 'connection.security.sasl.oauthbearer',
  'sasl.oauthbearer.token.endpoint.url': 'connection.security.sasl.oauthbearer.tokenEndpointUrl',
  'sasl.oauthbearer.client.id': 'connection.security.sasl.oauthbearer.clientId',
  'sasl.oauthbearer.client.credentials.client.id': 'connection.security.sasl.oauthbearer.clientId',
  'sasl.oauthbearer.client.secret': 'connection.security.sasl.oauthbearer.clientSecret',
  'sasl.oauthbearer.client.credentials.client.secret': 'connection.security.sasl.oauthbearer.clientSecret',
  'sasl.oauthbearer.scope': 'connection.security.sasl.oauthbearer.scope',
  'enable.idempotence': 'uplink.producer.enableIdempotence',
  acks: 'uplink.producer.acks',
  'request.required.acks': 'uplink.producer.acks',
  'compression.type': 'uplink.producer.compression',
  'compression.codec': 'uplink.producer.compression',
  'linger.ms': 'uplink.producer.lingerMs',
  'queue.buffering.max.ms': 'uplink.producer.lingerMs',
  'batch.num.messages': 'uplink.producer.batchNumMessages',
  'batch.size': 'uplink.producer.batchSizeBytes',
  'message.timeout.ms': 'uplink.producer.messageTimeoutMs',
  'delivery.timeout.ms': 'uplink.producer.messageTimeoutMs',
  'request.timeout.ms': 'uplink.producer.requestTimeoutMs',
  'max.in.flight': 'uplink.producer.maxInflight',
  'max.in.flight.requests.per.connection': 'uplink.producer.maxInflight',
  partitioner: 'uplink.producer.partitioner',
  'queue.buffering.max.messages': 'uplink.queue.maxMessages',
  'queue.buffering.max.kbytes': 'uplink.queue.maxBytes',
  'group.id': 'downlink.groupId',
  'group.instance.id': 'downlink.groupInstanceId',
  'auto.offset.reset': 'downlink.autoOffsetReset',
};

const COMMITS = 'it commits what the host has finished with; see the ackPolicy of the route';
const CALLBACK = 'it listens there; use the events of the library';
const CLASSIC = 'it speaks the classic group protocol';
const ORDER = 'it keeps the order of records';

/** Property → why there is no field for it. */
const BY_REASON: Readonly<Record<string, string>> = {
  'enable.auto.commit': COMMITS,
  'auto.commit.enable': COMMITS,
  'auto.commit.interval.ms': COMMITS,
  'enable.auto.offset.store': COMMITS,
  'offset.store.method': COMMITS,
  'offset.store.path': COMMITS,
  'enable.partition.eof': 'it needs the ends of partitions, for marks and lag',
  'group.protocol': CLASSIC,
  'group.protocol.type': CLASSIC,
  'group.remote.assignor': CLASSIC,
  'queuing.strategy': ORDER,
  msg_order_cmp: ORDER,
  'transactional.id': 'it does not use transactions',
  'enable.gapless.guarantee': 'it sends again by itself; see uplink.onFatal',
  'delivery.report.only.error': 'every message has its receipt',
  dr_cb: CALLBACK,
  dr_msg_cb: CALLBACK,
  event_cb: CALLBACK,
  error_cb: CALLBACK,
  throttle_cb: CALLBACK,
  stats_cb: CALLBACK,
  log_cb: CALLBACK,
  'log.queue': CALLBACK,
  enabled_events: CALLBACK,
  background_event_cb: CALLBACK,
  consume_cb: CALLBACK,
  rebalance_cb: CALLBACK,
  offset_commit_cb: CALLBACK,
  oauthbearer_token_refresh_cb: CALLBACK,
  partitioner_cb: 'use uplink.producer.partitioner',
  default_topic_conf: 'topic properties stand beside the others here',
  opaque: 'it is used for receipts',
};

/** Every owned property with what to do instead, for the documentation. */
export const OWNED_PROPERTIES: ReadonlyMap<string, string> = new Map([
  ...Object.entries(BY_FIELD).map(([name, field]) => [name, `use ${field}`] as const),
  ...Object.entries(BY_REASON),
]);

/** What to do instead of setting this property; undefined where it may be set. */
export function ownedProperty(name: string): string | undefined {
  return OWNED_PROPERTIES.get(name.trim());
}
