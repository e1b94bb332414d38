/** What waits on disk in one lane, on its way back to the outbox: oldest first, without what its detour takes or refuses. */
import { bytesOf, copyRecord } from '../../record/outgoing-record.js';
import { eventsIn } from '../../record/packed-events.js';
import type { StoredRecord, StoreLane } from '../../store/port.js';
import type { Owner } from '../delivery/owner.js';
import { AWAITS_SYNC, IN_OUTBOX, type Pending } from '../delivery/pending.js';
import type { Detour, LaneContext } from './lane-context.js';
import type { StoredMessages } from './stored-messages.js';

/** Records that are taken out of memory in one turn of the event loop, and their bytes: a disk that hangs leaves half of `uplink.queue` there. */
const FROM_MEMORY = 500;
const FROM_MEMORY_BYTES = 4 * 1024 * 1024;

/** The lane, as far as reading it goes. */
export interface LaneReading extends Owner {
  readonly lane: StoreLane;
  /** A client gets nothing that is not synced. */
  readonly storesFirst: boolean;
  idOf(pending: Pending): string;
}

export class LaneBacklog {
  detour: Detour | null = null;
  readonly #owner: LaneReading;
  readonly #lane: StoreLane;
  readonly #stored: StoredMessages;
  readonly #context: LaneContext;
  #reading = false;
  /** Counts how often `read()` has begun again. */
  #pass = 0;

  constructor(owner: LaneReading, stored: StoredMessages, context: LaneContext) {
    this.#owner = owner;
    this.#lane = owner.lane;
    this.#stored = stored;
    this.#context = context;
  }

  /** Records that nobody has in hand, or is about to have: what is younger goes behind them. */
  get size(): number {
    return this.#reading ? Math.max(1, this.#lane.backlog) : this.#lane.backlog;
  }

  /** The disk could not be read: it is worth another try. */
  get stuck(): boolean {
    return this.#lane.backlog > 0 && !this.#lane.caughtUp;
  }

  /** Begins again at the oldest unread record. */
  rewind(): void {
    this.#pass += 1;
    this.#lane.rewind();
  }

  /** Reads a portion, and sends what may be sent. @returns false: nothing more is to be had at the moment */
  async sendMore(most: number, mostBytes: number, mostEvents: number): Promise<boolean> {
    const pass = this.#pass;
    let records: readonly StoredRecord[];
    this.#reading = true;
    try {
      const wants = this.detour === null ? undefined : this.#wants;
      records = await this.#lane.read(most, wants, mostBytes, mostEvents);
    } finally {
      // Not before it is sent, in one step with that: what comes between would overtake it.
      this.#reading = false;
    }
    // The outbox takes nothing any more; on disk they are safe.
    if (this.#context.ending()) return false;
    let goesOn = records.length > 0;
    for (const record of records) this.#send(record);
    let isEnd = false;
    let isPart = false;
    if (!goesOn && this.#lane.caughtUp) {
      // The rest is taken out of memory: so a lane with constant traffic catches up.
      const isWhole = this.#lane.unsynced.messages === 0;
      const wentOn = this.#lane.takesOn;
      const rest = this.#lane.takeUnsynced(FROM_MEMORY, FROM_MEMORY_BYTES);
      for (const record of rest) if (this.#send(record)) goesOn = true;
      const { takesOn } = this.#lane;
      isPart = rest.length > 0 && takesOn;
      // Nothing may stand behind the portion before, which was full all the same.
      isEnd = isWhole || (!takesOn && (rest.length > 0 || wentOn));
    }
    if ((isEnd || this.#lane.backlog === 0) && pass === this.#pass) this.detour?.ended();
    // The next portion is asked for as any other is: what is synced by then is older, and comes from disk.
    if (isPart) await this.#nextTurn();
    return goesOn || isPart;
  }

  #nextTurn(): Promise<void> {
    return new Promise((resolve) => {
      this.#context.clock.soon(resolve);
    });
  }

  readonly #wants = (topic: string): boolean => this.detour?.wants(topic) !== false;

  /** @returns false: it stays where it is */
  #send(record: StoredRecord): boolean {
    const { sends, marksReplayed } = this.#context;
    if (!sends(record.kind) || !this.#wants(record.topic)) {
      this.#lane.release(record.position);
      return false;
    }
    const pending = this.#stored.meet(record.position) ?? this.#former(record);
    fill(pending, record);
    if (this.detour?.takes(pending) === true) return true;
    pending.messageId = record.headers.messageIdAt === -1 ? '' : this.#owner.idOf(pending);
    if (marksReplayed) pending.headers = record.headers.replayed;
    this.#toOutbox(pending);
    return true;
  }

  #toOutbox(pending: Pending): void {
    const { outbox, replayedEntered } = this.#context;
    pending.replayed = true;
    replayedEntered(pending);
    outbox.count(pending);
    // As far as the lane was told: what was only to be synced before it is sent is older, and goes out when that is told.
    const isSynced = !this.#stored.has(pending) || this.#stored.isSynced(pending);
    if (isSynced) outbox.countAsSynced(pending);
    if (this.#owner.storesFirst && !isSynced) {
      pending.place = AWAITS_SYNC;
    } else {
      pending.place = IN_OUTBOX;
      outbox.enqueue(pending);
    }
  }

  /** Nobody in this life waits for it. */
  #former(record: StoredRecord): Pending {
    const pending = this.#context.outbox.take();
    pending.owner = this.#owner;
    pending.life = record.life;
    pending.number = record.sequence;
    pending.former = record.former;
    pending.position = record.position;
    pending.bytes = bytesOf(record);
    pending.packed = record.packed ?? null;
    pending.events = eventsIn(pending.packed);
    pending.acceptedAt = this.#context.clock.monotonic();
    return pending;
  }
}

/** Makes a message of what was read. */
export function fill(pending: Pending, record: StoredRecord): void {
  copyRecord(pending, record);
  pending.acceptedAtMs = record.acceptedAtMs;
  pending.resent ||= record.maybeDuplicate || record.handedOver;
}
