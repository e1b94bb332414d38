/** Where to start reading a partition (contract §2, §6). Pure. */
import type { CommittedOffset, PartitionBounds, TopicPartition } from '../../kafka/port/consumer-port.js';
import type { RecordPlace } from '../../api/events.js';
import {
  readNote,
  writeNote,
  resume,
  type LogFacts,
  type LogPosition,
  type Resumption,
} from './log-identity.js';

export interface StartPosition extends RecordPlace, Resumption {
  /** What the group has committed; `null`: nothing. */
  readonly committed: number | null;
  /** Leader epoch of the record before the start; `null`: not known. */
  readonly leaderEpoch: number | null;
  readonly topicId: string | null;
  /** How many partitions the topic had when the group saw it first. */
  readonly partitions: number;
  /** Goes with every commit of this partition. */
  readonly metadata: string;
  /** The committed offset has that metadata already. */
  readonly noted: boolean;
  /** The first offset of the log. */
  readonly low: number;
  /** The offset that was to be read next, where reading starts elsewhere. */
  readonly lost: number | null;
}

export interface PositionFacts {
  /** Where a partition starts that the group sees for the first time. */
  readonly autoOffsetReset: 'latest' | 'earliest';
  /** Topics that did not exist when this member subscribed: all that is in them is new. */
  readonly appeared: ReadonlySet<string>;
  /** Number of partitions of each topic. */
  readonly counts: ReadonlyMap<string, number>;
  /** Of the topics whose id is known. */
  readonly topicIds: ReadonlyMap<string, string>;
  /** Of all partitions of the topics. */
  readonly committed: readonly CommittedOffset[];
  /** Of the partitions asked about. */
  readonly bounds: readonly PartitionBounds[];
  /** Where this process left a partition; `undefined`: it never had it. */
  readonly remembered: (partition: TopicPartition) => LogPosition | undefined;
}

/** Each partition's start. `facts` must know the partition. */
export function startPosition(place: TopicPartition, facts: PositionFacts): StartPosition {
  const { topic, partition } = place;
  const is = (other: TopicPartition): boolean => other.topic === topic && other.partition === partition;
  const bounds = facts.bounds.find(is) ?? { low: 0, high: 0, leaderEpoch: null };
  const log = { ...bounds, topicId: facts.topicIds.get(topic) ?? null };
  const stored = facts.committed.find(is);
  const note = readNote(stored?.metadata ?? '');
  const partitions = note.partitions ?? facts.counts.get(topic) ?? partition + 1;
  // Where no broker tells the id now, the one that is noted counts until one does.
  const topicId = log.topicId ?? note.topicId;
  const metadata = writeNote(place, partitions, topicId);
  const noted = stored?.metadata === metadata;
  const { low } = log;
  const known = { topic, partition, partitions, metadata, noted, low, topicId };
  if (stored === undefined || stored.offset === null) {
    return { ...known, ...firstPosition(place, log, facts), committed: null };
  }
  const { offset, leaderEpoch } = stored;
  const resumption = resume({ offset, leaderEpoch, topicId: notedId(stored, log, facts) }, log);
  const lost = resumption.reason === null ? null : offset;
  return {
    ...known,
    ...resumption,
    leaderEpoch: lost === null ? leaderEpoch : epochAt(resumption, log),
    committed: offset,
    lost,
  };
}

type FirstPosition = Resumption & Pick<StartPosition, 'leaderEpoch' | 'lost'>;

/** Kafka erases what a group has committed of a topic together with the topic. */
function firstPosition(place: TopicPartition, log: LogFacts, facts: PositionFacts): FirstPosition {
  const { low, high } = log;
  const before = facts.remembered(place);
  const again = before === undefined ? null : resume(before, log);
  if (again?.reason === 'recreated') return { ...again, leaderEpoch: null, lost: before?.offset ?? null };
  const fromBeginning = facts.autoOffsetReset === 'earliest' || isNew(place, facts);
  if (fromBeginning) return { offset: low, reason: null, rereadFrom: null, leaderEpoch: null, lost: null };
  const skips = high > low;
  return {
    offset: high,
    reason: skips ? 'not-committed' : null,
    rereadFrom: null,
    leaderEpoch: log.leaderEpoch,
    lost: skips ? low : null,
  };
}

function epochAt({ offset }: Resumption, log: LogFacts): number | null {
  return offset === log.high && offset > log.low ? log.leaderEpoch : null;
}

/** Partition 0 may be noted without the id. Where any other says that the topic was another one, this one goes by it. */
function notedId(stored: CommittedOffset, log: LogFacts, { committed }: PositionFacts): string | null {
  const own = readNote(stored.metadata).topicId;
  if (own !== null) return own;
  const ids = committed
    .filter(({ topic, offset }) => topic === stored.topic && offset !== null)
    .flatMap(({ metadata }) => readNote(metadata).topicId ?? []);
  return ids.find((id) => id !== log.topicId) ?? ids[0] ?? null;
}

/**
 * Whether the partition came into being after the group had begun to read its topic. Every commit carries the
 * number of partitions that the topic had then, since a partition without a commit alone does not tell.
 */
function isNew({ topic, partition }: TopicPartition, { appeared, committed }: PositionFacts): boolean {
  if (appeared.has(topic)) return true;
  return committed.some((other) => {
    const count = other.topic === topic && other.offset !== null ? readNote(other.metadata).partitions : null;
    return count !== null && partition >= count;
  });
}
