/**
 * Messages of one lane that were handed to the store in this life and are of interest still: not synced yet, or with a caller who
 * waits. Those that are nowhere else than on disk have only their caller here, and what errors say of them.
 */
import type { LossCause } from '../../api/store.js';
import type { StoredReceipt } from '../../api/uplink.js';
import type { Clock } from '../../core/clock.js';
import type { LostRecord, StoreLane, StoredRecord } from '../../store/port.js';
import type { Outbox } from '../delivery/outbox.js';
import type { Outcomes } from '../delivery/outcomes.js';
import { NOBODY } from '../delivery/owner.js';
import { AWAITS_SYNC, IN_OUTBOX, ON_DISK, REPORTED, type Pending } from '../delivery/pending.js';
import { errorFor } from '../delivery/receipts.js';
import { LaneList } from './lane-list.js';
import type { OpenPromises, PromiseHolder } from './open-promises.js';

/** Why what was on disk is there no more, in words. */
const CAUSES: Readonly<Record<LossCause, string>> = {
  expired: 'it was older than maxAgeMs',
  evicted: 'the store was full, and the oldest went',
  disk_full: 'the disk is full',
  corrupt: 'its place on the disk is damaged',
  unknown_version: 'another version of this library wrote it',
  refused: 'Kafka does not take it',
  purged: 'somebody has purged the store',
};

export class StoredMessages implements PromiseHolder {
  readonly #name: string;
  readonly #lane: StoreLane;
  readonly #clock: Clock;
  readonly #outbox: Outbox;
  readonly #outcomes: Outcomes;
  readonly #promises: OpenPromises;
  readonly #idOf: (pending: Pending) => string;
  readonly #toOutbox: (pending: Pending) => void;
  /** In the order of their positions. */
  readonly #list = new LaneList();
  /** The first of these that is not synced. */
  #unsynced: Pending | null = null;
  /** When something was synced last, or began to wait for that. Monotonic ms. */
  #unsyncedSince = 0;
  /** Everything below is synced, as far as it was told to callers. */
  #synced: number;
  /** By position. */
  readonly #onDisk = new Map<number, Pending>();

  /** @param name of the lane, as the configuration has it */
  constructor(
    name: string,
    lane: StoreLane,
    clock: Clock,
    outbox: Outbox,
    outcomes: Outcomes,
    promises: OpenPromises,
    idOf: (pending: Pending) => string,
    toOutbox: (pending: Pending) => void,
  ) {
    this.#name = name;
    this.#lane = lane;
    this.#clock = clock;
    this.#synced = lane.synced;
    this.#outbox = outbox;
    this.#outcomes = outcomes;
    this.#promises = promises;
    this.#idOf = idOf;
    this.#toOutbox = toOutbox;
    promises.add(this);
  }

