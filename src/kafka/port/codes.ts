/** librdkafka's numbers → our words. Nothing outside of `kafka/` and the test doubles knows the numbers. Pure. */
import type { ErrorCode } from '../../api/errors.js';
import type { BatchRefusal, DeliveryFailure, ProduceAnswer } from './ports.js';
import type { CommitAnswer, CommitOutcome, ConsumeFailure } from './consumer-port.js';

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
  TOPIC_EXCEPTION: 17,
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
  TOPIC_ALREADY_EXISTS: 36,
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
      ownReason: 'its timestamp is too far from the time of the broker',
      reason: 'its timestamp, or that of a message in the same batch, is too far from the time of the broker',
      hint: 'Check the clocks of the gateway and its devices; the topic sets the limits: message.timestamp.after.max.ms (an hour since Kafka 4) and message.timestamp.before.max.ms.',
    },
  ],
  [
    RD.INVALID_RECORD,
    {
      because: 'record',
      ownReason: 'it is no record for this topic',
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

const ANSWERS: ReadonlyMap<number, ErrorCode> = new Map<number, ErrorCode>([
  [RD.UNKNOWN_TOPIC_OR_PART, 'TOPIC_NOT_FOUND'],
  [RD.UNKNOWN_TOPIC, 'TOPIC_NOT_FOUND'],
  [RD.TOPIC_EXCEPTION, 'TOPIC_ILLEGAL'],
  [RD.TOPIC_AUTHORIZATION_FAILED, 'TOPIC_FORBIDDEN'],
  [RD.GROUP_AUTHORIZATION_FAILED, 'AUTHORIZATION_FAILED'],
  [RD.CLUSTER_AUTHORIZATION_FAILED, 'AUTHORIZATION_FAILED'],
]);

/** What a broker means that answers a question with an error. */
export function answerCode(code: number): ErrorCode {
  return ANSWERS.get(code) ?? 'REQUEST_TIMEOUT';
}

const failures = new Map<number, DeliveryFailure>();

/** Why a record did not arrive: the same object for the same code. */
export function deliveryFailure(code: number): DeliveryFailure {
  const known = failures.get(code);
  if (known !== undefined) return known;
  const failure: DeliveryFailure = {
    code: DELIVERY.get(code) ?? 'DELIVERY_FAILED',
    origin: originOf(code),
    refusal: REFUSALS.get(code) ?? null,
    diedWithClient: DIED_WITH_CLIENT.has(code),
  };
  failures.set(code, failure);
  return failure;
}

/** As texts name it. */
function originOf(code: number): string {
  return `librdkafka ${code}`;
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

const CONSUMING: ReadonlyMap<number, ErrorCode> = new Map<number, ErrorCode>([
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

/** What the client tells instead of records. */
export function consumeFailure(code: number, message: string): ConsumeFailure {
  const ours = CONNECTION.has(code) ? null : (CONSUMING.get(code) ?? 'CONSUME_FAILED');
  return { code: ours, message, names: message.match(NAMES) ?? [], origin: originOf(code) };
}

/** librdkafka sets off what it names: `Subscribed topic not available: <topic>: <reason>`. */
const NAMES = /(?<=: )[\w.-]+(?=: )/g;

/** What brokers say of the group or its coordinator, never of one partition. Negative codes are the client's own. */
const OF_THE_GROUP: ReadonlySet<number> = new Set([
  RD.REQUEST_TIMED_OUT,
  RD.COORDINATOR_LOAD_IN_PROGRESS,
  RD.COORDINATOR_NOT_AVAILABLE,
  RD.NOT_COORDINATOR,
  RD.ILLEGAL_GENERATION,
  RD.UNKNOWN_MEMBER_ID,
  RD.REBALANCE_IN_PROGRESS,
  RD.GROUP_AUTHORIZATION_FAILED,
  RD.FENCED_INSTANCE_ID,
  RD.STALE_MEMBER_EPOCH,
]);

/**
 * @param code 0: no error
 * @param partitions of the request
 */
export function commitAnswer(code: number, partitions: number): CommitAnswer {
  const outcome = commitOutcome(code, partitions);
  return {
    outcome,
    // What the client makes up itself is negative.
    fromBroker: code >= 0 || outcome === 'committed',
    topicForbidden: code === RD.TOPIC_AUTHORIZATION_FAILED,
    origin: originOf(code),
  };
}

function commitOutcome(code: number, partitions: number): CommitOutcome {
  if (code === 0 || code === RD.NO_OFFSET) return 'committed';
  if (code < 0 || OF_THE_GROUP.has(code)) return 'failed';
  return partitions > 1 ? 'unclear' : 'refused';
}
