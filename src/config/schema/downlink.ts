import { DEFAULT_DEAD_LETTER_TOPIC } from '../names.js';
import { choice, flag, integer, optionalChoice, optionalText, properties, section, text } from './kit.js';
import { route } from './mapping.js';

const INT32_MAX = 2_147_483_647;
const MILLISECONDS = { minimum: 0, maximum: INT32_MAX };
const COUNT = { minimum: 1, maximum: INT32_MAX };

const expired = section('Expired', 'What becomes of events past their time.', {
  commandReceived: choice(
    'Commands',
    'A command past timestamp + timeout_ms: drop it (with an event) or deliver it all the same.',
    ['drop', 'deliver'],
    'drop',
  ),
  writePoint: choice(
    'Write points',
    'A write point past timestamp + timeout_ms: drop it (with an event) or deliver it all the same; its time-out then counts from the hand-over.',
    ['drop', 'deliver'],
    'deliver',
  ),
});

const redelivery = section(
  'Redelivery',
  'What happens when the host fails on an event (ackPolicy on_success).',
  {
    maxAttempts: integer(
      'Attempts',
      'How often an event is handed to the host, the first time included.',
      5,
      COUNT,
    ),
    initialBackoffMs: integer(
      'First wait (ms)',
      'Wait before the second attempt, in milliseconds; doubled each time.',
      500,
      MILLISECONDS,
    ),
    maxBackoffMs: integer(
      'Longest wait (ms)',
      'Longest wait between attempts, in milliseconds; not below initialBackoffMs.',
      30_000,
      MILLISECONDS,
    ),
    // oxlint-disable-next-line unicorn/no-thenable -- a text, never called
    then: optionalChoice(
      'At last',
      'What becomes of an event whose attempts are spent. null: dead_letter where the dead letter is enabled, else hold with failurePolicy error, else drop.',
      ['dead_letter', 'hold', 'drop'],
    ),
  },
);

const deadLetter = section('Dead letter', 'A topic for records that cannot be used.', {
  enabled: flag('Enabled', 'Whether such records are kept in a topic of their own.', false),
  topic: text('Topic', 'Exact name of the dead-letter topic.', DEFAULT_DEAD_LETTER_TOPIC),
});

const dedupe = section('De-duplication', 'Recognise events that were already done, by their id.', {
  enabled: flag('Enabled', 'Whether duplicates are recognised.', false),
  windowMs: integer(
    'Window (ms)',
    'How long the id of a finished event is remembered, in milliseconds.',
    600_000,
    COUNT,
  ),
  maxEntries: integer('Entries', 'Most ids remembered.', 10_000, COUNT),
});

const consumer = section('Consumer', 'Settings of the consumer.', {
  properties: properties(
    'Further properties',
    'Further librdkafka properties for the consumer only. One that the library owns is refused.',
  ),
});

export const downlink = section('Downlink', 'Kafka to gateway.', {
  enabled: flag('Enabled', 'Master switch of the downlink.', true),
  groupId: optionalText(
    'Consumer group',
    'Consumer group. Default: ng-gateway-plugin-{app.id}, which needs app.id. librdkafka: group.id.',
  ),
  autoOffsetReset: choice(
    'Start position',
    'Where to start in a partition without a committed offset. librdkafka: auto.offset.reset.',
    ['latest', 'earliest'],
    'latest',
  ),
  groupInstanceId: optionalText(
    'Group instance id',
    'Name of this member for static membership: a restart within the session time-out moves no partitions. Unique in the group. librdkafka: group.instance.id.',
  ),
  maxQueued: integer('Waiting events', 'Most events that wait for the host.', 1000, COUNT),
  maxQueuedBytes: integer('Waiting bytes', 'Most bytes of events that wait for the host.', 33_554_432, COUNT),
  expired,
  redelivery,
  deadLetter,
  dedupe,
  consumer,
  writePoint: route('Write point', 'Write a value to a point.'),
  commandReceived: route('Command', 'Execute a command.'),
  rpcResponseReceived: route('RPC response', 'The platform answers a call of the gateway.'),
});
