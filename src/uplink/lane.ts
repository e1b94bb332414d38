/**
 * One topic's messages, first in, first out: order holds within a lane, and no lane starves the others
 * (contract §7).
 */
import type { ErrorCode } from '../errors.js';
import type { BatchRefusals } from './batch-refusals.js';
import { FirstOffsets } from './first-offsets.js';
import type { Pending } from './pending.js';

/** The topic is known to be missing or forbidden. */
export interface BrokenLane {
  readonly code: ErrorCode;
  readonly hint: string;
  /** Monotonic ms from which the broker is asked again. */
  askAt: number;
  /** It was asked; messages wait for the answer. */
  asking: boolean;
}

export class Lane {
  readonly topic: string;
  head: Pending | null = null;
  #tail: Pending | null = null;
  /** Messages that the client holds. */
  inFlight = 0;
  waiting = 0;
  /** A record was delivered there since the topic was last in doubt. */
  proven = false;
  /** After a fault: one message at a time, until one arrives. */
  trial = false;
  broken: BrokenLane | null = null;
  refusals: BatchRefusals | null = null;
  /** Of the present client. */
  readonly firstOffsets = new FirstOffsets();
  /** Place in the ready queue. */
  queued = false;
  nextReady: Lane | null = null;

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

  prepend(pending: Pending): void {
    pending.next = this.head;
    this.head = pending;
    this.#tail ??= pending;
    this.waiting += 1;
  }

  shift(): void {
    const head = this.head;
    if (head === null) return;
    this.head = head.next;
    head.next = null;
    if (this.head === null) this.#tail = null;
    this.waiting -= 1;
  }

  arrived(): void {
    this.proven = true;
    this.trial = false;
  }

  get idle(): boolean {
    return this.head === null && this.inFlight === 0;
  }
}

/** Lanes that have something to send and may, in turn. */
export class ReadyQueue {
  #head: Lane | null = null;
  #tail: Lane | null = null;

  get head(): Lane | null {
    return this.#head;
  }

  push(lane: Lane): void {
    if (lane.queued) return;
    lane.queued = true;
    lane.nextReady = null;
    if (this.#tail === null) this.#head = lane;
    else this.#tail.nextReady = lane;
    this.#tail = lane;
  }

  shift(): void {
    const lane = this.#head;
    if (lane === null) return;
    this.#head = lane.nextReady;
    if (this.#head === null) this.#tail = null;
    lane.queued = false;
    lane.nextReady = null;
  }
}

/** Topics whose lanes are kept although nothing is on its way. */
const KEEP_IDLE = 10_000;

/** Lanes by topic. Bounded: idle ones are dropped when there are many. */
export class LaneTable {
  readonly #lanes = new Map<string, Lane>();
  #pruneAt = KEEP_IDLE;

  get(topic: string): Lane {
    const known = this.#lanes.get(topic);
    if (known !== undefined) return known;
    if (this.#lanes.size >= this.#pruneAt) this.#prune();
    const lane = new Lane(topic);
    this.#lanes.set(topic, lane);
    return lane;
  }

  values(): Iterable<Lane> {
    return this.#lanes.values();
  }

  #prune(): void {
    this.#drop((lane) => lane.broken === null);
    // Of topics that are missing or forbidden, the oldest go as well: their next message finds that out again.
    this.#drop(() => this.#lanes.size > KEEP_IDLE / 2);
    this.#pruneAt = Math.max(KEEP_IDLE, 2 * this.#lanes.size);
  }

  /** Idle lanes only, in the order in which they came. */
  #drop(when: (lane: Lane) => boolean): void {
    for (const [topic, lane] of this.#lanes) if (lane.idle && when(lane)) this.#lanes.delete(topic);
  }
}
