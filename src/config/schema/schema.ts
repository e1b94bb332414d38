/**
 * The configuration, defined once: types, ranges, defaults and documentation of every field (docs/contract.md, section 2).
 * `types.ts` and docs/configuration.md are made from it: npm run docs:config.
 */
import { DEFAULT_APP_NAME } from '../names.js';
import { connection } from './connection.js';
import { downlink } from './downlink.js';
import { decimal, integer, limit, object, optionalText, section, text, type Schema } from './kit.js';
import { topics } from './topics.js';
import { uplink } from './uplink.js';

const app = section('Application', 'The application instance that this configuration belongs to.', {
  id: integer(
    'Id',
    'Number of the application, in topics, headers and names. Required when a downlink route is enabled and downlink.groupId is not set: applications with one id share a consumer group.',
    0,
    { minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
  ),
  name: text('Name', 'Name of the application, in templates, headers and payloads.', DEFAULT_APP_NAME),
});

const INTERVAL = { minimum: 1, maximum: 2_147_483_647 };

const retryPolicy = section('Retry policy', 'When to re-create a client that cannot recover by itself.', {
  maxAttempts: limit('Attempts', 'Most attempts in a row. 0: never; null: no limit.'),
  initialIntervalMs: integer(
    'First interval (ms)',
    'Wait before the first attempt, in milliseconds.',
    1000,
    INTERVAL,
  ),
  maxIntervalMs: integer(
    'Longest interval (ms)',
    'Longest wait between attempts, in milliseconds; not below initialIntervalMs.',
    30_000,
    INTERVAL,
  ),
  multiplier: decimal('Multiplier', 'By how much the interval grows each time; at least 1.', 2, {
    minimum: 1,
  }),
  randomizationFactor: decimal('Randomisation', 'By which part an interval varies at random, 0 to 1.', 0.2, {
    minimum: 0,
    maximum: 1,
  }),
  maxElapsedTimeMs: limit('Longest time (ms)', 'Give up after this time, in milliseconds. null: no limit.'),
});

/** Where editors find the JSON Schema of the document. It is not read. */
const $schema = optionalText(
  'JSON Schema',
  'Where editors find the JSON Schema of the document. It is not read.',
);

/** The schema as plain JSON (draft 07); published-schema.ts makes of it what is published. */
export const configJsonSchema: Schema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  $id: 'urn:ng-kafka-northward:config',
  ...object('Kafka northward', 'Configuration of one application instance of ng-kafka-northward.', {
    app,
    connection,
    uplink,
    downlink,
    topics,
    retryPolicy,
    $schema,
  }),
};
