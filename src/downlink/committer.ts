/**
 * Commits the marks: batched by count and time, one request at a time, counted only when the broker confirms
 * it. One that fails is sent again, with growing waits; it never ends anything (contract §6, §8.14).
 */
import type { Clock, Timer } from '../clock.js';
import type { CommitMark, PartitionOffset } from '../kafka/consumer-port.js';
import type { OwnedPartition } from './owned-partition.js';

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
  #settled = 0;
  #due: Timer | undefined;
  /** Times out the request that is on its way. */
  #answer: Timer | undefined;
  #failures = 0;
  #reasserting = false;
  #closed = false;
  #watchers: Array<() => void> = [];

  constructor(parts: CommitterParts) {
    this.#parts = parts;
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
    this.#arm(this.#retryMs());
  }

  /** Sends what there is to commit of these partitions, at once: they are about to be given away. */
  last(partitions: readonly OwnedPartition[]): void {
    this.#send(partitions);
  }

  /** The broker's answer. */
  answer(ok: boolean, offsets: readonly PartitionOffset[]): void {
    this.#answer?.cancel();
    this.#answer = undefined;
    if (ok) this.#confirmed(offsets);
    else this.#failed();
    this.#arm(ok ? this.#waitMs : this.#retryMs());
    this.#tellWatchers();
  }

  /** Resolves when every mark is confirmed. */
  async idle(): Promise<void> {
    this.#arm(0);
    while (!this.#closed && this.#pending()) {
      await new Promise<void>((resolve) => {
        this.#watchers.push(resolve);
      });
    }
  }

  /** A new client: what was not confirmed is sent again. */
  restart(): void {
    this.#answer?.cancel();
    this.#answer = undefined;
  }

  close(): void {
    this.#closed = true;
    this.#due?.cancel();
    this.#answer?.cancel();
    this.#tellWatchers();
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

  #flush(): void {
    // While a request is on its way its answer comes here again.
    if (this.#answer !== undefined) return;
    this.#settled = 0;
    this.#send(this.#parts.owned());
    this.#tellWatchers();
  }

  #send(partitions: Iterable<OwnedPartition>): void {
    const moved = [...partitions].filter(({ moved: has, commits }) => has || (this.#reasserting && commits));
    if (moved.length === 0) return;
    const marks = moved.map(({ topic, partition, metadata, tracker }) => ({
      topic,
      partition,
      offset: tracker.mark,
      metadata,
    }));
    if (!this.#parts.send(marks)) {
      this.#failures += 1;
      this.#arm(this.#retryMs());
      return;
    }
    for (const partition of moved) partition.sent = partition.tracker.mark;
    this.#answer?.cancel();
    this.#answer = this.#parts.clock.after(ANSWER_TIMEOUT_MS, () => {
      this.answer(false, marks);
    });
  }

  #confirmed(offsets: readonly PartitionOffset[]): void {
    this.#failures = 0;
    this.#reasserting = false;
    for (const partition of this.#parts.owned()) {
      const found = offsets.find((each) => isOf(each, partition));
      if (found !== undefined) partition.committed = found.offset;
    }
    this.#parts.onCommitted(offsets);
  }

  #failed(): void {
    this.#failures += 1;
    for (const partition of this.#parts.owned()) partition.sent = partition.committed;
  }

  get #waitMs(): number {
    return this.#parts.waitMs ?? BATCH_MS;
  }

  #retryMs(): number {
    return Math.min(RETRY_LONGEST_MS, RETRY_FIRST_MS * 2 ** Math.min(this.#failures, 10));
  }

  #pending(): boolean {
    if (this.#answer !== undefined) return true;
    for (const partition of this.#parts.owned()) if (partition.moved) return true;
    return false;
  }

  #tellWatchers(): void {
    const watchers = this.#watchers;
    this.#watchers = [];
    for (const watcher of watchers) watcher();
  }
}

function isOf(offset: PartitionOffset, partition: OwnedPartition): boolean {
  return offset.partition === partition.partition && offset.topic === partition.topic;
}
