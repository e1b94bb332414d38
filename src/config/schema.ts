/**
 * The configuration, defined once: JSON Schema, TypeScript type, defaults and documentation of every field
 * (docs/contract.md, section 2).
 */
import * as Type from 'typebox';
import { DEFAULT_APP_NAME } from './default-names.js';
import { connection } from './schema/connection.js';
import { downlink } from './schema/downlink.js';
import { decimal, integer, limit, optionalText, section, text } from './schema/kit.js';
import { uplink } from './schema/uplink.js';

const app = section('Application', 'The application instance that this configuration belongs to.', {
  /**
   * Number of the application, in topics, headers and names. Required when a downlink route is enabled and
   * downlink.groupId is not set: applications with one id share a consumer group.
   */
  id: integer(
    'Id',
    'Number of the application, in topics, headers and names. Required when a downlink route is enabled and downlink.groupId is not set: applications with one id share a consumer group.',
    0,
    { minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
  ),
  /** Name of the application, in templates, headers and payloads. */
  name: text('Name', 'Name of the application, in templates, headers and payloads.', DEFAULT_APP_NAME),
});

const INTERVAL = { minimum: 1, maximum: 2_147_483_647 };

const retryPolicy = section('Retry policy', 'When to re-create a client that cannot recover by itself.', {
  /** Most attempts in a row. 0: never; null: no limit. */
  maxAttempts: limit('Attempts', 'Most attempts in a row. 0: never; null: no limit.'),
  /** Wait before the first attempt, in milliseconds. */
  initialIntervalMs: integer(
    'First interval (ms)',
    'Wait before the first attempt, in milliseconds.',
    1000,
    INTERVAL,
  ),
  /** Longest wait between attempts, in milliseconds; not below initialIntervalMs. */
  maxIntervalMs: integer(
    'Longest interval (ms)',
    'Longest wait between attempts, in milliseconds; not below initialIntervalMs.',
    30_000,
    INTERVAL,
  ),
  /** By how much the interval grows each time; at least 1. */
  multiplier: decimal('Multiplier', 'By how much the interval grows each time; at least 1.', 2, {
    minimum: 1,
  }),
  /** By which part an interval varies at random, 0 to 1. */
  randomizationFactor: decimal('Randomisation', 'By which part an interval varies at random, 0 to 1.', 0.2, {
    minimum: 0,
    maximum: 1,
  }),
  /** Give up after this time, in milliseconds. null: no limit. */
  maxElapsedTimeMs: limit('Longest time (ms)', 'Give up after this time, in milliseconds. null: no limit.'),
});

/** Where editors find the JSON Schema of the document. It is not read. */
const $schema = optionalText(
  'JSON Schema',
  'Where editors find the JSON Schema of the document. It is not read.',
);

/** Spelt out, so that declaration files refer to the parts by name and keep their doc comments. */
type Fields = {
  /** The application instance that this configuration belongs to. */
  app: typeof app;
  /** Which Kafka cluster, and how to reach it. */
  connection: typeof connection;
  /** Gateway to Kafka. */
  uplink: typeof uplink;
  /** Kafka to gateway. */
  downlink: typeof downlink;
  /** When to re-create a client that cannot recover by itself. */
  retryPolicy: typeof retryPolicy;
  /** Where editors find the JSON Schema of the document. It is not read. */
  $schema: typeof $schema;
};

/** The schema object, with its TypeScript type. */
export const configSchema: Type.TObject<Fields> = Type.Object(
  { app, connection, uplink, downlink, retryPolicy, $schema },
  {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: 'urn:ng-kafka-northward:config',
    title: 'Kafka northward',
    description: 'Configuration of one application instance of ng-kafka-northward.',
    additionalProperties: false,
  },
);

/** Read-only all the way down, so that literals declared `as const` fit too. */
type DeepReadonly<T> = T extends readonly (infer E)[]
  ? readonly DeepReadonly<E>[]
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T;

// An interface, because editors and the API reference show its name then, not all of its fields.
/**
 * What a host writes: everything that has a default may be left out. Every setting is described in
 * docs/configuration.md.
 */
export interface NorthwardConfig extends DeepReadonly<Type.Static<typeof configSchema>> {}

/** The schema as plain JSON (draft 07), as published in `ng-kafka-northward/config.schema.json`. */
export const configJsonSchema: Readonly<Record<string, unknown>> = JSON.parse(JSON.stringify(configSchema));
