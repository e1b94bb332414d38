/**
 * Every error that leaves the library: one class tree, one table of codes. docs/errors.md lists the table; a test keeps both
 * in step.
 */
import { showProblem, type ConfigProblem } from './config-problem.js';
import { cut, isError, reasonOf } from './reason.js';

/** One row of the table of errors. */
export interface ErrorSpec {
  /** Whether trying the same call again later can succeed without a person's doing. */
  readonly retryable: boolean;
  /** What it means, for docs/errors.md. */
  readonly meaning: string;
  /** What an operator can do. */
  readonly hint: string;
}

/** Makes one row. */
function spec(retryable: boolean, meaning: string, hint: string): ErrorSpec {
  return { retryable, meaning, hint };
}

/** The rows that tell why a connection fails. */

const CONNECTION_ERRORS = {
  BROKER_UNREACHABLE: spec(
    true,
    'No broker can be reached.',
    'Check connection.bootstrapServers, the network, and that a broker listens there.',
  ),
  NAME_NOT_RESOLVED: spec(
    true,
    'The host name of a broker does not resolve.',
    'Check the name in connection.bootstrapServers, or the advertised.listeners of the broker, and DNS.',
  ),
  ADVERTISED_UNREACHABLE: spec(
    true,
    'The bootstrap server answers, but the address it advertises cannot be reached.',
    'Set advertised.listeners on the broker to an address that this machine can reach. Or that broker is down, and others are up.',
  ),
  PROTOCOL_MISMATCH: spec(
    true,
    'The broker hung up or spoke another protocol.',
    'Check that connection.security.protocol fits the listener on that port.',
  ),
  TLS_FAILED: spec(
    true,
    'The TLS handshake failed or the TLS material cannot be used.',
    'Check connection.security.tls: the CA, the certificate, the key and the host name.',
  ),
  AUTHENTICATION_FAILED: spec(
    true,
    'The broker refused the credentials or the mechanism.',
    'Check connection.security.sasl: mechanism, username and password.',
  ),
  TOKEN_UNAVAILABLE: spec(
    true,
    'The token server cannot be reached, or has trouble of its own: there is no OAuth token.',
    'Check connection.security.sasl.oauthbearer.tokenEndpointUrl, and that the token server is up. It is asked again every 10 s.',
  ),
  AUTHORIZATION_FAILED: spec(
    true,
    'The broker denies this client an operation on the cluster or the group.',
    'Grant the principal READ on the consumer group to receive commands, IDEMPOTENT_WRITE on the cluster to publish with idempotence.',
  ),
} as const satisfies Record<string, ErrorSpec>;

/** Those of the store on disk. */
const STORE_ERRORS = {
  STORE_FULL: spec(
    true,
    'The store on disk is full, and nothing in this lane may be dropped for a newer message.',
    'Check the connection: the store empties itself once the brokers answer. Or raise uplink.store.maxBytes, or that of the lane, or set uplink.store.whenFull to `drop_oldest`.',
  ),
  STORE_DEGRADED: spec(
    true,
    'The store on disk cannot be used, so that messages are kept in memory only.',
    'Check the folder uplink.store.path: free space, rights, the disk itself. It is tried again every few seconds, without a restart.',
  ),
  STORE_EVICTED: spec(
    false,
    'The message waited in the store on disk, and was removed because a bound was reached.',
    'Raise uplink.store.maxBytes or maxAgeMs, or publish less; losses() has the numbers.',
  ),
} as const satisfies Record<string, ErrorSpec>;

