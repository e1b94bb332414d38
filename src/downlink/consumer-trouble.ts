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
