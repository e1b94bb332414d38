/**
 * Commits the marks: batched by count and time, one request at a time, counted only when the broker confirms
 * it. One that fails is sent again, with growing waits; it never ends anything (contract §6, §8.14). None is sent
 * while nobody would answer it (commit-gate.ts).
 */
import { growingWait } from '../../core/backoff.js';
import { inTime, type Timer } from '../../core/clock.js';
import { own } from '../../core/fault.js';
import type { CommitAnswer, ConsumerPort } from '../../kafka/port/consumer-port.js';
import type { RecordPlace } from '../../api/events.js';
import { CommitGate } from './commit-gate.js';
import type { CurrentClient, DownlinkContext } from '../context.js';
import type { OwnedPartition, Ownership } from './partition.js';
import { RefusedMarks } from './refused-marks.js';
import { commitTrouble } from './trouble.js';

/** A mark waits so long for company, unless told otherwise. */
const BATCH_MS = 100;
/** So many settled commands are committed without waiting. */
const BATCH_COUNT = 1_000;
/** After the deadline of `stop()`, the last commit is waited for no longer than this. */
const FINISH_GRACE_MS = 500;
const RETRY_FIRST_MS = 250;
const RETRY_LONGEST_MS = 10_000;

type Context = Pick<DownlinkContext, 'clock' | 'counters' | 'events' | 'onError'>;

export class Committer {
  readonly #context: Context;
  readonly #client: CurrentClient;
  readonly #owned: Pick<Ownership, 'all'>;
  readonly #waitMs: number;
  readonly #gate: CommitGate;
  readonly #refused: RefusedMarks;
  #settled = 0;
  #due: Timer | undefined;
  /** When the next partition that was refused is sent again. */
  #refusedDue: Timer | undefined;
  /** Requests without an answer. librdkafka answers each, however late. */
  #unanswered = 0;
  /** The coordinator is being asked for a sign of life. */
  #asking = false;
  #failures = 0;
  #reasserting = false;
  #closed = false;
  #watchers: Array<() => void> = [];
  /** The positions of the present assignment are on their way. */
  #onPositions: (() => void) | undefined;

  /** @param waitMs how long a mark waits for company */
  constructor(context: Context, client: CurrentClient, owned: Pick<Ownership, 'all'>, waitMs = BATCH_MS) {
    this.#context = context;
    this.#client = client;
    this.#owned = owned;
    this.#waitMs = waitMs;
    this.#gate = new CommitGate(context.clock);
    this.#refused = new RefusedMarks(context.clock, retryMs);
  }