/** Those about records from Kafka and the commands in them. */
const DOWNLINK_ERRORS = {
  BODY_EMPTY: spec(
    false,
    'A record on a downlink topic has no value (a tombstone), or an empty one.',
    'Commands need a body; do not send tombstones to this topic, and do not compact it.',
  ),
  BODY_NOT_JSON: spec(
    false,
    'The body of a downlink record is no JSON that can be taken: not UTF-8, a byte order mark, bad syntax, a number beyond the range of a double, or nested deeper than 127 levels.',
    'Fix the sender: the message says what is wrong with the bytes.',
  ),
  ENVELOPE_INVALID: spec(
    false,
    'The body of a downlink record is no envelope: a part is missing or has the wrong type.',
    'Fix the sender, or give the route the payload mode `mapped_json`.',
  ),
  SCHEMA_VERSION_UNSUPPORTED: spec(
    false,
    'The `schema_version` of a downlink envelope is not 1.',
    'Send schema_version 1, or update this library.',
  ),
  KIND_UNKNOWN: spec(
    false,
    'The `event.kind` of a downlink envelope is no kind that this library knows.',
    'Fix the spelling in the sender, or update this library.',
  ),
  COMMAND_INVALID: spec(
    false,
    'The data of a command lacks a field or has a wrong one.',
    'Fix the sender; with `mapped_json`, check the expression of that field.',
  ),
  DECODE_FAULT: spec(
    false,
    'Decoding a record met a fault of this library; the record is treated as one that cannot be decoded.',
    'Please report it, with the message and its cause.',
  ),
  COMMAND_FAILED: spec(
    true,
    'The host failed on a command: nack(), or its loop was left. `cause` is what the host gave.',
    'Look at the cause.',
  ),
  COMMAND_EXPIRED: spec(
    false,
    'The budget of a write point (`timeout_ms` from the hand-over) is spent; the reason with which its `signal` aborts.',
    'Stop working on it; ask the platform for a larger budget if the device needs one.',
  ),
  COMMAND_STALE: spec(
    false,
    'The partition of the command was taken away; its new owner gets the command.',
    'Nothing: stop working on it.',
  ),
  RESPONSE_UNSUPPORTED: spec(
    false,
    'respond() was called on a kind that is not answered.',
    'Call respond() on `write_point` and `command_received` only.',
  ),
  RESPONSE_REPEATED: spec(
    false,
    'respond() was called a second time on the same command.',
    'Answer a command once.',
  ),
  DEVICE_UNKNOWN: spec(
    false,
    'A reply names no device, and neither the command nor the point metadata does.',
    'Give respond() a deviceId, or createKafkaNorthward() a pointMeta that knows it (byId, byDeviceName). command.canRespond tells before the work. Where this error leaves the loop, the command comes again: catch it, and ack().',
  ),
  GROUP_PROTOCOL_MISMATCH: spec(
    true,
    'The other members of the consumer group use another way of assigning partitions.',
    'Cooperative and eager assignment do not mix in one group: while members of the other way run, set downlink.consumer.properties {"partition.assignment.strategy": "range,roundrobin"}.',
  ),
  CONSUMER_FATAL: spec(
    true,
    'The consumer met a fatal error and was made again.',
    'Nothing, unless it repeats; with downlink.groupInstanceId, check that no two members have the same one.',
  ),
  CONSUME_FAILED: spec(
    true,
    'The consumer reports an error.',
    'Nothing, unless it repeats: the consumer tries again by itself.',
  ),
  COMMIT_FAILED: spec(
    true,
    'Offsets could not be committed; the marks are kept and committed again.',
    'Nothing, unless it repeats: commands may come again after a restart until a commit succeeds.',
  ),
  POSITIONS_UNKNOWN: spec(
    true,
    'The brokers did not tell where to start reading; the partitions were given back, and are asked for again.',
    'Check that the group coordinator and the leaders of the partitions are up.',
  ),
} as const satisfies Record<string, ErrorSpec>;

export type { ConfigProblem } from './config-problem.js';

