/**
 * Tells Kafka of what is missing in its data: each gap of the ledger once, after all that came before it (`uplink.dataGap`). A gap is
 * in the state of the store until it has arrived, so that nothing else has to keep it.
 */
import type { Clock, Timer } from '../../core/clock.js';
import type { NorthwardError } from '../../api/errors.js';
import { bytesOf, type OutgoingRecord } from '../../record/outgoing-record.js';
import type { DataGap, Store } from '../../store/port.js';
import type { Outbox } from '../delivery/outbox.js';
import type { Owner, OwnerSlots } from '../delivery/owner.js';
import type { Pending } from '../delivery/pending.js';

/** How often it is looked whether a gap is due, and when one that failed goes again, ms. */
const LOOK_EVERY_MS = 1_000;
const AGAIN_MS = 30_000;

export interface GapLink {
  /** A broker answers. */
  readonly connected: boolean;
  /** `null`: gaps are not sent. Throws a NorthwardError where no record can be made of it. */
  encodeGap(gap: DataGap): OutgoingRecord | null;
  onError(error: NorthwardError): void;
}

export class DataGaps implements Owner {
  readonly #clock: Clock;
  readonly #store: Store;
  readonly #outbox: Outbox;
  readonly #link: GapLink;
  /** On their way, or not to be tried before: monotonic ms. */
  readonly #notBefore = new Map<number, number>();
  #timer: Timer | undefined;
  #closed = false;

  constructor(clock: Clock, store: Store, outbox: Outbox, link: GapLink) {
    this.#clock = clock;
    this.#store = store;
    this.#outbox = outbox;
    this.#link = link;
  }

  /** Something has changed. Looks again from time to time, for as long as there are gaps. */
  look(): void {
    if (this.#closed || this.#timer !== undefined || this.#store.gaps.length === 0) return;
    // Before the store is open, nothing notes that one was sent.
    if (!this.#link.connected || this.#store.life === 0) return;
    this.#sendDue();
    if (this.#closed) return;
    this.#timer = this.#clock.inBackground(LOOK_EVERY_MS, () => {
      this.#timer = undefined;
      this.look();
    });
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  delivered(message: OwnerSlots): void {
    this.#store.acknowledgeGap(message.index);
    this.#notBefore.delete(message.index);
  }

  failed(message: OwnerSlots, error: NorthwardError): void {
    this.#notBefore.set(message.index, this.#clock.monotonic() + AGAIN_MS);
    if (!this.#closed) this.#link.onError(error);
  }

  keeps(_message: OwnerSlots, error: NorthwardError): boolean {
    return error.retryable && !this.#closed;
  }

  /** Its topic is parked, or the client is gone. */
  returned(message: OwnerSlots): void {
    this.#notBefore.set(message.index, this.#clock.monotonic() + AGAIN_MS);
    this.#outbox.release(message as Pending);
  }

  #sendDue(): void {
    const now = this.#clock.monotonic();
    const ids = new Set(this.#store.gaps.map(({ id }) => id));
    // One that has become part of another is not asked about any more.
    for (const id of this.#notBefore.keys()) if (!ids.has(id)) this.#notBefore.delete(id);
    for (const gap of this.#store.gaps) {
      if (this.#isBefore(gap) || (this.#notBefore.get(gap.id) ?? -Infinity) > now) continue;
      this.#notBefore.set(gap.id, Infinity);
      if (!this.#send(gap)) return;
    }
  }

  /** Something that came before it is not done yet. */
  #isBefore({ lane, before }: DataGap): boolean {
    const own = this.#store.lanes.find(({ name }) => name === lane);
    return own !== undefined && own.mark < before;
  }

  /** @returns false: gaps are not sent */
  #send(gap: DataGap): boolean {
    let record: OutgoingRecord | null;
    try {
      record = this.#link.encodeGap(gap);
    } catch (error) {
      // The ledger has it all the same.
      this.#store.acknowledgeGap(gap.id);
      this.#link.onError(error as NorthwardError);
      return true;
    }
    if (record === null) {
      this.close();
      return false;
    }
    const pending = this.#outbox.take();
    Object.assign(pending, record);
    pending.owner = this;
    pending.index = gap.id;
    pending.bytes = bytesOf(record);
    this.#outbox.submit(pending);
    return true;
  }
}
