/** Several events in one record, as the outbox knows it (contract §12). */
import { bytesOf } from '../../record/outgoing-record.js';
import { eventsIn, somePacked, valueOfEvents } from '../../record/packed-events.js';
import type { DeliveryFailure } from '../../kafka/port/ports.js';
import { messageIdAfter } from '../../store/port.js';
import type { Pending } from './pending.js';
import type { PendingPool } from './pending-pool.js';
import type { Room } from './room.js';

/** Where accepted messages wait for others to share a record with. */
export interface Packing {
  /** The message is accepted, and counted in the room: it goes on by `PackingHooks.goesOn()`, alone or in a record, at once or later. */
  accepted(pending: Pending): void;
  /** There is no room for a further message. What this closes may make some. */
  full(): void;
  /** Mappings may be others from now on: what they make mixes with nothing of the former ones. */
  changed(): void;
  /** Nothing waits any longer for others. */
  closeAll(): void;
  /** The same, and from now on nothing waits at all. */
  end(): void;
}

/** What it needs of the outbox. */
export interface PackingHooks {
  readonly take: () => Pending;
  readonly release: (pending: Pending) => void;
  /** The record stands for these messages: it takes their room. */
  readonly replace: (messages: readonly Pending[], record: Pending) => void;
  /** It goes on: to the store, or to be sent. */
  readonly goesOn: (pending: Pending) => void;
  /** Records have closed in a turn of their own: one takes less room than its events, and may be refused. */
  readonly roomMade: () => void;
}

export type MakePacking = (hooks: PackingHooks) => Packing;

/** Halves of a record stand in the order of acceptance between it and the next message: no more events are in one. */
const SHARES = 1_001;

/** Puts messages together, where that is wanted, and takes records apart: one bad event does not take the others with it. */
export class PackedRecords {
  readonly #pool: PendingPool;
  readonly #room: Room;
  readonly #packing: Packing | null;
  readonly #goesOn: (pending: Pending) => void;
  readonly #roomMade: () => void;

  /** @param make `null`: nothing is put together, though there may be records of a former life */
  constructor(
    pool: PendingPool,
    room: Room,
    make: MakePacking | null,
    goesOn: (pending: Pending) => void,
    roomMade: () => void,
  ) {
    this.#pool = pool;
    this.#room = room;
    this.#goesOn = goesOn;
    this.#roomMade = roomMade;
    this.#packing = make === null ? null : make(this.#hooks());
  }

  accepted(pending: Pending): void {
    if (this.#packing === null) this.#goesOn(pending);
    else this.#packing.accepted(pending);
  }

  changed(): void {
    this.#packing?.changed();
  }

  full(): void {
    this.#packing?.full();
  }

  closeAll(): void {
    this.#packing?.closeAll();
  }

  end(): void {
    this.#packing?.end();
  }

  #hooks(): PackingHooks {
    return {
      take: () => this.#pool.take(),
      release: (pending) => {
        this.#pool.give(pending);
      },
      replace: (messages, record) => {
        for (const message of messages) this.#room.leave(message);
        this.#room.enter(record);
      },
      goesOn: this.#goesOn,
      roomMade: this.#roomMade,
    };
  }

  /** Whether parts of it may arrive where the whole did not: a broker or the client refuses it for what it is. */
  mayArriveInParts({ events, owner }: Pending, failure: DeliveryFailure | null): boolean {
    if (events === 1 || failure === null || owner.divided === undefined) return false;
    return failure.refusal !== null || failure.code === 'MESSAGE_TOO_LARGE';
  }

  /** @returns its halves, which take its place */
  divide(whole: Pending): [Pending, Pending] {
    const halves: [Pending, Pending] = [this.#pool.take(), this.#pool.take()];
    const middle = whole.events >> 1;
    fillPart(halves[0], whole, 0, middle);
    fillPart(halves[1], whole, middle, whole.events);
    const isSynced = whole.countedAsSynced;
    this.#room.leave(whole);
    for (const half of halves) {
      this.#room.enter(half);
      if (isSynced) this.#room.synced(half);
    }
    whole.owner.divided?.(whole, ...halves);
    this.#pool.give(whole);
    return halves;
  }
}

function fillPart(part: Pending, whole: Pending, from: number, to: number): void {
  const { packed } = whole;
  if (packed === null) throw new Error('a record of one event has no parts');
  part.copyOf(whole);
  part.value = whole.value === null ? null : valueOfEvents(whole.value, packed, from, to);
  part.packed = somePacked(packed, from, to);
  part.events = eventsIn(part.packed);
  part.timestampMs = packed.timestamps[from] ?? whole.timestampMs;
  part.bytes = bytesOf(part);
  part.messageId = messageIdAfter(whole.messageId, from);
  part.sequence = whole.sequence + from / SHARES;
  part.number = whole.number === 0 ? 0 : whole.number + from;
}
