/** An accepted message from acceptance to its outcome, and the queue of its topic: each knows the other. */
import type { DeliveryFailure } from '../../kafka/port/ports.js';
import type { Id } from '../../api/uplink.js';
import {
  copyRecord,
  NO_HEADERS,
  type OutgoingKind,
  type OutgoingRecord,
  type RecordHeaders,
} from '../../record/outgoing-record.js';
import type { KeptBytes, KeptBlock } from './kept-bytes.js';
import { NOBODY, type Owner, type OwnerSlots } from './owner.js';
import type { PackedEvents } from '../../record/packed-events.js';
import type { ResolvedPacking } from '../../config/resolved-config.js';
import type { ErrorCode } from '../../api/errors.js';
import { type BatchRefusals, FirstOffsets } from './topic-health.js';

export const IDLE = 0;
/** Waits here; the client does not hold it. */
export const WAITING = 1;
/** The client holds it; a report will come. */
export const SENT = 2;
/** Its report came; the caller is told in the next turn. */
export const REPORTED = 3;

/** Where a message is that a store keeps as well. */
export const IN_OUTBOX = 0;
/** It was written down, and goes to the outbox when it is synced. */
export const AWAITS_SYNC = 1;
/** Nowhere else than on disk; here is only who waits for it. */
export const ON_DISK = 2;

/**
 * A record that was accepted, and what is known of its way. Pooled: the id is its place in the pool and the opaque value of its
 * delivery report, so nothing has to be looked up or created per message.
 */
export class Pending implements OutgoingRecord, OwnerSlots {
  readonly id: number;
  readonly #kept: KeptBytes;
  state: typeof IDLE | typeof WAITING | typeof SENT | typeof REPORTED = IDLE;
  /** `""`: there is no record, since the event could not be encoded. */
  topic = '';
  key: Buffer | null = null;
  #value: Buffer | null = null;
  /** Where the bytes of `value` are; `null`: in `#value`, as long as that is needed. */
  #block: KeptBlock | null = null;
  #start = 0;
  #end = 0;
  /** The bytes of `value` will be written over: `keepBytes()` comes before. Set behind `value`. */
  passing = false;
  headers: RecordHeaders = NO_HEADERS;
  timestampMs = 0;
  kind: OutgoingKind = 'telemetry';
  deviceId: Id | null = null;
  deviceName = '';
  messageId = '';
  /** How it may share a record with others; `null`: it does not. */
  pack: ResolvedPacking | null = null;
  /** The events that it holds; `null`: it is one. */
  packed: PackedEvents | null = null;
  /** How many these are. */
  events = 1;
  /** What it counts against `uplink.queue.maxBytes`. */
  bytes = 0;
  /** Order of acceptance, over all topics. */
  sequence = 0;
  /** Monotonic ms. */
  acceptedAt = 0;
  /** It was sent before, and may have arrived. */
  resent = false;
  /** A broker refused its batch: it goes again among so many of its topic at most, and nothing else; 0: among any number. */
  together = 0;
  queue: TopicQueue | null = null;
  /** Of the delivery report. `null`: it arrived. */
  failure: DeliveryFailure | null = null;
  partition = -1;
  offset: number | null = null;
  /** Who is told how it ended. */
  owner: Owner = NOBODY;
  promise: OwnerSlots['promise'] = null;
  resolve: OwnerSlots['resolve'] = null;
  reject: OwnerSlots['reject'] = null;
  index = 0;
  /** It counts in the room. */
  counted = false;
  /** There, as one that is on disk. */
  countedAsSynced = false;
  /** Its owner waits for the disk at most. */
  untilStored = false;
  /** It is refused where no disk takes it. */
  mustBeStored = false;
  // Of a store; nothing touches them without one.
  /** Whom its owner, a lane, tells how it ended; `NOBODY`: that is told by events. */
  caller: Owner = NOBODY;
  /** Of the store; 0: accepted before that was open. */
  life = 0;
  /** With the life: its id. 0: no store knows of it. */
  number = 0;
  /** Of the record on disk; -1: there is none. */
  position = -1;
  place: typeof IN_OUTBOX | typeof AWAITS_SYNC | typeof ON_DISK = IN_OUTBOX;
  /** Unix ms; 0: as `acceptedAt` says. */
  acceptedAtMs = 0;
  /** It comes from disk. */
  replayed = false;
  /** Of a former life of the store. */
  former = false;
  /** Who has it on disk until its present lane has: another lane, where this is its position there, or the record that it is a part of. */
  origin: Pick<Owner, 'moved'> | null = null;
  originPosition = -1;
  /** The list of its lane in which it is, and its neighbours there. */
  laneList: object | null = null;
  olderInLane: Pending | null = null;
  newerInLane: Pending | null = null;
  /** Next in its queue. */
  next: Pending | null = null;
  /** Neighbours among all that wait, oldest first. */
  older: Pending | null = null;
  newer: Pending | null = null;

