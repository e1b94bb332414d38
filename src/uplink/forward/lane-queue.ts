/**
 * One lane's messages in this life, from acceptance to their end: straight to the outbox, to disk first, or to disk only. It owns
 * them: what the outbox makes of one comes here, and what the store makes of it, and its caller is told once.
 */
import type { NorthwardError } from '../../api/errors.js';
import type { LossCause } from '../../api/store.js';
import type { DeliveredReceipt, Receipt } from '../../api/uplink.js';
import { messageIdOf, type LostRecord, type StoredRecord, type StoreLane } from '../../store/port.js';
import type { ErrorOf } from '../delivery/limits.js';
import { NOBODY } from '../delivery/owner.js';
import { AWAITS_SYNC, IN_OUTBOX, type Pending } from '../delivery/pending.js';
import { fill, LaneBacklog, type LaneReading } from './lane-backlog.js';
import type { LaneContext } from './lane-context.js';
import { LaneDeadlines } from './lane-deadlines.js';
import { LaneList } from './lane-list.js';
import { MessageToStore } from './message-to-store.js';
import { SharedOrigin } from './shared-origin.js';
import { StoredMessages } from './stored-messages.js';

export class LaneQueue implements LaneReading {
  /** As the configuration has it. */
  readonly name: string;
  readonly lane: StoreLane;
  readonly backlog: LaneBacklog;
  readonly storesFirst: boolean;
  readonly #context: LaneContext;
  /** Accepted, not ended, and not handed to the store. */
  readonly #unstored = new LaneList();
  readonly #stored: StoredMessages;
  readonly #message = new MessageToStore();
  readonly #deadlines: LaneDeadlines;

  constructor(name: string, lane: StoreLane, storeAfterMs: number, context: LaneContext) {
    const { clock, outbox, outcomes, promises, messageTimeoutMs } = context;
    this.name = name;
    this.lane = lane;
    this.storesFirst = storeAfterMs === 0;
    this.#context = context;
    const idOf = (pending: Pending): string => this.idOf(pending);
    const toOutbox = (pending: Pending): void => {
      if (this.backlog.detour?.takes(pending) !== true) outbox.enqueue(pending);
    };
    this.#stored = new StoredMessages(name, lane, clock, outbox, outcomes, promises, idOf, toOutbox);
    this.backlog = new LaneBacklog(this, this.#stored, context);
    // Stored before its promise has to end.
    const storesAfter = messageTimeoutMs === 0 ? storeAfterMs : Math.min(storeAfterMs, messageTimeoutMs);
    const store = (acceptedBy: number): void => void this.storeAll(acceptedBy);
    this.#deadlines = new LaneDeadlines(
      name,
      lane,
      this.#unstored,
      this.#stored,
      storesAfter,
      context,
      store,
    );
  }

  // --- the ways of a new message, which is counted in the room already