  /** It was given its position just now, behind all others. */
  add(pending: Pending): void {
    this.#list.append(pending);
    if (this.#unsynced !== null) return;
    this.#unsynced = pending;
    this.#unsyncedSince = this.#clock.monotonic();
  }

  /** It has been synced for long, and is nowhere else. Its promise may end at once. */
  addSynced(pending: Pending): void {
    this.#list.prepend(pending);
    this.leaveOnDisk(pending);
    this.#promises.opened(pending.events);
  }

  has(pending: Pending): boolean {
    return this.#list.has(pending);
  }

  isSynced({ position }: Pending): boolean {
    return position !== -1 && position < this.#synced;
  }

  /** It is on disk, here or where it came from. */
  isSafe(pending: Pending): boolean {
    return this.isSynced(pending) || pending.origin !== null;
  }

  /** Lets go of all that is on disk. */
  leaveOnDisk(pending: Pending): void {
    pending.place = ON_DISK;
    pending.queue = null;
    pending.value = null;
    pending.key = null;
    this.#onDisk.set(pending.position, pending);
  }

  /** The message whose record was read: it is no longer on disk only. `undefined`: nobody waits for it. */
  meet(position: number): Pending | undefined {
    const pending = this.#onDisk.get(position);
    this.#onDisk.delete(position);
    return pending;
  }

  /** It has its end. Fine when it is not in there. */
  remove(pending: Pending): void {
    if (!this.#list.has(pending)) return;
    if (this.#unsynced === pending) this.#unsynced = pending.newerInLane;
    if (this.isSynced(pending)) this.#promises.closed(pending.events);
    this.#list.remove(pending);
    if (pending.place === ON_DISK) this.#onDisk.delete(pending.position);
  }

  // --- promises

  /** When the oldest one whose promise may end as stored was accepted, monotonic ms. */
  get oldestOpen(): number | null {
    const { oldest } = this.#list;
    return oldest === null || !this.isSynced(oldest) ? null : oldest.acceptedAt;
  }

  settleOldest(): void {
    const { oldest } = this.#list;
    if (oldest !== null) this.settle(oldest);
  }

  /** Its caller waits no longer: it is on disk. */
  settle(pending: Pending): void {
    const { caller } = pending;
    this.remove(pending);
    pending.caller = NOBODY;
    if (caller !== NOBODY) {
      const receipt: StoredReceipt = { status: 'stored', id: this.#idOf(pending), lane: this.#name };
      caller.delivered(pending, receipt);
    }
    if (pending.place === ON_DISK) this.#outbox.release(pending);
  }

  /** Nothing is sent any more: what is synced ends as stored, and `fails` ends what is not. */
  endAll(fails: (pending: Pending) => void): void {
    for (let head = this.#list.oldest; head !== null; head = this.#list.oldest) {
      if (this.isSafe(head)) this.settle(head);
      else fails(head);
    }
  }

  // --- a disk that does not answer

  /** When the first one that waits for its sync, to be sent, was accepted, monotonic ms; `null`: none does. */
  get awaitingSync(): number | null {
    return this.#unsynced?.place === AWAITS_SYNC ? this.#unsynced.acceptedAt : null;
  }

  /** Since when nothing was synced, though something waits for that, monotonic ms; `null`: nothing does. */
  get unsyncedSince(): number | null {
    return this.#unsynced === null ? null : this.#unsyncedSince;
  }

  /** The oldest that no disk has for sure, and whose caller waits. */
  get oldestUnsafe(): Pending | null {
    let each = this.#unsynced;
    while (each !== null && (each.origin !== null || each.caller === NOBODY || each.state === REPORTED))
      each = each.newerInLane;
    return each;
  }

  /** What waits for its sync waits no longer: it is sent. */
  sendUnsynced(): void {
    for (const each of this.#awaiting()) this.#send(each);
  }

  /** Those of a topic that wait for their sync to be sent, in order. */
  awaiting(topic: string): Pending[] {
    return this.#awaiting().filter((each) => each.topic === topic);
  }

  #awaiting(): Pending[] {
    const all: Pending[] = [];
    for (let each = this.#unsynced; each !== null; each = each.newerInLane) {
      if (each.place === AWAITS_SYNC) all.push(each);
    }
    return all;
  }

  #send(pending: Pending): void {
    pending.place = IN_OUTBOX;
    this.#toOutbox(pending);
  }

  // --- what the store says

  synced(): void {
    if (this.#lane.synced > this.#synced) this.#unsyncedSince = this.#clock.monotonic();
    this.#synced = this.#lane.synced;
    let opened = 0;
    for (let pending = this.#unsynced; pending !== null && this.isSynced(pending); pending = this.#unsynced) {
      this.#unsynced = pending.newerInLane;
      opened += pending.events;
      if (pending.place === ON_DISK) this.#outbox.uncount(pending);
      else this.#outbox.countAsSynced(pending);
      pending.origin?.moved?.(pending);
      if (pending.place === AWAITS_SYNC) this.#send(pending);
      // Its topic is parked by now: another lane has it.
      if (!this.#list.has(pending)) continue;
      if (pending.caller === NOBODY || pending.untilStored) this.settle(pending);
    }
    this.#promises.opened(opened);
  }

  /** The disk has none of these records. @returns their messages, which are in memory only again, in order */
  unstored(
    records: readonly StoredRecord[],
    fill: (pending: Pending, record: StoredRecord) => void,
  ): Pending[] {
    const back: Pending[] = [];
    let pending = this.#unsynced;
    for (const record of records) {
      while (pending !== null && pending.position < record.position) pending = pending.newerInLane;
      if (pending?.position !== record.position) continue;
      const next: Pending | null = pending.newerInLane;
      if (pending.place === ON_DISK) fill(pending, record);
      this.remove(pending);
      pending.position = -1;
      back.push(pending);
      pending = next;
    }
    return back;
  }

  /** They are on disk no more, and will not arrive. */
  lost(cause: LossCause, records: readonly LostRecord[]): void {
    for (const { position } of records) {
      const pending = this.#onDisk.get(position);
      if (pending === undefined) continue;
      this.remove(pending);
      if (pending.caller !== NOBODY) {
        const error = errorFor(pending, 'STORE_EVICTED', `${CAUSES[cause]} (lane ${this.#name})`);
        this.#outcomes.evicted(pending, error);
      }
      this.#outbox.uncount(pending);
      this.#outbox.release(pending);
    }
  }
}