/** Code → what it means and what to do. */
export const ERROR_TABLE = {
  CONFIG_INVALID: spec(
    false,
    'The configuration has problems; `problems` lists all of them.',
    'Fix every problem listed; each names its JSON path.',
  ),
  SECRET_UNAVAILABLE: spec(
    false,
    'A secret given as `{ env }` or `{ file }` could not be read.',
    'Set the environment variable, or make the file readable for the gateway process.',
  ),
  NATIVE_MODULE_UNAVAILABLE: spec(
    false,
    'The native Kafka client could not be loaded.',
    'Build it for this platform and Node version: npm rebuild @confluentinc/kafka-javascript. docs/installing.md tells what its output means.',
  ),
  WORKER_THREAD: spec(
    false,
    'start() was called in a worker thread, where the native client aborts the process.',
    'Run the library on the main thread, or in a child process.',
  ),
  NOT_STARTED: spec(false, 'The call needs start() first.', 'Call start() and wait for its promise.'),
  STOPPED: spec(
    false,
    'stop() was called; the object does not come back.',
    'Create a new object with createKafkaNorthward().',
  ),
  ARGUMENT_INVALID: spec(
    false,
    'A call was given an argument that it cannot take.',
    'Correct the argument that the message names.',
  ),
  READY_TIMEOUT: spec(
    true,
    'An enabled side was not up when the time of ready() ran out; `cause` is the last reason.',
    'Look at the cause. The library goes on trying; ready() may be called again.',
  ),
  REQUEST_TIMEOUT: spec(
    true,
    'A broker did not answer a request in time.',
    'Check that the brokers are up and reachable at their advertised addresses.',
  ),
  EVENT_INVALID: spec(
    false,
    'The event handed to publish has a missing or wrong field.',
    'Fix the field that the message names.',
  ),
  TOPIC_EMPTY: spec(
    false,
    'The topic template rendered to nothing.',
    'Give the template a fallback: {{default variable "fallback"}}.',
  ),
  TOPIC_ILLEGAL: spec(
    false,
    'The rendered topic is no legal Kafka topic name, and uplink.topicPolicy is `reject`.',
    'Rename the device, change the template, or set uplink.topicPolicy to `sanitize`.',
  ),
  TEMPLATE_FAILED: spec(
    false,
    'A topic or key template failed on this event.',
    'Check the template against the variables of this kind.',
  ),
  EXPRESSION_FAILED: spec(
    false,
    'A JMESPath expression of mapped_json failed on this event.',
    'Check the expression against the input view of this kind.',
  ),
  MESSAGE_TOO_LARGE: spec(
    false,
    'The record is larger than the client, the topic or the broker takes.',
    'Send fewer points per event, or raise message.max.bytes here, on the topic and on the broker.',
  ),
  QUEUE_FULL: spec(
    true,
    'uplink.queue is full: too many messages wait for acknowledgement.',
    'Publish more slowly, raise uplink.queue, or set uplink.queue.whenFull to `wait`.',
  ),
  QUEUE_DROPPED: spec(
    true,
    'Dropped from the full queue for a newer message (whenFull `drop_oldest`).',
    'Publish more slowly or raise uplink.queue; the host may publish the event again.',
  ),
  DELIVERY_TIMEOUT: spec(
    true,
    'No acknowledgement within uplink.producer.messageTimeoutMs.',
    'Check the connection; the host may publish the event again (it may already have arrived).',
  ),
  TOPIC_NOT_FOUND: spec(
    true,
    'The topic does not exist and the broker does not create it.',
    'Create the topic, or allow auto.create.topics.enable on the broker. Kafka makes no topic that differs from another one by "." and "_" only.',
  ),
  TOPIC_FORBIDDEN: spec(
    true,
    'The broker denies writing to this topic.',
    'Grant this principal WRITE and DESCRIBE on the topic.',
  ),
  DELIVERY_FAILED: spec(
    true,
    'The broker or the client refused the message.',
    'Where only a number is given as the reason, it is that of an error of Kafka, or a negative one of librdkafka. The log of the broker may say more.',
  ),
  DELIVERY_UNKNOWN: spec(
    true,
    'Whether the message arrived is not known: the producer or the object ended before the report came, or the report says too little.',
    'Publishing it again may double it.',
  ),
  ...STORE_ERRORS,
  ...CONNECTION_ERRORS,
  PRODUCER_FATAL: spec(
    true,
    'The idempotent producer met a fatal error and was made again.',
    'Nothing, unless it repeats; the message has the reason of librdkafka.',
  ),
  CLIENT_FAILED: spec(
    true,
    'The native client could not be created or reported an error; `cause` has the reason.',
    'Look at the cause; check connection.properties and the producer properties.',
  ),
  LIBRARY_FAULT: spec(
    true,
    'Something met a fault of this library, where nobody waits for its result; it was caught, and the work goes on.',
    'Please report it, with the message and its cause.',
  ),
  RETRIES_EXHAUSTED: spec(
    false,
    'retryPolicy is spent; the client is not made again.',
    'Fix the cause, then create a new object; or raise retryPolicy.maxAttempts.',
  ),
  ...DOWNLINK_ERRORS,
} as const satisfies Record<string, ErrorSpec>;

/** What went wrong, for programs; docs/errors.md has each with its meaning and what to do. */
export type ErrorCode = keyof typeof ERROR_TABLE;

