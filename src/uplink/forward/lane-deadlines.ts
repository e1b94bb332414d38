/** When something is due in a lane: that its messages are written down, that its promises end, that nothing waits for a disk that hangs. */
import { NorthwardError } from '../../api/errors.js';
import { DeadlineTimer } from '../../core/deadline-timer.js';
import type { StoredRecord, StoreLane } from '../../store/port.js';
import { ON_DISK, REPORTED, SENT, type Pending } from '../delivery/pending.js';
import { errorFor, timedOut } from '../delivery/receipts.js';
import { fill } from './lane-backlog.js';
import type { LaneContext } from './lane-context.js';
import type { LaneList } from './lane-list.js';
import type { StoredMessages } from './stored-messages.js';

/** Deadlines that come this close together are met together, ms. */
const GRAIN_MS = 10;
/** A disk that takes longer for a sync hangs, ms. */
const SYNCS_WITHIN_MS = 15_000;
/** A lane that was full is tried again, ms. */
const FULL_AGAIN_MS = 1_000;

export class LaneDeadlines {
  readonly #name: string;
  readonly #lane: StoreLane;
  readonly #unstored: LaneList;
  readonly #stored: StoredMessages;
  readonly #storeAfterMs: number;
  readonly #context: LaneContext;
  readonly #timer: DeadlineTimer;
  /** The lane takes no more at the moment. */
  full = false;
  #hangs = false;
  #syncedBefore = 0;

  /** @param store writes down what was accepted by then, monotonic ms */
  constructor(
    name: string,
    lane: StoreLane,
    unstored: LaneList,
    stored: StoredMessages,
    storeAfterMs: number,
    context: LaneContext,
    store: (acceptedBy: number) => void,
  ) {
    this.#name = name;
    this.#lane = lane;
    this.#unstored = unstored;
    this.#stored = stored;
    this.#storeAfterMs = storeAfterMs;
    this.#context = context;
    this.#timer = new DeadlineTimer(context.clock, (now) => {
      if (context.store.working) store(now - storeAfterMs);
      this.#onDue(now);
    });
  }

  /** The disk does not answer, so that nothing waits for it. */
  get hangs(): boolean {
    return this.#hangs;
  }

  /** It is in memory only. */
  unstored({ acceptedAt }: Pending): void {
    this.#timer.armBy(acceptedAt + this.#unstoredMs);
  }

  /** It waits for its sync. */
  unsynced({ acceptedAt }: Pending): void {
    this.#timer.armBy(acceptedAt + SYNCS_WITHIN_MS);
  }

  /** The store told of a sync. */
  synced(): void {
    if (this.#lane.synced > this.#syncedBefore) this.#hangs = false;
    this.#syncedBefore = this.#lane.synced;
  }

  /** What the deadlines depend on has changed. */
  arm(): void {
    const now = this.#context.clock.monotonic();
    const limit = this.#context.messageTimeoutMs === 0 ? Infinity : this.#context.messageTimeoutMs;
    const oldest = this.#context.store.working ? this.#unstored.oldest : this.#oldestInMemoryOnly;
    const again = this.full && oldest !== null ? now + FULL_AGAIN_MS : Infinity;
    const unstored = oldest === null ? Infinity : oldest.acceptedAt + this.#unstoredMs;
    const open = (this.#stored.oldestOpen ?? Infinity) + limit;
    const sync = (this.#stored.awaitingSync ?? Infinity) + SYNCS_WITHIN_MS;
    const unsafe = (this.#stored.oldestUnsafe?.acceptedAt ?? Infinity) + limit;
    const hangs = Math.max((this.#stored.unsyncedSince ?? Infinity) + SYNCS_WITHIN_MS, unsafe);
    this.#timer.arm(Math.max(Math.min(again, unstored, open, sync, hangs), now + GRAIN_MS));
  }

  close(): void {
    this.#timer.cancel();
  }

  /** How long a message may be in memory only, as things are. */
  get #unstoredMs(): number {
    const { store, messageTimeoutMs } = this.#context;
    if (store.working && !this.full) return this.#storeAfterMs;
    return messageTimeoutMs === 0 ? Infinity : messageTimeoutMs;
  }

  #onDue(now: number): void {
    if ((this.#stored.awaitingSync ?? Infinity) + SYNCS_WITHIN_MS <= now) this.#sendUnsynced();
    this.#expire(now);
    this.arm();
  }

  /** A disk that hangs must not keep alarms from a broker that answers. */
  #sendUnsynced(): void {
    this.#hangs = true;
    const message = `The store on disk has synced nothing for ${SYNCS_WITHIN_MS} ms: lane ${this.#name} waits for it no longer.`;
    const hint =
      'The disk does not answer: look at the kernel log (dmesg). When it does, records are synced before they are sent, as before.';
    this.#context.onError(new NorthwardError('STORE_DEGRADED', message, { hint }));
    this.#stored.sendUnsynced();
  }

  /** What could not be stored ends as without a store, what is synced as stored. */
  #expire(now: number): void {
    const { messageTimeoutMs: limit, outbox, because } = this.#context;
    if (limit === 0) return;
    for (let head = this.#oldestInMemoryOnly; head !== null; head = this.#oldestInMemoryOnly) {
      if (head.acceptedAt + limit > now || head.state === REPORTED) break;
      const inClient = head.state === SENT;
      const detail = `the store on disk does not take it, and no report came within messageTimeoutMs (${limit} ms)`;
      outbox.expire(
        head,
        inClient ? errorFor(head, 'DELIVERY_UNKNOWN', detail) : timedOut(head, limit, because()),
      );
    }
    while ((this.#stored.oldestOpen ?? Infinity) + limit <= now) this.#stored.settleOldest();
    if ((this.#stored.unsyncedSince ?? Infinity) + SYNCS_WITHIN_MS <= now) this.#expireUnsynced(now, limit);
  }

  /** The disk hangs. What it was given may be there for the next life; in this one it is sent no more. */
  #expireUnsynced(now: number, limit: number): void {
    const detail = `the store on disk does not answer, and no report came within messageTimeoutMs (${limit} ms)`;
    let records: ReadonlyMap<number, StoredRecord> | null = null;
    for (let head = this.#stored.oldestUnsafe; head !== null; head = this.#stored.oldestUnsafe) {
      if (head.acceptedAt + limit > now) return;
      if (head.place === ON_DISK) {
        records ??= new Map(this.#lane.peekUnsynced().map((record) => [record.position, record]));
        const record = records.get(head.position);
        // It is synced by now, which is about to be told.
        if (record === undefined) return;
        fill(head, record);
      }
      this.#context.outbox.expire(head, errorFor(head, 'DELIVERY_UNKNOWN', detail));
    }
  }

  /** The oldest that is on no disk, nor a part of what is. */
  get #oldestInMemoryOnly(): Pending | null {
    let each = this.#unstored.oldest;
    while (each !== null && each.origin !== null) each = each.newerInLane;
    return each;
  }
}