  /** Where nothing else says otherwise. @returns false: the lane takes no more */
  take(pending: Pending): boolean {
    if (this.storesFirst && !this.#deadlines.hangs) return this.#storeFirst(pending);
    this.direct(pending);
    return true;
  }

  /** To the outbox; to disk only if no report comes in time. */
  direct(pending: Pending): void {
    pending.place = IN_OUTBOX;
    this.#unstored.append(pending);
    this.#deadlines.unstored(pending);
    this.#context.outbox.enqueue(pending);
  }

  /** To the disk only, for a replay. @returns false: the lane takes no more */
  toDisk(pending: Pending): boolean {
    if (!this.storeAll() || !this.#append(pending, false)) return false;
    pending.owner = this;
    this.#stored.leaveOnDisk(pending);
    this.#deadlines.unsynced(pending);
    return true;
  }

  /** To the outbox when it is synced. */
  #storeFirst(pending: Pending): boolean {
    if (!this.storeAll() || !this.#append(pending, true)) return false;
    pending.place = AWAITS_SYNC;
    pending.queue = null;
    this.#deadlines.unsynced(pending);
    return true;
  }

  /** Writes down what is only in memory, in the order of acceptance. @returns false: the lane takes no more */
  storeAll(acceptedBy = Infinity): boolean {
    for (let head = this.#unstored.oldest; head !== null; head = this.#unstored.oldest) {
      if (head.acceptedAt > acceptedBy) return true;
      if (!this.#append(head, true)) return false;
    }
    return true;
  }

  #append(pending: Pending, held: boolean): boolean {
    const position = this.#write(pending, held);
    if (position === null) return false;
    pending.position = position;
    this.#unstored.remove(pending);
    this.#stored.add(pending);
    return true;
  }

  #write(pending: Pending, held: boolean): number | null {
    const { clock, store } = this.#context;
    if (!store.working) return null;
    // Accepted before the store was open for the first time.
    if (pending.life === 0) pending.life = store.life;
    const startMs = clock.now() - clock.monotonic();
    const position = this.lane.append(this.#message.of(pending, store.life, startMs), held);
    this.#message.clear();
    this.#deadlines.full = position === null;
    return position;
  }

  // --- what the outbox says

  delivered(pending: Pending, receipt: Receipt): void {
    this.#end(pending);
    if (pending.caller !== NOBODY) {
      pending.caller.delivered(pending, receipt);
      return;
    }
    const { events } = this.#context;
    const idOf = (): string => this.idOf(pending);
    events.delivered(idOf, pending.events, this.name, receipt as DeliveredReceipt, pending.former);
  }

  failed(pending: Pending, error: NorthwardError): void {
    this.#end(pending);
    pending.caller.failed(pending, error);
  }

  keeps(pending: Pending, error: NorthwardError): boolean {
    if (this.#context.ending()) return this.#stored.isSafe(pending);
    return error.retryable && (isOnDisk(pending) || this.#context.store.working);
  }

  /** Kafka refuses it as one record: two go on in its place, each a message of this lane. What is on disk stays until both are safe. */
  divided(whole: Pending, first: Pending, second: Pending): void {
    const halves = [first, second];
    if (whole.caller !== NOBODY) whole.caller.divided?.(whole, first, second);
    for (const half of halves) {
      half.caller = half.owner;
      half.owner = this;
      half.replayed = whole.replayed;
      if (half.replayed) this.#context.replayedEntered(half);
    }
    this.#leavesOutbox(whole);
    const done = this.#whenPartsAreSafe(whole);
    if (done !== null) {
      const shared = new SharedOrigin(done);
      for (const half of halves) shared.add(half);
    }
    if (whole.position === -1) {
      this.#unstored.replace(whole, halves);
    } else {
      this.#stored.remove(whole);
      for (const half of halves.toReversed()) this.#unstored.prepend(half);
    }
    this.#deadlines.arm();
  }

  /** What is to be done when the whole is needed on disk no more; `null`: it is not there. */
  #whenPartsAreSafe(whole: Pending): (() => void) | null {
    const { position, origin, originPosition } = whole;
    if (position !== -1 && (!this.#stored.has(whole) || this.#stored.isSynced(whole))) {
      return () => {
        this.lane.acknowledge(position);
      };
    }
    if (position !== -1) this.lane.acknowledge(position);
    if (origin instanceof LaneQueue) {
      return () => {
        origin.lane.acknowledge(originPosition);
      };
    }
    if (!(origin instanceof SharedOrigin)) return null;
    return () => {
      origin.leave();
    };
  }

  /** Its caller waits no longer, so that no error tells of it: it is entered into the ledger. */
  writesOff(pending: Pending): boolean {
    if (pending.caller !== NOBODY || !isOnDisk(pending)) return false;
    const { life, number: sequence, headers, position, kind, events, former } = pending;
    this.#context.store.lose(this.name, pending, 'refused');
    this.#tellLost('refused', [{ life, sequence, headers, position, kind, events, former }], events);
    this.#end(pending);
    return true;
  }

  /** The outbox has no use for it any more: it waits on disk, or in memory where no disk takes it. */
  returned(pending: Pending): void {
    const { ending, outbox } = this.#context;
    this.#leavesOutbox(pending);
    if (pending.position === -1 && ending() && pending.origin !== null) {
      this.#leaveToOrigin(pending);
      return;
    }
    if (pending.position === -1) {
      outbox.count(pending);
      outbox.enqueue(pending);
      return;
    }
    this.#rest(pending);
    if (ending() && this.#stored.has(pending)) this.#stored.settle(pending);
  }

  /** A part of a record that is on disk as a whole: from there it comes in the next life. */
  #leaveToOrigin(pending: Pending): void {
    this.#unstored.remove(pending);
    this.#stored.settle(pending);
    this.#context.outbox.release(pending);
  }

  /** It is unread again, and only its caller stays in memory. */
  #rest(pending: Pending): void {
    const { outbox } = this.#context;
    this.#unread(pending);
    if (this.#stored.isSynced(pending)) outbox.uncount(pending);
    if (this.#stored.has(pending)) this.#stored.leaveOnDisk(pending);
    else outbox.release(pending);
  }

  #unread({ position, topic }: Pending): void {
    this.lane.release(position);
    this.backlog.detour?.left(topic);
  }

  // --- parked topics

  /**
   * Takes a message over from another lane, which keeps its record until this one is synced.
   *
   * @param held a client has it
   * @returns false: the lane takes no more
   */
  adopt(pending: Pending, from: LaneQueue, held: boolean): boolean {
    const { outbox } = this.#context;
    const position = this.#write(pending, held);
    if (position === null) return false;
    from.#yield(pending);
    pending.owner = this;
    const isSafeThere = pending.position !== -1 && pending.position < from.lane.synced;
    // A part of a divided record has an origin already.
    if (isSafeThere && pending.origin === null) {
      pending.originPosition = pending.position;
      pending.origin = from;
    } else if (pending.position !== -1) {
      // What is not synced there is no safer for it.
      from.lane.acknowledge(pending.position);
    }
    pending.position = position;
    this.#stored.add(pending);
    if (held) return true;
    outbox.count(pending);
    if (pending.origin !== null) outbox.countAsSynced(pending);
    this.#stored.leaveOnDisk(pending);
    return true;
  }

  /** Those of a topic that wait for their sync to be sent, in order. */
  awaiting(topic: string): Pending[] {
    return this.#stored.awaiting(topic);
  }

  /** Its topic is parked, and no lane takes it: it stays here, on disk, or in memory where it is nowhere else. */
  putOff(pending: Pending): void {
    this.returned(pending);
  }

  #yield(pending: Pending): void {
    this.#leavesOutbox(pending);
    this.#unstored.remove(pending);
    this.#stored.remove(pending);
  }

  /** Another lane has it on disk now. */
  moved(pending: Pending): void {
    this.lane.acknowledge(pending.originPosition);
    pending.origin = null;
    pending.originPosition = -1;
  }

  /** What it gave to another lane comes back: the disk did not take it there. */
  #takeBack(pending: Pending): void {
    pending.owner = this;
    pending.position = pending.originPosition;
    pending.origin = null;
    this.#context.outbox.uncount(pending);
    this.#unread(pending);
    // The last thing: where too many promises are open, it ends here.
    if (pending.caller === NOBODY) this.#context.outbox.release(pending);
    else this.#stored.addSynced(pending);
  }

  /** Nothing of it stays here or on disk. */
  #end(pending: Pending): void {
    this.#leavesOutbox(pending);
    pending.origin?.moved?.(pending);
    if (pending.position === -1) this.#unstored.remove(pending);
    else {
      this.lane.acknowledge(pending.position);
      this.#stored.remove(pending);
    }
  }

  #leavesOutbox(pending: Pending): void {
    if (!pending.replayed) return;
    pending.replayed = false;
    this.#context.replayedLeft(pending);
  }

