/** A partition for the time of one assignment, and the commands that are on their way from it. */
import { sharedAbort } from '../../core/host-call.js';
import type { TopicPartition } from '../../kafka/port/consumer-port.js';
import { writeNote, EpochHistory, type LogPosition } from './log-identity.js';
import { Lanes, type Lane } from './lanes.js';
import { LowWaterMark } from '../../core/low-water-mark.js';
import type { StartPosition } from './positions.js';
import type { TopicRoutes } from '../decode/routes.js';
import type { CommandMeta, DownlinkEvent } from '../../api/commands.js';
import { type IncomingRecord, bytesOf } from '../../record/incoming-record.js';
import type { Reply } from '../../record/outward.js';

/** A command in the host's hands, as far as the partition cares. */
export interface InHand {
  /** Its place in the list; -1 when it is in none. */
  slot: number;
  /** The partition is gone. */
  abandon(): void;
}

/** Commands in the host's hands. In and out without hashing: each one comes through here. */
class CommandsInHand {
  readonly #items: InHand[] = [];

  get size(): number {
    return this.#items.length;
  }

  add(item: InHand): void {
    item.slot = this.#items.length;
    this.#items.push(item);
  }

  /** @returns false: it is not in the list. */
  remove(item: InHand): boolean {
    const { slot } = item;
    if (this.#items[slot] !== item) return false;
    const last = this.#items.pop();
    if (last !== undefined && last !== item) {
      this.#items[slot] = last;
      last.slot = slot;
    }
    item.slot = -1;
    return true;
  }

  /** Takes all out. */
  clear(): readonly InHand[] {
    const items = this.#items.splice(0);
    for (const item of items) item.slot = -1;
    return items;
  }
}

/** A partition for the time of one assignment. */
export class OwnedPartition implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  /** The routes of its topic and their policies. */
  readonly routes: TopicRoutes;
  /** Goes with every commit. */
  metadata: string;
  tracker: LowWaterMark;
  /** Id of the topic that is being read; `null`: not known. */
  topicId: string | null;
  /** Leader epoch of the last record; `null`: not known. */
  leaderEpoch: number | null;
  /** The first offset of the log, when reading started. */
  low: number;
  /** What came did not fit: nothing is taken until it is known where to go on. */
  doubted = false;
  /** What was taken already is read again, to find out where its log and this one part. `common`: something was the same. */
  reread: { readonly from: number; readonly low: number; common: boolean } | null = null;
  readonly #partitions: number;
  #epochs: EpochHistory;
  /** What the broker has confirmed; `null`: nothing. */
  committed: number | null;
  /** What was sent to be committed; not confirmed yet. */
  sent: number | null;
  readonly #gone = sharedAbort();
  #revoked = false;
  /** The client was told not to read it. */
  paused = false;
  /** Too much is unfinished or held. */
  blocked = false;
  /** When the first of what is held now came to that, monotonic ms. */
  heldAt: number | null = null;
  /** Commands waiting, and their bytes. */
  waiting = 0;
  waitingBytes = 0;
  readonly lanes = new Lanes<Delivery>();
  readonly inHand = new CommandsInHand();

  constructor(start: StartPosition, routes: TopicRoutes) {
    this.topic = start.topic;
    this.partition = start.partition;
    this.routes = routes;
    this.metadata = start.metadata;
    this.tracker = new LowWaterMark(start.offset);
    this.topicId = start.topicId;
    this.leaderEpoch = start.leaderEpoch;
    this.low = start.low;
    this.#partitions = start.partitions;
    this.#epochs = new EpochHistory(start.leaderEpoch);
    this.committed = start.committed;
    this.sent = start.noted ? start.committed : null;
    this.rereadFrom(start.rereadFrom);
  }