/** What an error is about. */
export interface ErrorContext {
  readonly topic?: string | undefined;
  readonly kind?: string | undefined;
  readonly deviceId?: number | string | undefined;
  readonly deviceName?: string | undefined;
}

export interface ErrorOptions extends ErrorContext {
  readonly cause?: unknown;
  /** Overrides the hint of the table. */
  readonly hint?: string | undefined;
  /** Overrides the table. */
  readonly retryable?: boolean | undefined;
}

/** What a log line shows of a device's id and name. */
const LONGEST_NAME = 200;

/** Base of every error of this library. Tell errors apart by `code`, never by their text. */
export class NorthwardError extends Error {
  readonly code: ErrorCode;
  /** Whether trying the same call again later can succeed without a person's doing. */
  readonly retryable: boolean;
  /** What an operator can do. */
  readonly hint: string;
  readonly topic: string | undefined;
  readonly kind: string | undefined;
  readonly deviceId: number | string | undefined;
  readonly deviceName: string | undefined;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    const entry: ErrorSpec = ERROR_TABLE[code];
    this.name = 'NorthwardError';
    this.code = code;
    this.retryable = options.retryable ?? entry.retryable;
    this.hint = options.hint ?? entry.hint;
    this.topic = options.topic;
    this.kind = options.kind;
    this.deviceId = options.deviceId;
    this.deviceName = options.deviceName;
  }

  /** For loggers that write JSON; never holds a secret or a payload. */
  toJSON(): Record<string, unknown> {
    return {
      name: this.name,
      code: this.code,
      message: this.message,
      retryable: this.retryable,
      hint: this.hint,
      topic: this.topic,
      kind: this.kind,
      deviceId: typeof this.deviceId === 'string' ? cut(this.deviceId, LONGEST_NAME) : this.deviceId,
      deviceName: this.deviceName === undefined ? undefined : cut(this.deviceName, LONGEST_NAME),
      cause: causeText(this.cause),
    };
  }
}

/** A host's cause may be anything, also what JSON cannot take. */
function causeText(cause: unknown): string | undefined {
  if (cause === undefined) return undefined;
  return typeof cause === 'object' && !isError(cause) ? 'an object' : reasonOf(cause);
}

/** So many problems stand in the message of the error. */
const MOST_SHOWN = 100;

/** `createKafkaNorthward` refused the configuration. `problems` has every one of them. */
export class ConfigError extends NorthwardError {
  readonly problems: readonly ConfigProblem[];

  /** @param options.source name of the text that has the problems */
  constructor(
    problems: readonly ConfigProblem[],
    options: { readonly source?: string | undefined; readonly cause?: unknown } = {},
  ) {
    const { source, cause } = options;
    const lines = problems.slice(0, MOST_SHOWN).map((problem) => `  ${showProblem(problem)}`);
    if (problems.length > MOST_SHOWN) lines.push(`  … and ${problems.length - MOST_SHOWN} more`);
    super(
      'CONFIG_INVALID',
      `Invalid configuration${source === undefined ? '' : ` in ${cut(source, LONGEST_NAME)}`}, ${problems.length} problem${problems.length === 1 ? '' : 's'}:\n${lines.join('\n')}`,
      { cause },
    );
    this.name = 'ConfigError';
    this.problems = problems;
  }

  override toJSON(): Record<string, unknown> {
    return { ...super.toJSON(), problems: this.problems };
  }
}

/** An event could not be published: its data, template, expression or size is at fault. Nothing was sent. */
export class PublishError extends NorthwardError {
  override readonly name: string = 'PublishError';
}

/** A record from Kafka could not be made a command: its body, envelope, data or an expression is at fault. */
export class DecodeError extends NorthwardError {
  override readonly name: string = 'DecodeError';
}

/** A command from Kafka could not be settled or answered as asked. */
export class CommandError extends NorthwardError {
  override readonly name: string = 'CommandError';
}

/** An accepted message did not get its acknowledgement. */
export class DeliveryError extends NorthwardError {
  override readonly name: string = 'DeliveryError';
}

/** The connection, or the client under it. */
export class ConnectionError extends NorthwardError {
  override readonly name: string = 'ConnectionError';
}

/** A call at the wrong time of the object's life. */
export class LifecycleError extends NorthwardError {
  override readonly name: string = 'LifecycleError';
}