  // --- what the store says

  synced(): void {
    this.#deadlines.synced();
    this.#stored.synced();
    this.#context.outbox.roomMade();
    this.#deadlines.arm();
  }

  /** The disk does not take them: they are in memory only, and go on as if they had just been accepted, in order. */
  unstored(records: readonly StoredRecord[]): void {
    const all = this.#stored.unstored(records, fill);
    const back = all.filter(({ origin, place }) => !(origin instanceof LaneQueue) || place === IN_OUTBOX);
    // Each goes before the others there.
    for (const pending of all.toReversed()) {
      if (pending.origin instanceof LaneQueue && pending.place !== IN_OUTBOX)
        pending.origin.#takeBack(pending);
    }
    for (const pending of back.toReversed()) this.#unstored.prepend(pending);
    for (const pending of back) {
      if (pending.place === IN_OUTBOX) continue;
      pending.place = IN_OUTBOX;
      this.#context.outbox.enqueue(pending);
    }
    this.#deadlines.arm();
  }

  lost(cause: LossCause, records: readonly LostRecord[], count: number): void {
    this.#stored.lost(cause, records);
    this.#context.outbox.roomMade();
    this.#tellLost(cause, records, count);
  }

  #tellLost(cause: LossCause, records: readonly LostRecord[], count: number): void {
    this.#context.events.lost(this.name, cause, records, count, (lost) =>
      messageIdOf(this.#context.store.id, lost),
    );
  }

  /** The store works again, or for the first time. */
  working(): void {
    this.#deadlines.full = false;
    this.#stored.synced();
    this.#deadlines.arm();
  }

  /** Nothing is sent any more: what is synced ends as stored, the rest with an error. */
  endAll(errorOf: ErrorOf): void {
    this.#deadlines.close();
    const fail = (pending: Pending): void => {
      this.#context.outbox.expire(pending, errorOf(pending));
    };
    for (let head = this.#unstored.oldest; head !== null; head = this.#unstored.oldest) {
      if (head.origin === null) fail(head);
      else this.#leaveToOrigin(head);
    }
    this.#stored.endAll(fail);
  }

  // --- ids

  idOf({ life, number, headers }: Pending): string {
    return messageIdOf(this.#context.store.id, { life, sequence: number, headers });
  }
}

/** Itself, or the record that it is a part of. */
function isOnDisk({ position, origin }: Pending): boolean {
  return position !== -1 || origin !== null;
}
