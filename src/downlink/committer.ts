/**
 * Commits the marks: batched by count and time, one request at a time, counted only when the broker confirms
 * it. One that fails is sent again, with growing waits; it never ends anything (contract §6, §8.14).
 */
import type { Clock, Timer } from '../clock.js';
import type { CommitMark, PartitionOffset } from '../kafka/consumer-port.js';
import type { OwnedPartition } from './owned-partition.js';
import { RefusedMarks, type CommitOutcome } from './refused-marks.js';

/** A mark waits so long for company, unless told otherwise. */
const BATCH_MS = 100;
/** So many settled commands are committed without waiting. */
const BATCH_COUNT = 1_000;
/** Without an answer for so long the request counts as failed. */
const ANSWER_TIMEOUT_MS = 15_000;
const RETRY_FIRST_MS = 250;
const RETRY_LONGEST_MS = 10_000;

export interface CommitterParts {
  readonly clock: Clock;
  /** How long a mark waits for company. */
  readonly waitMs?: number | undefined;
  owned(): Iterable<OwnedPartition>;
  /** @returns false: there is no client to send them. */
  send(marks: readonly CommitMark[]): boolean;
  onCommitted(offsets: readonly PartitionOffset[]): void;
}

export class Committer {
  readonly #parts: CommitterParts;
  readonly #refused: RefusedMarks;
  #settled = 0;
  #due: Timer | undefined;
  /** When the next partition that was refused is sent again. */
  #refusedDue: Timer | undefined;
  /** Times out the request that is on its way. */
  #answer: Timer | undefined;
  #failures = 0;
  #reasserting = false;
  #closed = false;
  #watchers: Array<() => void> = [];

  constructor(parts: CommitterParts) {
    this.#parts = parts;
    this.#refused = new RefusedMarks(parts.clock, retryMs);
  }

