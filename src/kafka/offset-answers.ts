/** What the native client answers when it is asked for offsets, in our words. */
import type { CommittedOffset, PartitionBounds, PartitionOffset, TopicPartition } from './consumer-port.js';

export interface CommittedAnswer extends TopicPartition {
  readonly offset?: number;
  readonly metadata?: string | null;
  readonly leaderEpoch?: number;
}

export interface OffsetAnswer extends PartitionOffset {
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

export function boundsOf(
  { topic, partition }: TopicPartition,
  lows: readonly OffsetAnswer[],
  highs: readonly OffsetAnswer[],
): PartitionBounds {
  const is = (other: TopicPartition): boolean => other.topic === topic && other.partition === partition;
  const high = highs.find(is);
  return {
    topic,
    partition,
    low: lows.find(is)?.offset ?? 0,
    high: high?.offset ?? 0,
    leaderEpoch: high?.leaderEpoch ?? null,
  };
}