  /** The mark, and what is known of its log. */
  get position(): LogPosition {
    const { mark } = this.tracker;
    return { offset: mark, leaderEpoch: this.#epochs.before(mark), topicId: this.topicId };
  }

  noteEpoch(offset: number, leaderEpoch: number | null): void {
    this.leaderEpoch = leaderEpoch;
    this.#epochs.note(offset, leaderEpoch);
  }

  rereadFrom(offset: number | null): void {
    this.reread = offset === null ? null : { from: offset, low: this.low, common: false };
  }

  /** The topic's id is known. */
  identify(topicId: string | null): void {
    this.topicId = topicId;
    this.metadata = writeNote(this, this.#partitions, topicId);
    this.sent = null;
  }

  /** Reading goes on elsewhere. What came before keeps the tracker of its own time, and its mark does not count. */
  restart({ offset, leaderEpoch, topicId }: LogPosition): void {
    this.tracker = new LowWaterMark(offset);
    this.#epochs = new EpochHistory(leaderEpoch);
    this.leaderEpoch = leaderEpoch;
    this.committed = null;
    this.identify(topicId);
  }

  /** It was taken away: nothing of it counts any more. */
  get revoked(): boolean {
    return this.#revoked;
  }

  /** Aborts when it is taken away. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  revoke(): void {
    this.#revoked = true;
    this.#gone.abort();
  }

  get commits(): boolean {
    return this.routes.ackPolicy !== 'never';
  }

  /** Whether there is a mark that was not sent yet. */
  get moved(): boolean {
    return this.commits && this.tracker.mark !== this.sent;
  }
}

/** The partitions that this member owns: found by the record, for each record. */
export class Ownership {
  readonly #byTopic = new Map<string, Array<OwnedPartition | undefined>>();
  /** Records of a topic come together. */
  #last: { readonly topic: string; readonly partitions: readonly (OwnedPartition | undefined)[] } | null =
    null;
  #all: OwnedPartition[] = [];

  get all(): readonly OwnedPartition[] {
    return this.#all;
  }

  find({ topic, partition }: TopicPartition): OwnedPartition | undefined {
    if (this.#last?.topic !== topic) {
      const partitions = this.#byTopic.get(topic);
      if (partitions === undefined) return undefined;
      this.#last = { topic, partitions };
    }
    return this.#last.partitions[partition];
  }

  add(partition: OwnedPartition): void {
    const known = this.#byTopic.get(partition.topic);
    const partitions = known ?? [];
    if (known === undefined) this.#byTopic.set(partition.topic, partitions);
    partitions[partition.partition] = partition;
    this.#all = [...this.#all, partition];
  }

  remove(partition: OwnedPartition): void {
    const partitions = this.#byTopic.get(partition.topic);
    if (partitions !== undefined) partitions[partition.partition] = undefined;
    this.#all = this.#all.filter((each) => each !== partition);
  }
}

/** One command on its way from the record to its final outcome, over all its attempts. */
export class Delivery {
  readonly record: IncomingRecord;
  readonly event: DownlinkEvent;
  readonly partition: OwnedPartition;
  /** Of the time when it came: the partition may get another one. */
  readonly tracker: LowWaterMark;
  /** What duplicates share; `null`: not looked for. */
  readonly id: string | null;
  /** Records of the same lane are handed out one after the other; `null`: no order. */
  readonly lane: Lane<Delivery> | null;
  readonly bytes: number;
  /** Monotonic ms. */
  readonly takenAt: number;
  /** How often it was handed to the host. */
  attempts = 0;
  /** The answer that has its receipt, of whichever attempt: a command is answered once. */
  answer: Reply | undefined;
  /** It counts as waiting. */
  counted = false;
  /** Behind it in its lane. */
  next: Delivery | null = null;

  constructor(
    record: IncomingRecord,
    event: DownlinkEvent,
    partition: OwnedPartition,
    id: string | null,
    takenAt: number,
  ) {
    this.record = record;
    this.event = event;
    this.partition = partition;
    this.tracker = partition.tracker;
    this.id = id;
    // latin1 keeps all bytes apart.
    this.lane = record.key === null ? null : partition.lanes.of(record.key.toString('latin1'));
    this.bytes = bytesOf(record);
    this.takenAt = takenAt;
  }

  meta(attempt: number): CommandMeta {
    const { topic, partition, offset, key, headers, timestampMs } = this.record;
    return { topic, partition, offset, key, headers, timestampMs, attempt };
  }
}
