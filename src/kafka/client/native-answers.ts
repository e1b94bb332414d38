/** Answers of the native client that are lists: one for each partition that was asked about, in the same order. */
import { ConnectionError } from '../../api/errors.js';
import { isError } from '../../api/reason.js';
import type { CommittedOffset, PartitionBounds, TopicPartition } from '../port/consumer-port.js';
import type { RecordPlace } from '../../api/events.js';
import type { Native } from './native.js';

/** In the place of a partition that could not be answered for, the client puts an `Error` without topic and partition. */
export type NativeAnswer<T> = (T & TopicPartition) | Error;

/**
 * All of the answers. One that is missing is not the same as nothing: the offset of such a partition is unknown.
 * @param what the answers are, for the error
 * @throws ConnectionError `POSITIONS_UNKNOWN` that names the first partition without an answer, and why.
 */
export function wholeAnswer<T>(
  asked: readonly TopicPartition[],
  answers: readonly NativeAnswer<T>[],
  what: string,
): readonly (T & TopicPartition)[] {
  return asked.map((place, index) => {
    const answer = answers[index];
    if (isAnswer(place, answer)) return answer;
    const reason = isError(answer) ? answer.message : 'the client did not tell';
    const message = `The ${what} of ${place.topic} ${place.partition} is not known: ${reason}`;
    throw new ConnectionError('POSITIONS_UNKNOWN', message, { cause: answer, topic: place.topic });
  });
}

function isAnswer<T>(
  { topic, partition }: TopicPartition,
  answer: NativeAnswer<T> | undefined,
): answer is T & TopicPartition {
  return (
    answer !== undefined && 'topic' in answer && answer.topic === topic && answer.partition === partition
  );
}

export interface CommittedAnswer extends TopicPartition {
  readonly offset?: number;
  readonly metadata?: string | null;
  readonly leaderEpoch?: number;
}

export interface OffsetAnswer extends RecordPlace {
  readonly leaderEpoch?: number;
}

export function committedOf(answer: CommittedAnswer): CommittedOffset {
  const { topic, partition, offset, metadata, leaderEpoch } = answer;
  return {
    topic,
    partition,
    offset: offset === undefined || offset < 0 ? null : offset,
    // The client ends the text with a NUL.
    metadata: (metadata ?? '').replaceAll('\0', ''),
    leaderEpoch: leaderEpoch ?? null,
  };
}

/** @param low the first offset of the same partition */
export function boundsOf(high: OffsetAnswer, low: OffsetAnswer | undefined): PartitionBounds {
  const { topic, partition, offset, leaderEpoch } = high;
  return { topic, partition, low: low?.offset ?? 0, high: offset, leaderEpoch: leaderEpoch ?? null };
}

/**
 * How far the client has read, where that does not show by records: control records of transactions and what compaction has
 * removed are passed without one. librdkafka tells each end that it reaches (`enable.partition.eof`).
 */
export class PartitionEnds {
  #ends: RecordPlace[] = [];

  constructor(client: Pick<InstanceType<Native['KafkaConsumer']>, 'on'>) {
    client.on('partition.eof', (end) => {
      const { topic, partition, offset } = end as RecordPlace;
      this.#ends.push({ topic, partition, offset });
    });
  }

  /** Those that were told since the last time. */
  take(): readonly RecordPlace[] {
    if (this.#ends.length === 0) return NONE;
    const ends = this.#ends;
    this.#ends = [];
    return ends;
  }
}

export const NONE: readonly RecordPlace[] = [];
