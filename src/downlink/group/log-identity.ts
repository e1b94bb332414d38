/**
 * Which log an offset belongs to. An offset alone does not say: a topic that was deleted and created again counts from 0, and
 * a log that lost its end (unclean election, restored disk) gives the same offsets to other records. The topic id tells the
 * first, the leader epoch of the records the second (KIP-516, KIP-320). Pure.
 */
import type { OffsetResetReason } from '../../api/events.js';
import type { TopicPartition } from '../../kafka/port/consumer-port.js';

/** An offset, and what is known of the log that it belongs to. */
export interface LogPosition {
  readonly offset: number;
  /** Leader epoch of the record before it; `null`: not known. */
  readonly leaderEpoch: number | null;
  /** `null`: not known. */
  readonly topicId: string | null;
}

/** What the brokers say of the log as it is now. */
export interface LogFacts {
  readonly low: number;
  readonly high: number;
  /** Leader epoch of its end; `null`: not known. */
  readonly leaderEpoch: number | null;
  readonly topicId: string | null;
}

/** Where to go on. */
export interface Resumption {
  readonly offset: number;
  /** `null`: at the offset that was to be read next. */
  readonly reason: OffsetResetReason | null;
  /** Read from here first, without taking anything, until it shows where the logs part; `null`: nothing to find out. */
  readonly rereadFrom: number | null;
}

/** The offset to go on at when a log is read that `position` may belong to. */
export function resume(position: LogPosition, log: LogFacts): Resumption {
  const { offset, leaderEpoch } = position;
  const same = sameTopic(position, log);
  if (same === false) return reset(log.low, 'recreated');
  if (offset < log.low) return reset(log.low, 'retention');
  if (same === null && offset > log.high) return reset(log.low, 'unknown');
  if (leaderEpoch !== null && log.leaderEpoch !== null) {
    // No election takes an epoch back: the log was put back to an earlier time, and what came since is not told apart.
    if (log.leaderEpoch < leaderEpoch) return reset(log.low, 'unknown');
    const before = Math.min(offset, log.high) - 1;
    if (log.leaderEpoch > leaderEpoch && before >= log.low) return goOn(offset, before);
  }
  return offset > log.high ? reset(log.high, 'truncated') : goOn(offset);
}

/** What came although it was not to be read next. */
export interface Surprise {
  readonly offset: number;
  readonly leaderEpoch: number | null;
  /** There is no record at this offset yet: the client has reached the end. */
  readonly isEnd: boolean;
}

/** Where to go on when the client went back by itself; `surprise` is `null` when only the topic id has changed. */
export function resumeAfter(position: LogPosition, log: LogFacts, surprise: Surprise | null): Resumption {
  const same = sameTopic(position, log);
  if (surprise === null || same === false) return resume(position, log);
  const newer = isNewer(surprise.leaderEpoch, position.leaderEpoch);
  if (same === null) return newer ? reset(surprise.offset, 'truncated') : reset(log.low, 'unknown');
  if (isNewer(position.leaderEpoch, log.leaderEpoch)) return reset(log.low, 'unknown');
  if (surprise.isEnd) return reset(surprise.offset, 'truncated');
  if (surprise.leaderEpoch === null || position.leaderEpoch === null) return resume(position, log);
  // The client stands where the logs part, or before it: the epochs of the records show the place.
  return goOn(position.offset, surprise.offset);
}

/** `false` where either is not known. */
export function isNewer(epoch: number | null, than: number | null): boolean {
  return epoch !== null && than !== null && epoch > than;
}

function sameTopic(position: LogPosition, log: LogFacts): boolean | null {
  if (position.topicId === null || log.topicId === null) return null;
  return position.topicId === log.topicId;
}

function goOn(offset: number, rereadFrom: number | null = null): Resumption {
  return { offset, reason: null, rereadFrom };
}

function reset(offset: number, reason: OffsetResetReason): Resumption {
  return { offset, reason, rereadFrom: null };
}

/** Elections to remember while the mark stands still. */
const MOST = 100;

/** The leader epochs of what was read from a partition: a commit names that of the record before it (KIP-320). */
export class EpochHistory {
  /** Where each epoch was seen first, ascending. */
  #seen: Array<{ readonly from: number; readonly epoch: number | null }>;

  /** @param epoch of the record before the offset at which reading starts */
  constructor(epoch: number | null) {
    this.#seen = [{ from: -1, epoch }];
  }

  /** The record at `offset` is the first one of this epoch. */
  note(offset: number, epoch: number | null): void {
    this.#seen.push({ from: offset, epoch });
    if (this.#seen.length > MOST) this.#seen.shift();
  }

  /** The epoch of the record before `mark`; `null`: not known. What is before it is forgotten. */
  before(mark: number): number | null {
    let last = 0;
    while ((this.#seen[last + 1]?.from ?? mark) < mark) last += 1;
    if (last > 0) this.#seen = this.#seen.slice(last);
    const first = this.#seen[0];
    return first !== undefined && first.from < mark ? first.epoch : null;
  }
}

/**
 * What is kept as metadata beside a committed offset: `partitions=3`, or `partitions=3 topic=<id>`.
 *
 * Version 0.1.0 reads the first form only, and takes the second for a commit without a note. It needs one note of a
 * topic to tell an added partition from one that nobody has committed yet. So partition 0 keeps the first form where there
 * are others that carry the id.
 */
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
