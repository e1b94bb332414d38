/** How a message gets into the outbox: what refuses it, the room that it needs, and callers that wait for room (contract §7). */
import type { Clock } from '../../core/clock.js';
import type { NorthwardError } from '../../api/errors.js';
import type { Admission } from './admission.js';
import type { ErrorOf, OutboxLimits } from './limits.js';
import { WAITING, type Pending, type TopicQueue } from './pending.js';
import type { WaitingList } from './waiting-list.js';
import { errorFor } from './receipts.js';
import { Room, Waiters } from './room.js';

export interface EntranceHooks {
  readonly queueOf: (pending: Pending) => TopicQueue;
  /** It is in, and counted. */
  readonly accepted: (pending: Pending) => void;
  /** It never gets in. */
  readonly refused: (pending: Pending, error: NorthwardError) => void;
  /** It makes room for a newer one. */
  readonly dropped: (pending: Pending, error: NorthwardError) => void;
  /** There is no room: what can make some does. */
  readonly full: () => void;
  /** Callers wait: be there when the first one's time is up. */
  readonly waiting: () => void;
}

export class Entrance {
  readonly room: Room;
  readonly #limits: OutboxLimits;
  readonly #clock: Clock;
  readonly #admission: Admission;
  readonly #inside: WaitingList;
  readonly #hooks: EntranceHooks;
  readonly #waiters: Waiters;

  /** @param inside what no client holds, oldest first */
  constructor(
    limits: OutboxLimits,
    clock: Clock,
    admission: Admission,
    inside: WaitingList,
    hooks: EntranceHooks,
  ) {
    this.#limits = limits;
    this.#clock = clock;
    this.#admission = admission;
    this.#inside = inside;
    this.#hooks = hooks;
    this.room = new Room(limits);
    this.#waiters = new Waiters(limits);
  }

  /** Callers that wait for room. */
  get waiting(): number {
    return this.#waiters.size;
  }

  /** Monotonic ms at which the first one's time is up. */
  get deadline(): number {
    return this.#waiters.deadline ?? Infinity;
  }

  get isIdle(): boolean {
    return this.room.messages === 0 && this.#waiters.size === 0;
  }

  submit(pending: Pending, nowMs: number): void {
    const queue = this.#hooks.queueOf(pending);
    const refusal = this.#admission.refusal(pending, queue);
    if (refusal !== null) this.#hooks.refused(pending, refusal);
    else if (this.#waiters.size === 0 && this.room.fits(pending)) this.#accept(pending, queue, nowMs);
    else this.#whenFull(pending);
  }

  /** There is room again. */
  admitWaiting(): void {
    for (let head = this.#waiters.head; head !== null && this.room.fits(head); head = this.#waiters.head) {
      this.#waiters.shift();
      const queue = this.#hooks.queueOf(head);
      const refusal = this.#admission.refusal(head, queue);
      if (refusal === null) this.#accept(head, queue, this.#clock.monotonic());
      else this.#hooks.refused(head, refusal);
    }
  }

  /** Callers whose time is up wait no longer. */
  expire(now: number): void {
    const detail = `no room in uplink.queue within waitMs (${this.#limits.waitMs} ms)`;
    this.#endWaiting(
      (caller) => errorFor(caller, 'QUEUE_FULL', detail),
      () => this.deadline <= now,
    );
  }

  endAll(errorOf: ErrorOf): void {
    this.#endWaiting(errorOf, () => true);
  }

  #endWaiting(errorOf: ErrorOf, isOver: () => boolean): void {
    while (this.#waiters.size > 0 && isOver()) {
      const caller = this.#waiters.shift();
      if (caller !== null) this.#hooks.refused(caller, errorOf(caller));
    }
  }

  #accept(pending: Pending, queue: TopicQueue, nowMs: number): void {
    this.room.enter(pending);
    pending.acceptedAt = nowMs;
    pending.queue = queue;
    this.#hooks.accepted(pending);
  }

  /** Room may be made at once: then those who wait come first. */
  #whenFull(pending: Pending): void {
    const { whenFull, waitMs } = this.#limits;
    this.#hooks.full();
    this.admitWaiting();
    if (this.#waiters.size === 0 && this.room.fits(pending)) {
      this.#accept(pending, this.#hooks.queueOf(pending), this.#clock.monotonic());
      return;
    }
    if (whenFull === 'wait' && this.#waiters.add(pending, this.#clock.monotonic() + waitMs)) {
      pending.keep();
      this.#hooks.waiting();
      return;
    }
    if (whenFull === 'drop_oldest' && this.#dropFor(pending)) {
      this.#accept(pending, this.#hooks.queueOf(pending), this.#clock.monotonic());
      return;
    }
    const detail = `uplink.queue is full: ${this.room.describe()}`;
    this.#hooks.refused(pending, errorFor(pending, 'QUEUE_FULL', detail));
  }

  /** Makes room from what no client holds; drops nothing where that is not enough. What is on disk as well is not dropped. */
  #dropFor(pending: Pending): boolean {
    const { events, bytes } = this.#inside;
    if (!this.room.fitsWithout(events, bytes, pending)) return false;
    const victims: Array<{ readonly pending: Pending; readonly sequence: number }> = [];
    let freedEvents = 0;
    let freed = 0;
    for (let each = this.#inside.oldest; each !== null; each = each.newer) {
      if (this.room.fitsWithout(freedEvents, freed, pending)) break;
      if (each.position !== -1) continue;
      victims.push({ pending: each, sequence: each.sequence });
      freedEvents += each.events;
      freed += each.bytes;
    }
    if (!this.room.fitsWithout(freedEvents, freed, pending)) return false;
    for (const { pending: victim, sequence } of victims) {
      // A logger that publishes as one is dropped may have made the next one end as well.
      if (victim.state !== WAITING || victim.sequence !== sequence) continue;
      const code = victim.resent ? 'DELIVERY_UNKNOWN' : 'QUEUE_DROPPED';
      this.#hooks.dropped(victim, errorFor(victim, code, 'dropped from the full queue for a newer message'));
    }
    return this.room.fits(pending);
  }
}