  /** The mark of a partition may have moved. */
  settled(): void {
    this.#settled += 1;
    if (this.#settled === BATCH_COUNT && this.#failures === 0) this.#arm(0);
    else if (this.#due === undefined) this.#arm(this.#waitMs);
  }

  /**
   * Positions were found. They are committed at once: a crash must not skip what comes before the first command.
   * @param done called when there is an answer, so that whoever waits for it meets no commit on its way
   */
  commitPositions(done: () => void): void {
    this.#gate.brokerAnswered();
    this.#arm(0);
    if (this.#pending) this.#onPositions = done;
    else done();
  }

  /** Partitions were taken away; others may come. */
  forgetPositions(): void {
    this.#onPositions = undefined;
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
  commitLast(partitions: readonly OwnedPartition[]): void {
    // There is no time to ask: the group has just spoken, which is a sign of life as well.
    if (!this.#gate.untroubled) return;
    const moved = partitions.filter((partition) => partition.moved);
    this.#send(moved.filter((partition) => !this.#refused.has(partition)));
    for (const partition of moved) if (this.#refused.has(partition)) this.#send([partition]);
  }

  /** The answer to a request. */
  answer(answer: CommitAnswer, offsets: readonly RecordPlace[]): void {
    const { outcome, fromBroker } = answer;
    if (fromBroker) this.#gate.brokerAnswered();
    else this.#gate.noAnswer();
    this.#unanswered = Math.max(0, this.#unanswered - 1);
    if (outcome === 'failed' || outcome === 'refused') this.#tellFailure(answer, offsets);
    if (outcome === 'committed') this.#confirmed(offsets);
    else if (outcome === 'failed') this.#failed();
    else this.#refusedOf(outcome, offsets);
    this.#arm(outcome === 'failed' ? retryMs(this.#failures) : this.#waitMs);
    if (outcome === 'failed') this.#refusedDue?.cancel();
    else this.#armRefused();
    this.#wakeWatchers();
    this.#onPositions?.();
    this.#onPositions = undefined;
  }

  /** A connection failed: before the next request the coordinator is asked. */
  connectionFailed(): void {
    this.#gate.noAnswer();
  }

  /**
   * Waits until every mark is confirmed, a little longer than `deadline`; for one that is refused by itself, until it was
   * tried once more. @returns partitions that have one left
   */
  async finish(deadline: Promise<unknown>): Promise<number> {
    if (this.#client.port !== null) {
      this.#refused.makeAllDue();
      this.#arm(0);
      await inTime(this.#context.clock, this.#idle(), deadline, FINISH_GRACE_MS);
    }
    let left = 0;
    for (const { commits, committed, tracker } of this.#owned.all)
      if (commits && tracker.mark !== committed) left += 1;
    return left;
  }

  /** A partition is no longer owned: who waits for its mark waits in vain. */
  partitionGone(): void {
    this.#wakeWatchers();
  }

  /** The client is gone: nothing of it is answered any more. */
  clientGone(): void {
    this.#unanswered = 0;
    this.#refused.clear();
    this.#wakeWatchers();
  }

  close(): void {
    this.#closed = true;
    this.#due?.cancel();
    this.#refusedDue?.cancel();
    this.#wakeWatchers();
  }

  #arm(ms: number): void {
    this.#due?.cancel();
    this.#due = undefined;
    if (this.#closed) return;
    this.#due = this.#context.clock.after(ms, () => {
      this.#due = undefined;
      this.#flush();
    });
  }

  #armRefused(): void {
    this.#refusedDue?.cancel();
    const ms = this.#refused.nextInMs;
    if (this.#closed || ms === undefined) return;
    this.#refusedDue = this.#context.clock.after(ms, () => {
      this.#flush();
    });
  }

  #flush(): void {
    // While a request is on its way its answer comes here again.
    if (this.#unanswered > 0 || this.#asking) return;
    const port = this.#client.port;
    const next = this.#nextRequest();
    const [first] = next;
    if (first === undefined) {
      this.#armRefused();
    } else if (port !== null && !this.#gate.open) {
      own(this.#askFirst(port, first), 'Asking the coordinator', this.#context);
    } else this.#send(next);
    this.#wakeWatchers();
  }

  /** The partitions of the next request. One that was refused goes alone, moved or not: only so it shows that it is granted. */
  #nextRequest(): OwnedPartition[] {
    const alone = this.#refused.next();
    if (alone !== undefined) return [alone];
    this.#settled = 0;
    return [...this.#owned.all].filter((partition) => {
      const { moved, commits } = partition;
      return !this.#refused.has(partition) && (moved || (this.#reasserting && commits));
    });
  }

  async #askFirst(port: ConsumerPort, { topic, partition }: OwnedPartition): Promise<void> {
    this.#asking = true;
    const answered = await this.#gate.ask(port, { topic, partition });
    this.#asking = false;
    if (this.#closed) return;
    if (answered) this.#send(this.#nextRequest());
    else this.#sendLater();
    this.#wakeWatchers();
  }

  #send(partitions: readonly OwnedPartition[]): void {
    if (partitions.length === 0) return;
    const marks = partitions.map(({ topic, partition, metadata, position: { offset, leaderEpoch } }) => ({
      topic,
      partition,
      offset,
      metadata,
      leaderEpoch,
    }));
    if (this.#client.port?.commit(marks) !== true) {
      this.#sendLater();
      return;
    }
    for (const partition of partitions) partition.sent = partition.tracker.mark;
    this.#unanswered += 1;
  }

  #sendLater(): void {
    this.#failures += 1;
    this.#arm(retryMs(this.#failures));
  }

  #confirmed(offsets: readonly RecordPlace[]): void {
    this.#failures = 0;
    this.#reasserting = false;
    for (const [partition, offset] of this.#ownedOf(offsets)) {
      partition.committed = offset;
      this.#refused.accepted(partition);
    }
    this.#context.counters.commits += 1;
    const places = offsets.map(({ topic, partition, offset }) => ({ topic, partition, offset }));
    this.#context.events.emit('committed', () => places);
  }

  #tellFailure(answer: CommitAnswer, offsets: readonly RecordPlace[]): void {
    this.#context.counters.commitFailures += 1;
    this.#context.onError(commitTrouble(answer, offsets));
  }

  #refusedOf(outcome: 'refused' | 'unclear', offsets: readonly RecordPlace[]): void {
    this.#failures = 0;
    // From here on each of them is sent until it is taken.
    this.#reasserting = false;
    for (const [partition] of this.#ownedOf(offsets)) {
      partition.sent = partition.committed;
      if (outcome === 'refused') this.#refused.refused(partition);
      else this.#refused.suspect(partition);
    }
  }

  #ownedOf(offsets: readonly RecordPlace[]): [partition: OwnedPartition, offset: number][] {
    return [...this.#owned.all].flatMap((partition) => {
      const found = offsets.find((each) => isOf(each, partition));
      return found === undefined ? [] : [[partition, found.offset]];
    });
  }

  #failed(): void {
    this.#failures += 1;
    for (const partition of this.#owned.all) partition.sent = partition.committed;
  }

  async #idle(): Promise<void> {
    while (!this.#closed && this.#pending) {
      await new Promise<void>((resolve) => {
        this.#watchers.push(resolve);
      });
    }
  }

  /** A mark is not confirmed. */
  get #pending(): boolean {
    if (this.#unanswered > 0) return true;
    for (const partition of this.#owned.all)
      if (partition.moved && !this.#refused.waits(partition)) return true;
    return false;
  }

  #wakeWatchers(): void {
    const watchers = this.#watchers;
    this.#watchers = [];
    for (const watcher of watchers) watcher();
  }
}

function retryMs(failures: number): number {
  return growingWait(RETRY_FIRST_MS, RETRY_LONGEST_MS, failures + 1);
}

function isOf(offset: RecordPlace, partition: OwnedPartition): boolean {
  return offset.partition === partition.partition && offset.topic === partition.topic;
}
