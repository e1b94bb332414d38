/** The consumer's half of the ports: what the downlink needs of Kafka (see ports.ts). */
import type { ErrorCode } from '../../api/errors.js';
import type { RecordPlace } from '../../api/events.js';
import type { ClientListener, ClientPort, ClientSource } from './ports.js';
import type { IncomingRecord } from '../../record/incoming-record.js';

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** A mark to commit. `metadata` is kept beside it by the group's coordinator. */
export interface CommitMark extends RecordPlace {
  readonly metadata: string;
  /** Leader epoch of the record before it; `null`: not known. */
  readonly leaderEpoch: number | null;
}

/** What the group has committed; `offset` is `null` where it has nothing. */
export interface CommittedOffset extends TopicPartition {
  readonly offset: number | null;
  readonly metadata: string;
  readonly leaderEpoch: number | null;
}

/** The first offset that a partition holds, and the one that its next record gets. */
export interface PartitionBounds extends TopicPartition {
  readonly low: number;
  readonly high: number;
  /** Leader epoch of the end; `null`: not known. */
  readonly leaderEpoch: number | null;
}

/** What one `consume()` brought. */
export interface Consumed {
  readonly records: readonly IncomingRecord[];
  /** Ends of partitions that were reached; the offset is the one that the next record gets. */
  readonly ends: readonly RecordPlace[];
  /** What the client has to tell instead of records. */
  readonly failure: ConsumeFailure | null;
}

export interface ConsumeFailure {
  /** `null`: of the connection, whose own events tell it, with the cause. */
  readonly code: ErrorCode | null;
  /** In the client's words. */
  readonly message: string;
  /** What its text names: the topic that it is about may be among them. */
  readonly names: readonly string[];
  /** Whose failure it is, and its number there: for texts. */
  readonly origin: string;
}

/**
 * What became of a request to commit. `failed`: it failed as a whole. `refused`: its only partition was. `unclear`: some of
 * its partitions were, or all.
 */
export type CommitOutcome = 'committed' | 'failed' | 'refused' | 'unclear';

/** The answer to a `commit()`: one for the whole request, whichever of its partitions an error is about. */
export interface CommitAnswer {
  readonly outcome: CommitOutcome;
  /** A broker said it, so one is there; else the client made it up. */
  readonly fromBroker: boolean;
  /** One of its topics may not be read. */
  readonly topicForbidden: boolean;
  /** Whose answer it is, and its number there: for texts. */
  readonly origin: string;
}

export interface ConsumerListener extends ClientListener {
  /** The group gives partitions. They are read from `assign()` on, which is the answer, owed soon. */
  onAssigned(partitions: readonly TopicPartition[]): void;
  /** The group takes partitions away; `unassign()` is the answer, owed at once. `lost`: they are another's already. */
  onRevoked(partitions: readonly TopicPartition[], lost: boolean): void;
  /** Each `commit()` has one, however late. */
  onCommitAnswer(answer: CommitAnswer, offsets: readonly RecordPlace[]): void;
}

/** One live consumer. Made by a `ConsumerSource`; ends with `close()`. */
export interface ConsumerPort extends ClientPort {
  /** Joins the group, or changes what it wants of it. Never throws; faults come from `consume()`. */
  subscribe(topics: readonly string[]): void;
  /** Gives everything back to the group. */
  unsubscribe(): void;
  /**
   * Brings up to `max` records, at least one where there is one; empty after a short wait otherwise, or when
   * `wake()` is called. Also serves what the group wants: call it all the time, one at a time. Never rejects.
   */
  consume(max: number): Promise<Consumed>;
  /** Ends the wait of a `consume()`. */
  wake(): void;
  /**
   * Answers `onAssigned`: read from these offsets. A partition that was paused in a former assignment is paused
   * still: `resume()` it before. @returns false: the answer is no longer wanted. */
  assign(positions: readonly RecordPlace[]): boolean;
  /** Answers `onRevoked`. */
  unassign(partitions: readonly TopicPartition[]): void;
  /** Reads on from there. Rejects with a `ConnectionError` where the client does not do it in time. */
  seek(position: RecordPlace, timeoutMs: number): Promise<void>;
  /** Outlives the assignment: only `resume()` ends it. */
  pause(partitions: readonly TopicPartition[]): void;
  resume(partitions: readonly TopicPartition[]): void;
  /** Sends marks; the answer comes as `onCommitAnswer`. @returns false when they could not even be sent. */
  commit(marks: readonly CommitMark[]): boolean;
  /** Rejects with a `ConnectionError` when the coordinator does not answer in time, or not for every partition. */
  committed(partitions: readonly TopicPartition[], timeoutMs: number): Promise<CommittedOffset[]>;
  /** Rejects with a `ConnectionError` when a leader does not answer in time, or not for every partition. */
  bounds(partitions: readonly TopicPartition[], timeoutMs: number): Promise<PartitionBounds[]>;
  /** Ids of topics, as far as the brokers tell them in time. Never rejects. */
  topicIds(topics: readonly string[], timeoutMs: number): Promise<ReadonlyMap<string, string>>;
  /**
   * The ends of these partitions, in their order, asked of their leaders; `null`: that one was not told. Rejects with a
   * `ConnectionError` when they do not answer in time.
   */
  ends(partitions: readonly TopicPartition[], timeoutMs: number): Promise<(number | null)[]>;
  /** What the client knows without asking, from its last fetch: old where a partition is paused. `null`: nothing yet. */
  knownBounds(partition: TopicPartition): PartitionBounds | null;
}

export type ConsumerSource = ClientSource<ConsumerListener, ConsumerPort>;
