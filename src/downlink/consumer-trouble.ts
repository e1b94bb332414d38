/** What the consumer reports → our errors (contract §6: retried, told as events, healed without a restart). Pure. */
import { needsPerson, RD } from '../kafka/error-map.js';
import { ConnectionError, type ErrorCode, type ErrorOptions } from '../errors.js';

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

/** The table's hints are about writing. */
const HINTS: Readonly<Partial<Record<ErrorCode, string>>> = {
  TOPIC_NOT_FOUND: 'Create the downlink topics; they are taken up as soon as they are there.',
  TOPIC_FORBIDDEN: 'Grant this principal READ and DESCRIBE on the downlink topics.',
  AUTHORIZATION_FAILED: 'Grant this principal READ on the consumer group (downlink.groupId).',
};

/**
 * @param code librdkafka's
 * @returns `null`: the connection's own events tell it
 */
export function troubleOf(code: number, message: string, groupId: string): ConsumerTrouble | null {
  if (CONNECTION.has(code)) return null;
  const ours = CODES.get(code) ?? 'CONSUME_FAILED';
  const options: ErrorOptions = { hint: HINTS[ours] };
  return {
    error: new ConnectionError(ours, `Consumer group ${groupId}: ${message} [librdkafka ${code}]`, options),
    refused: ours === 'TOPIC_FORBIDDEN' || needsPerson(ours),
  };
}
