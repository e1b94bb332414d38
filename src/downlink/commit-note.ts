/**
 * What is kept as metadata beside a committed offset: `partitions=3`, or `partitions=3 topic=<id>`. Pure.
 *
 * Version 0.1.0 reads the first form only, and takes the second for a commit without a note. It needs one note of a
 * topic to tell an added partition from one that nobody has committed yet. So partition 0 keeps the first form where there
 * are others that carry the id.
 */
import type { TopicPartition } from '../kafka/consumer-port.js';

export interface CommitNote {
  /** How many partitions the topic had when the group saw it first; `null`: not noted. */
  readonly partitions: number | null;
  readonly topicId: string | null;
}

const NO_NOTE: CommitNote = { partitions: null, topicId: null };

export function writeNote({ partition }: TopicPartition, partitions: number, topicId: string | null): string {
  const plain = topicId === null || (partition === 0 && partitions > 1);
  return plain ? `partitions=${partitions}` : `partitions=${partitions} topic=${topicId}`;
}

export function readNote(metadata: string): CommitNote {
  const [, partitions, topicId] = /^partitions=(\d{1,9})(?: topic=(\S{1,64}))?$/.exec(metadata) ?? [];
  return partitions === undefined ? NO_NOTE : { partitions: Number(partitions), topicId: topicId ?? null };
}