  /** @param kept of all that are in one pool */
  constructor(id: number, kept: KeptBytes) {
    this.id = id;
    this.#kept = kept;
  }

  get value(): Buffer | null {
    const block = this.#block;
    // The block will be used again, and whoever asks may keep what it gets.
    if (block !== null) this.value = Buffer.from(block.bytes.subarray(this.#start, this.#end));
    return this.#value;
  }

  set value(value: Buffer | null) {
    this.#value = value;
    this.passing = false;
    if (this.#block === null) return;
    this.#kept.release(this.#block);
    this.#block = null;
  }

  /** Bytes that will be written over are put where they last; nothing is done where they do, or the message has ended. */
  keepBytes(): void {
    const value = this.#value;
    if (!this.passing || value === null) return;
    this.passing = false;
    this.#value = null;
    const block = this.#kept.keep(value);
    this.#block = block;
    this.#end = block.used;
    this.#start = block.used - value.length;
  }

  /** It will wait: a copy of its own lets go of the large block that it was written to. */
  keep(): void {
    const { value } = this;
    if (value !== null) this.value = Buffer.from(value);
  }

  /**
   * What was accepted as another one: its record, its id and when that was. Not where that is, what became of it, and who is told:
   * each has these of its own.
   */
  copyOf(other: Pending): void {
    copyRecord(this, other);
    this.messageId = other.messageId;
    this.pack = other.pack;
    this.packed = other.packed;
    this.events = other.events;
    this.bytes = other.bytes;
    this.queue = other.queue;
    this.sequence = other.sequence;
    this.acceptedAt = other.acceptedAt;
    this.acceptedAtMs = other.acceptedAtMs;
    this.resent = other.resent;
    this.untilStored = other.untilStored;
    this.mustBeStored = other.mustBeStored;
    this.life = other.life;
    this.number = other.number;
    this.former = other.former;
  }

  /** It left the outbox, and is its owner's. */
  leave(): void {
    this.state = IDLE;
    this.queue = null;
    this.failure = null;
    this.together = 0;
  }

  /** Lets go of everything, so that nothing outlives the message. */
  clear(): void {
    this.state = IDLE;
    this.topic = '';
    this.key = null;
    this.value = null;
    this.headers = NO_HEADERS;
    this.deviceId = null;
    this.deviceName = '';
    this.messageId = '';
    this.queue = null;
    this.failure = null;
    this.owner = NOBODY;
    this.promise = null;
    this.resolve = null;
    this.reject = null;
    this.next = null;
    this.resent = false;
    this.together = 0;
    this.counted = false;
    this.untilStored = false;
    this.mustBeStored = false;
    this.pack = null;
    if (this.events !== 1) this.#clearPacked();
    if (this.number !== 0) this.#clearStored();
  }

  #clearPacked(): void {
    this.packed = null;
    this.events = 1;
  }

  #clearStored(): void {
    this.caller = NOBODY;
    this.life = 0;
    this.number = 0;
    this.position = -1;
    this.place = IN_OUTBOX;
    this.acceptedAtMs = 0;
    this.replayed = false;
    this.former = false;
    this.origin = null;
    this.originPosition = -1;
  }
}

export function byAcceptance(a: Pending, b: Pending): number {
  return a.sequence - b.sequence;
}

/** The topic is known to be missing or forbidden. */
export interface TopicFault {
  readonly code: ErrorCode;
  hint: string;
  /** Why it is not made; `null`: nobody tried. */
  notMade: string | null;
  /** Monotonic ms from which the broker is asked again. */
  askAt: number;
  /** It was asked; messages wait for the answer. */
  asking: boolean;
}

/** One topic's messages, first in, first out: order holds within a queue, and no queue starves the others (contract §7). */
export class TopicQueue {
  readonly topic: string;
  head: Pending | null = null;
  #tail: Pending | null = null;
  /** Records that the client holds. */
  inFlight = 0;
  bytesInFlight = 0;
  /** Records that do not. */
  waiting = 0;
  /** Events that records hold beside their first: of those that wait here, or that the client holds. And all those of records that are open. */
  furtherEvents = 0;
  /** A record was delivered there since the topic was last in doubt. */
  proven = false;
  /** After a fault: one message at a time, until one arrives. */
  trial = false;
  broken: TopicFault | null = null;
  /** Nothing of it is handed over, and nothing waits for it here: a store keeps it. */
  parked = false;
  /** What the client holds of it has stood still for a minute and more, which is told; until a record arrives. */
  standing = false;
  /** What the client holds of it is not counted in the window: it is parked, or was, and nothing has arrived since. */
  aside = false;
  /** Something failed and goes again, after a moment. */
  pausing = false;
  /** The client takes nothing of it at the moment. */
  heldBack = false;
  /** Of so many it is not decided yet whether they go again: nothing overtakes them. */
  undecided = 0;
  /** Something of it waits, or is in the client's hands. */
  busy = false;
  /** How often that was, since something arrived. */
  failures = 0;
  /** What is out is a group of so many at most: nothing else follows before their reports; 0: it is not. */
  group = 0;
  groupLeft = 0;
  /** Counts what was reported, however it ended. */
  reports = 0;
  /** Counts the records that arrived. */
  arrivals = 0;
  refusals: BatchRefusals | null = null;
  /** Order of acceptance of the last one that was handed over. */
  handedTo = -1;
  /** The same, when the present client last began to send again; -1: it has not. */
  retriedTo = -1;
  /** Of the present client. */
  readonly firstOffsets = new FirstOffsets();
  /** Whether it stands in the line of queues that may send, and which stands behind it. */
  inLine = false;
  nextInLine: TopicQueue | null = null;

