/** Where to start reading a partition (contract §2, §6). Pure. */
import type {
  CommittedOffset,
  PartitionBounds,
  PartitionOffset,
  TopicPartition,
} from '../kafka/consumer-port.js';

export interface StartPosition extends PartitionOffset {
  /** What the group has committed; `null`: nothing. */
  readonly committed: number | null;
  /** Goes with every commit of this partition. */
  readonly metadata: string;
  /** The committed offset that no longer exists. */
  readonly lost: number | null;
}

export interface PositionFacts {
  /** Where a partition starts that the group sees for the first time. */
  readonly autoOffsetReset: 'latest' | 'earliest';
  /** Topics that did not exist when this member subscribed: all that is in them is new. */
  readonly appeared: ReadonlySet<string>;
  /** Number of partitions of each topic. */
  readonly counts: ReadonlyMap<string, number>;
  /** Of all partitions of the topics. */
  readonly committed: readonly CommittedOffset[];
  /** Of the partitions asked about. */
  readonly bounds: readonly PartitionBounds[];
}

/** Each partition's start. `facts` must know the partition. */
export function startPosition(partition: TopicPartition, facts: PositionFacts): StartPosition {
  const { topic } = partition;
  const is = (other: TopicPartition): boolean =>
    other.topic === topic && other.partition === partition.partition;
  const { low, high } = facts.bounds.find(is) ?? { low: 0, high: 0 };
  const stored = facts.committed.find(is);
  const committed = stored?.offset ?? null;
  const count = facts.counts.get(topic) ?? partition.partition + 1;
  const metadata =
    stored !== undefined && countIn(stored.metadata) !== null ? stored.metadata : noteOf(count);
  const place = { topic, partition: partition.partition, metadata, committed };
  if (committed === null) {
    const fromBeginning = facts.autoOffsetReset === 'earliest' || isNew(partition, facts);
    return { ...place, offset: fromBeginning ? low : high, lost: null };
  }
  if (committed >= low && committed <= high) return { ...place, offset: committed, lost: null };
  // Retention removed it, or the topic was made anew: what is left is read from its beginning.
  return { ...place, offset: low, lost: committed };
}

/**
 * Whether the partition came into being after the group had begun to read its topic. Every commit carries the
 * number of partitions that the topic had then, since a partition without a commit alone does not tell.
 */
function isNew({ topic, partition }: TopicPartition, { appeared, committed }: PositionFacts): boolean {
  if (appeared.has(topic)) return true;
  return committed.some((other) => {
    const count = other.topic === topic && other.offset !== null ? countIn(other.metadata) : null;
    return count !== null && partition >= count;
  });
}

function noteOf(count: number): string {
  return `partitions=${count}`;
}

function countIn(metadata: string): number | null {
  const count = /^partitions=(\d{1,9})$/.exec(metadata)?.[1];
  return count === undefined ? null : Number(count);
}