  /** The mark of a partition may have moved. */
  settled(): void {
    this.#settled += 1;
    if (this.#settled === BATCH_COUNT && this.#failures === 0) this.#arm(0);
    else if (this.#due === undefined) this.#arm(this.#waitMs);
  }

  /** There is something to commit that must not wait. */
  soon(): void {
    this.#arm(0);
  }

  /**
   * Reading was refused. Whether it is granted again does not show on a topic without new records, but committing
   * needs the same right: all marks are sent, until the broker takes them.
   */
  reassert(): void {
    if (this.#reasserting) return;
    this.#reasserting = true;
    this.#arm(retryMs(this.#failures));
  }

  /** Sends what there is to commit of these partitions, at once: they are about to be given away. */
  last(partitions: readonly OwnedPartition[]): void {
    const moved = partitions.filter((partition) => partition.moved);
    this.#send(moved.filter((partition) => !this.#refused.has(partition)));
    for (const partition of moved) if (this.#refused.has(partition)) this.#send([partition]);
  }

  /** The broker's answer. */
  answer(outcome: CommitOutcome, offsets: readonly PartitionOffset[]): void {
    this.#forgetAnswer();
    if (outcome === 'committed') this.#confirmed(offsets);
    else if (outcome === 'failed') this.#failed();
    else this.#refusedOf(outcome, offsets);
    this.#refusedDue?.cancel();
    if (outcome === 'failed') {
      this.#arm(retryMs(this.#failures));
    } else {
      this.#arm(this.#waitMs);
      this.#armRefused();
    }
    this.#tellWatchers();
  }

  /** Resolves when every mark is confirmed; one that is refused by itself is tried once more only. */
  async idle(): Promise<void> {
    this.#refused.hurry();
    this.#arm(0);
    while (!this.#closed && this.#pending()) {
      await new Promise<void>((resolve) => {
        this.#watchers.push(resolve);
      });
    }
  }

  /** A partition is no longer owned. `lost`: nobody waits for an answer about it. */
  gone(lost: boolean): void {
    if (lost && [...this.#parts.owned()].length === 0) this.#forgetAnswer();
    this.#tellWatchers();
  }

  /** The client is gone, and every answer with it. What was not confirmed is sent again by the next one. */
  restart(): void {
    this.#forgetAnswer();
    this.#refused.clear();
    this.#tellWatchers();
  }

  close(): void {
    this.#closed = true;
    this.#due?.cancel();
    this.#refusedDue?.cancel();
    this.#answer?.cancel();
    this.#tellWatchers();
  }

  #forgetAnswer(): void {
    this.#answer?.cancel();
    this.#answer = undefined;
  }

  #arm(ms: number): void {
    this.#due?.cancel();
    this.#due = undefined;
    if (this.#closed) return;
    this.#due = this.#parts.clock.after(ms, () => {
      this.#due = undefined;
      this.#flush();
    });
  }

  #armRefused(): void {
    this.#refusedDue?.cancel();
    const ms = this.#refused.nextInMs;
    if (this.#closed || ms === undefined) return;
    this.#refusedDue = this.#parts.clock.after(ms, () => {
      this.#flush();
    });
  }

  #flush(): void {
    // While a request is on its way its answer comes here again.
    if (this.#answer !== undefined) return;
    // Whether it was granted shows only when it is sent, moved or not.
    const alone = this.#refused.next();
    if (alone === undefined) this.#sendCompany();
    else this.#send([alone]);
    this.#tellWatchers();
  }

  #sendCompany(): void {
    this.#settled = 0;
    const company = [...this.#parts.owned()].filter((partition) => !this.#refused.has(partition));
    this.#send(company.filter(({ moved, commits }) => moved || (this.#reasserting && commits)));
    if (this.#answer === undefined) this.#armRefused();
  }

  #send(partitions: readonly OwnedPartition[]): void {
    if (partitions.length === 0) return;
    const marks = partitions.map(({ topic, partition, metadata, tracker }) => ({
      topic,
      partition,
      offset: tracker.mark,
      metadata,
    }));
    if (!this.#parts.send(marks)) {
      this.#failures += 1;
      this.#arm(retryMs(this.#failures));
      return;
    }
    for (const partition of partitions) partition.sent = partition.tracker.mark;
    this.#answer?.cancel();
    this.#answer = this.#parts.clock.after(ANSWER_TIMEOUT_MS, () => {
      this.answer('failed', marks);
    });
  }

  #confirmed(offsets: readonly PartitionOffset[]): void {
    this.#failures = 0;
    this.#reasserting = false;
    for (const [partition, offset] of this.#ownedOf(offsets)) {
      partition.committed = offset;
      this.#refused.accepted(partition);
    }
    this.#parts.onCommitted(offsets);
  }

  #refusedOf(outcome: 'refused' | 'unclear', offsets: readonly PartitionOffset[]): void {
    this.#failures = 0;
    // From here on each of them is sent until it is taken.
    this.#reasserting = false;
    for (const [partition] of this.#ownedOf(offsets)) {
      partition.sent = partition.committed;
      if (outcome === 'refused') this.#refused.refused(partition);
      else this.#refused.suspect(partition);
    }
  }

  #ownedOf(offsets: readonly PartitionOffset[]): [partition: OwnedPartition, offset: number][] {
    return [...this.#parts.owned()].flatMap((partition) => {
      const found = offsets.find((each) => isOf(each, partition));
      return found === undefined ? [] : [[partition, found.offset]];
    });
  }

  #failed(): void {
    this.#failures += 1;
    for (const partition of this.#parts.owned()) partition.sent = partition.committed;
  }

  get #waitMs(): number {
    return this.#parts.waitMs ?? BATCH_MS;
  }

  #pending(): boolean {
    if (this.#answer !== undefined) return true;
    for (const partition of this.#parts.owned())
      if (partition.moved && !this.#refused.waits(partition)) return true;
    return false;
  }

  #tellWatchers(): void {
    const watchers = this.#watchers;
    this.#watchers = [];
    for (const watcher of watchers) watcher();
  }
}

function retryMs(failures: number): number {
  return Math.min(RETRY_LONGEST_MS, RETRY_FIRST_MS * 2 ** Math.min(failures, 10));
}

function isOf(offset: PartitionOffset, partition: OwnedPartition): boolean {
  return offset.partition === partition.partition && offset.topic === partition.topic;
}
