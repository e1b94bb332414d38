import { ANY_TEXT, choice, flag, integer, integerOrNull, object, properties } from './kit.js';
import { section, texts, type Schema } from './kit.js';
import { gapMapping, mapping } from './mapping.js';
import { store } from './store.js';

const INT32_MAX = 2_147_483_647;

const producer = section('Producer', 'Settings of the producer.', {
  enableIdempotence: flag(
    'Idempotence',
    'Brokers recognise what is sent again: each record is stored once, but for receipts that say maybeDuplicate, and in order per partition. Needs acks all and maxInflight of at most 5. librdkafka: enable.idempotence.',
    true,
  ),
  acks: choice(
    'Acknowledgements',
    'Who must have a record before it counts as delivered: none, one (the leader), all (in-sync replicas). librdkafka: acks (0, 1, -1).',
    ['none', 'one', 'all'],
    'all',
  ),
  compression: choice(
    'Compression',
    'Codec for record batches. librdkafka: compression.type.',
    ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
    'lz4',
  ),
  lingerMs: integer(
    'Linger (ms)',
    'How long to wait for more records for a batch, in milliseconds. Below messageTimeoutMs. librdkafka: linger.ms.',
    5,
    { minimum: 0, maximum: 900_000 },
  ),
  batchNumMessages: integer(
    'Batch size (records)',
    'Most records in a batch. librdkafka: batch.num.messages.',
    1000,
    { minimum: 1, maximum: 1_000_000 },
  ),
  batchSizeBytes: integer('Batch size (bytes)', 'Most bytes in a batch. librdkafka: batch.size.', 131_072, {
    minimum: 1,
    maximum: INT32_MAX,
  }),
  messageTimeoutMs: integer(
    'Message time-out (ms)',
    'How long a record may wait for its acknowledgement, in milliseconds, from its acceptance; then it is rejected with a retryable error. 0: no limit. librdkafka: message.timeout.ms.',
    30_000,
    { minimum: 0, maximum: INT32_MAX },
  ),
  requestTimeoutMs: integer(
    'Request time-out (ms)',
    'How long a broker may take to acknowledge one produce request, in milliseconds. librdkafka: request.timeout.ms.',
    10_000,
    { minimum: 1, maximum: 900_000 },
  ),
  maxInflight: integer(
    'Requests in flight',
    'Most unanswered requests per connection. At most 5 with idempotence. librdkafka: max.in.flight.requests.per.connection.',
    5,
    { minimum: 1, maximum: 1_000_000 },
  ),
  partitioner: choice(
    'Partitioner',
    'How the partition is chosen from the key; murmur2_random is what Java clients do. librdkafka: partitioner.',
    ['random', 'consistent', 'consistent_random', 'murmur2', 'murmur2_random', 'fnv1a', 'fnv1a_random'],
    'consistent_random',
  ),
  topicsPerClient: integerOrNull(
    'Topics per client',
    'Once there are more topics than this, further ones go to clients of their own: librdkafka goes through all topics that a client knows for each record. null: all go to one client.',
    256,
    { minimum: 1, maximum: 1_000_000 },
  ),
  maxClients: integer(
    'Clients',
    'Most producer clients, where topics are spread; beyond it topics share them. Each takes four threads or more, and a connection to each broker.',
    32,
    { minimum: 3, maximum: 1_000 },
  ),
  topicIdleMs: integer(
    'Topic idle (ms)',
    'A client whose topics had no message for this time is closed, and its topics forgotten, in milliseconds. The first client stays.',
    600_000,
    { minimum: 1_000, maximum: INT32_MAX },
  ),
  properties: properties(
    'Further properties',
    'Further librdkafka properties for the producer only. One that the library owns is refused.',
  ),
});

const allOrNone: Schema = { title: 'All or none', type: 'boolean' };
const headerNames: Schema = { title: 'Only these', type: 'array', items: ANY_TEXT };

const include: Schema = {
  title: 'Headers',
  description: 'true: all but message_id, false: none, or the names of those wanted.',
  default: true,
  anyOf: [allOrNone, headerNames],
};

const headers: Schema = {
  title: 'Record headers',
  description:
    'Headers of each record: true (all but message_id), false (none), a list of names, or an object with "include", "static" and "messageId". Fewer headers are faster.',
  default: true,
  anyOf: [
    allOrNone,
    headerNames,
    object('Choice and static headers', undefined, {
      include,
      static: texts('Static headers', 'Further headers with fixed values, added to every record.'),
      messageId: flag(
        'Message id',
        'Add message_id, which only a store gives: by it readers drop what arrives twice. The same as its name in the list.',
        false,
      ),
    }),
  ],
};

const queue = section('Queue', 'Bounds on messages accepted and not yet acknowledged.', {
  maxMessages: integer('Messages', 'Most messages accepted and not yet acknowledged.', 20_000, {
    minimum: 1,
    maximum: INT32_MAX,
  }),
  maxBytes: integer('Bytes', 'Most bytes of messages accepted and not yet acknowledged.', 67_108_864, {
    minimum: 1,
    maximum: Number.MAX_SAFE_INTEGER,
  }),
  whenFull: choice(
    'When full',
    'reject: refuse the new message; wait: let up to maxMessages callers wait, first in first out, up to waitMs; drop_oldest: drop the oldest message not yet handed to librdkafka, with an error to its caller.',
    ['reject', 'wait', 'drop_oldest'],
    'reject',
  ),
  waitMs: integer('Wait (ms)', 'How long a caller waits with whenFull wait, in milliseconds.', 1000, {
    minimum: 0,
    maximum: INT32_MAX,
  }),
});

export const uplink = section('Uplink', 'Gateway to Kafka.', {
  enabled: flag('Enabled', 'Master switch of the uplink.', true),
  producer,
  deviceConnected: mapping('Device connected', 'A device came online.'),
  deviceDisconnected: mapping('Device disconnected', 'A device went offline.'),
  telemetry: mapping('Telemetry', 'Measured values of a device.'),
  attributes: mapping('Attributes', 'Attributes of a device.'),
  alarm: mapping('Alarm', 'An alarm of a device was raised or cleared.'),
  rpcResponse: mapping('RPC response', 'The answer to a command.'),
  writePointResponse: mapping('Write-point response', 'The answer to a write point.'),
  dataGap: gapMapping(
    'Data gap',
    'The store lost messages: what, how many and why. It is sent by the library, after what came before the gap.',
  ),
  headers,
  topicPolicy: choice(
    'Topic policy',
    'What becomes of characters that Kafka does not allow in a topic name: sanitize replaces them by _, sanitize_hash also appends a hash so that different names stay apart, reject refuses the event.',
    ['sanitize', 'sanitize_hash', 'reject'],
    'sanitize',
  ),
  dataTypeFormat: choice(
    'Data type format',
    'How data_type is written: its name, or its numeric code.',
    ['name', 'code'],
    'name',
  ),
  queue,
  onFatal: choice(
    'On a fatal producer error',
    'resend: a new producer sends again, in order, what was not acknowledged (receipts say maybeDuplicate); fail: those messages are rejected as unknown.',
    ['resend', 'fail'],
    'resend',
  ),
  store,
});
