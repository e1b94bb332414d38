/** librdkafka's numbers → our codes. Pure. */
import { type ErrorCode, ConnectionError, type ErrorOptions } from '../../api/errors.js';
import type { BatchRefusal, DeliveryFailure, ProduceAnswer } from './ports.js';
import type { TopicPartition } from './consumer-port.js';

/** The librdkafka error codes that something here depends on. */
export const RD = {
  UNKNOWN: -1,
  DESTROY: -197,
  ASSIGN_PARTITIONS: -175,
  REVOKE_PARTITIONS: -174,
  TRANSPORT: -195,
  RESOLVE: -193,
  MSG_TIMED_OUT: -192,
  UNKNOWN_PARTITION: -190,
  UNKNOWN_TOPIC: -188,
  ALL_BROKERS_DOWN: -187,
  QUEUE_FULL: -184,
  AUTHENTICATION: -169,
  PURGE_QUEUE: -152,
  PURGE_INFLIGHT: -151,
  NO_OFFSET: -168,
  FATAL: -150,
  UNKNOWN_TOPIC_OR_PART: 3,
  REQUEST_TIMED_OUT: 7,
  MSG_SIZE_TOO_LARGE: 10,
  COORDINATOR_LOAD_IN_PROGRESS: 14,
  COORDINATOR_NOT_AVAILABLE: 15,
  NOT_COORDINATOR: 16,
  RECORD_LIST_TOO_LARGE: 18,
  NOT_ENOUGH_REPLICAS: 19,
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: 20,
  ILLEGAL_GENERATION: 22,
  INCONSISTENT_GROUP_PROTOCOL: 23,
  UNKNOWN_MEMBER_ID: 25,
  REBALANCE_IN_PROGRESS: 27,
  TOPIC_AUTHORIZATION_FAILED: 29,
  GROUP_AUTHORIZATION_FAILED: 30,
  CLUSTER_AUTHORIZATION_FAILED: 31,
  INVALID_TIMESTAMP: 32,
  FENCED_INSTANCE_ID: 82,
  INVALID_RECORD: 87,
  STALE_MEMBER_EPOCH: 113,
} as const;

const DELIVERY: ReadonlyMap<number, ErrorCode> = new Map<number, ErrorCode>([
  [RD.MSG_TIMED_OUT, 'DELIVERY_TIMEOUT'],
  [RD.UNKNOWN_TOPIC, 'TOPIC_NOT_FOUND'],
  [RD.UNKNOWN_TOPIC_OR_PART, 'TOPIC_NOT_FOUND'],
  [RD.UNKNOWN_PARTITION, 'TOPIC_NOT_FOUND'],
  [RD.MSG_SIZE_TOO_LARGE, 'MESSAGE_TOO_LARGE'],
  [RD.RECORD_LIST_TOO_LARGE, 'MESSAGE_TOO_LARGE'],
  [RD.TOPIC_AUTHORIZATION_FAILED, 'TOPIC_FORBIDDEN'],
  [RD.CLUSTER_AUTHORIZATION_FAILED, 'AUTHORIZATION_FAILED'],
]);

/** Why a broker refuses a batch of records, where its number says it. */
const REFUSALS: ReadonlyMap<number, BatchRefusal> = new Map<number, BatchRefusal>([
  [
    RD.INVALID_TIMESTAMP,
    {
      because: 'timestamp',
      reason: 'its timestamp, or that of a message in the same batch, is too far from the time of the broker',
      hint: 'Check the clocks of the gateway and its devices; the topic sets the limits: message.timestamp.after.max.ms (an hour since Kafka 4) and message.timestamp.before.max.ms.',
    },
  ],
  [
    RD.INVALID_RECORD,
    {
      because: 'record',
      reason: 'it, or a message in the same batch, is no record for this topic',
      hint: 'A compacted topic takes no record without a key: check the key template.',
    },
  ],
]);

const DIED_WITH_CLIENT: ReadonlySet<number> = new Set([
  RD.FATAL,
  RD.PURGE_QUEUE,
  RD.PURGE_INFLIGHT,
  RD.DESTROY,
]);

const failures = new Map<number, DeliveryFailure>();

/** Why a record did not arrive: the same object for the same code. */
export function deliveryFailure(code: number): DeliveryFailure {
  const known = failures.get(code);
  if (known !== undefined) return known;
  const failure: DeliveryFailure = {
    code: DELIVERY.get(code) ?? 'DELIVERY_FAILED',
    origin: `librdkafka ${code}`,
    refusal: REFUSALS.get(code) ?? null,
    diedWithClient: DIED_WITH_CLIENT.has(code),
  };
  failures.set(code, failure);
  return failure;
}

