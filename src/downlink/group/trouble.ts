/** What the consumer reports → the errors that the host is told (contract §6: tried again, without a restart). Pure. */
import { ConnectionError, type ErrorCode, type ErrorOptions } from '../../api/errors.js';
import { needsPerson } from '../../kafka/port/codes.js';
import type { CommitAnswer, ConsumeFailure, TopicPartition } from '../../kafka/port/consumer-port.js';

export interface ConsumerTrouble {
  readonly error: ConnectionError;
  /** A person is needed. */
  readonly refused: boolean;
}

/** What a group reads; the broker does not say which of the topics it means. */
export interface GroupReading {
  readonly groupId: string;
  readonly topics: readonly string[];
}

/** @returns `null`: the connection's own events tell it */
export function troubleOf(failure: ConsumeFailure, reading: GroupReading): ConsumerTrouble | null {
  const { code, message, origin } = failure;
  if (code === null) return null;
  const { groupId, topics } = reading;
  const options: ErrorOptions = { hint: hintFor(code, topics.join(', ')) };
  return {
    error: new ConnectionError(code, `Consumer group ${groupId}: ${message} [${origin}]`, options),
    refused: code === 'TOPIC_FORBIDDEN' || needsPerson(code),
  };
}

/** The one that the failure names, where it names one: a refused fetch does not say its topic. */
export function topicsMeant({ names }: ConsumeFailure, topics: readonly string[]): readonly string[] {
  const named = topics.filter((topic) => names.includes(topic));
  return named.length === 1 ? named : topics;
}

export function commitTrouble({ origin }: CommitAnswer, offsets: readonly TopicPartition[]): ConnectionError {
  const places = offsets.map(({ topic, partition }) => `${topic} ${partition}`).join(', ');
  const message = `Committing offsets of ${places} failed [${origin}]; it is tried again`;
  return new ConnectionError('COMMIT_FAILED', message);
}

/** The hints of the error table are about writing. */
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