  constructor(topic: string) {
    this.topic = topic;
  }

  append(pending: Pending): void {
    pending.next = null;
    if (this.#tail === null) this.head = pending;
    else this.#tail.next = pending;
    this.#tail = pending;
    this.waiting += 1;
  }

  /** Puts messages that were sent back where they stood. @param messages in the order of acceptance */
  putBack(messages: readonly Pending[]): void {
    let before: Pending | null = null;
    for (const pending of messages) {
      let after: Pending | null = before === null ? this.head : before.next;
      while (after !== null && after.sequence < pending.sequence) {
        before = after;
        after = after.next;
      }
      pending.next = after;
      if (before === null) this.head = pending;
      else before.next = pending;
      if (after === null) this.#tail = pending;
      before = pending;
    }
    this.waiting += messages.length;
  }

  /** Takes one out, wherever it stands. */
  remove(pending: Pending): void {
    if (this.head === pending) {
      this.shift();
      return;
    }
    let before = this.head;
    while (before !== null && before.next !== pending) before = before.next;
    if (before === null) return;
    before.next = pending.next;
    pending.next = null;
    if (before.next === null) this.#tail = before;
    this.waiting -= 1;
  }

  shift(): void {
    const head = this.head;
    if (head === null) return;
    this.head = head.next;
    head.next = null;
    if (this.head === null) this.#tail = null;
    this.waiting -= 1;
  }

  /** The client is going to send again what it has: each of them may be stored already. */
  retries(): void {
    this.retriedTo = this.handedTo;
  }

  /** The client was going to send it again: it may be stored already, whatever becomes of it. */
  mayHave({ sequence }: Pending): boolean {
    return sequence <= this.retriedTo;
  }

  /** Another client begins. */
  newClient(): void {
    this.firstOffsets.clear();
    this.retriedTo = -1;
  }

  arrived(): void {
    this.proven = true;
    this.standing = false;
    this.trial = false;
    this.failures = 0;
  }

  /** The message is handed over: to the group that is out, or to one of its own. */
  joinGroup({ together }: Pending): void {
    const first = this.inFlight === 0 || together !== this.group;
    this.groupLeft = (first ? together : this.groupLeft) - 1;
    this.group = together;
  }

  /** Whether something may be handed over at all. */
  get open(): boolean {
    const held = this.parked || this.pausing || this.heldBack || this.undecided > 0;
    return !held && !(this.broken !== null && this.broken.asking);
  }

  /** Messages here, as `uplink.queue` counts them: each event of a record is one. */
  get messages(): number {
    return this.waiting + this.inFlight + this.furtherEvents;
  }

  get idle(): boolean {
    return this.head === null && this.inFlight === 0;
  }
}