/** The answer to a record that the client does not take. */
export function produceAnswer(code: number): ProduceAnswer {
  if (code === RD.QUEUE_FULL) return 'queue_full';
  return code === RD.FATAL ? 'fatal' : deliveryFailure(code);
}

/** The topic itself is at fault: what else is meant for it will fail as well. */
export function isTopicFault(code: ErrorCode): boolean {
  return code === 'TOPIC_NOT_FOUND' || code === 'TOPIC_FORBIDDEN';
}

/** Causes that a person has to fix: state `failed`, not just `reconnecting` (contract §7). */
export function needsPerson(code: ErrorCode): boolean {
  return (
    code === 'AUTHENTICATION_FAILED' ||
    code === 'TLS_FAILED' ||
    code === 'AUTHORIZATION_FAILED' ||
    code === 'PROTOCOL_MISMATCH' ||
    code === 'GROUP_PROTOCOL_MISMATCH'
  );
}

// --- What the consumer reports → our errors (contract §6: retried, told as events, healed without a restart). Pure.

export interface ConsumerTrouble {
  readonly error: ConnectionError;
  /** A person is needed. */
  readonly refused: boolean;
}

const CODES: ReadonlyMap<number, ErrorCode> = new Map<number, ErrorCode>([
  [RD.UNKNOWN_TOPIC_OR_PART, 'TOPIC_NOT_FOUND'],
  [RD.UNKNOWN_TOPIC, 'TOPIC_NOT_FOUND'],
  [RD.TOPIC_AUTHORIZATION_FAILED, 'TOPIC_FORBIDDEN'],
  [RD.GROUP_AUTHORIZATION_FAILED, 'AUTHORIZATION_FAILED'],
  [RD.CLUSTER_AUTHORIZATION_FAILED, 'AUTHORIZATION_FAILED'],
  [RD.INCONSISTENT_GROUP_PROTOCOL, 'GROUP_PROTOCOL_MISMATCH'],
  [RD.FATAL, 'CONSUMER_FATAL'],
]);

/** Told by the connection itself, with the cause. */
const CONNECTION: ReadonlySet<number> = new Set([
  RD.TRANSPORT,
  RD.RESOLVE,
  RD.ALL_BROKERS_DOWN,
  RD.AUTHENTICATION,
]);

/** What a group reads; the broker does not say which of the topics it means. */
export interface GroupReading {
  readonly groupId: string;
  readonly topics: readonly string[];
}

/** The one that the message names, where it names one: a refused fetch does not say its topic. */
export function topicsMeant(message: string, topics: readonly string[]): readonly string[] {
  const named = topics.filter((topic) => message.includes(`: ${topic}: `));
  return named.length === 1 ? named : topics;
}

/** The table's hints are about writing. */
function hintFor(code: ErrorCode, topics: string): string | undefined {
  switch (code) {
    case 'TOPIC_NOT_FOUND':
      return `Create the downlink topics (${topics}); they are taken up as soon as they are there.`;
    case 'TOPIC_FORBIDDEN':
      return `Grant this principal READ and DESCRIBE on the downlink topics (${topics}).`;
    case 'AUTHORIZATION_FAILED':
      return 'Grant this principal READ on the consumer group (downlink.groupId).';
    default:
      return undefined;
  }
}

/**
 * @param code librdkafka's
 * @returns `null`: the connection's own events tell it
 */
export function troubleOf(code: number, message: string, reading: GroupReading): ConsumerTrouble | null {
  const { groupId, topics } = reading;
  if (CONNECTION.has(code)) return null;
  const ours = CODES.get(code) ?? 'CONSUME_FAILED';
  const options: ErrorOptions = { hint: hintFor(ours, topics.join(', ')) };
  return {
    error: new ConnectionError(ours, `Consumer group ${groupId}: ${message} [librdkafka ${code}]`, options),
    refused: ours === 'TOPIC_FORBIDDEN' || needsPerson(ours),
  };
}

export function commitTrouble(code: number, offsets: readonly TopicPartition[]): ConnectionError {
  const places = offsets.map(({ topic, partition }) => `${topic} ${partition}`).join(', ');
  const message = `Committing offsets of ${places} failed [librdkafka ${code}]; it is tried again`;
  return new ConnectionError('COMMIT_FAILED', message);
}
