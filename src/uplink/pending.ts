/** One accepted message, from acceptance to its outcome. */
import type { NorthwardError } from '../errors.js';
import type { OutboundKind } from '../kafka/ports.js';
import type { Id, Receipt } from '../model.js';
import type { Lane } from './lane.js';
import type { RecordSlot, Route } from './mapping.js';

/** The value of a record that has none. */
export const TOMBSTONE = Buffer.alloc(0);

/** How one event of a batch ended. */
export type Outcome = Receipt | { readonly status: 'failed'; readonly error: NorthwardError };

/** Takes the outcomes of a batch, by the place of the event in it. */
export interface BatchSink {
  settle(index: number, outcome: Outcome): void;
}

export const IDLE = 0;
/** Waits here; the client does not hold it. */
export const WAITING = 1;
/** The client holds it; a report will come. */
export const SENT = 2;
/** Its report came; the caller is told in the next turn. */
export const REPORTED = 3;

/**
 * The record of one message. Pooled: the id is its place in the pool and the opaque value of its delivery
 * report, so nothing has to be looked up or created per message.
 */
export class Pending implements RecordSlot {
  readonly id: number;
  state: typeof IDLE | typeof WAITING | typeof SENT | typeof REPORTED = IDLE;
  route: Route | null = null;
  value: Buffer | null = null;
  timestampMs = 0;
  kind: OutboundKind = 'telemetry';
  deviceId: Id = 0;
  deviceName = '';
  /** What it counts against `uplink.queue.maxBytes`. */
  bytes = 0;
  /** Order of acceptance, over all topics. */
  sequence = 0;
  /** Monotonic ms. */
  acceptedAt = 0;
  /** Handed to a client that died: it may have arrived. */
  resent = false;
  lane: Lane | null = null;
  /** Of the delivery report. */
  errorCode = 0;
  partition = -1;
  offset: number | null = null;
  /** Where the outcome goes: the caller's promise, or a place in a batch. */
  promise: Promise<Receipt> | null = null;
  resolve: ((receipt: Receipt) => void) | null = null;
  reject: ((error: NorthwardError) => void) | null = null;
  batch: BatchSink | null = null;
  batchIndex = 0;
  /** Next in its lane. */
  next: Pending | null = null;
  /** Neighbours among all that wait, oldest first. */
  older: Pending | null = null;
  newer: Pending | null = null;

  constructor(id: number) {
    this.id = id;
  }

  /** It will wait: a copy of its own lets go of the large block that it was written to. */
  keep(): void {
    if (this.value !== null) this.value = Buffer.from(this.value);
  }

  /** Lets go of everything, so that nothing outlives the message. */
  clear(): void {
    this.state = IDLE;
    this.route = null;
    this.value = null;
    this.lane = null;
    this.promise = null;
    this.resolve = null;
    this.reject = null;
    this.batch = null;
    this.next = null;
    this.resent = false;
  }
}

/** Pending records to take and give back; grows to the number in use at once. */
export class PendingPool {
  readonly #all: Pending[] = [];
  readonly #free: Pending[] = [];

  take(): Pending {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    const pending = new Pending(this.#all.length);
    this.#all.push(pending);
    return pending;
  }

  give(pending: Pending): void {
    pending.clear();
    this.#free.push(pending);
  }

  /** The record of a delivery report. */
  at(id: number): Pending | undefined {
    return this.#all[id];
  }

  /** All that a client holds, in the order of acceptance. */
  sent(): Pending[] {
    return this.#all.filter((p) => p.state === SENT).sort((a, b) => a.sequence - b.sequence);
  }
}

/** All that wait, over all topics, oldest first: time-outs and `drop_oldest` look at its head only. */
export class WaitingList {
  #oldest: Pending | null = null;
  #newest: Pending | null = null;
  #size = 0;
  #bytes = 0;

  get oldest(): Pending | null {
    return this.#oldest;
  }

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  append(pending: Pending): void {
    this.#insertAfter(this.#newest, pending);
  }

  /** Puts messages of a dead client back where they stood. `lost`: oldest first. */
  putBack(lost: readonly Pending[]): void {
    let older = this.#newest;
    for (const pending of lost.toReversed()) {
      while (older !== null && older.sequence > pending.sequence) older = older.older;
      this.#insertAfter(older, pending);
    }
  }

  #insertAfter(older: Pending | null, pending: Pending): void {
    const newer = older === null ? this.#oldest : older.newer;
    pending.older = older;
    pending.newer = newer;
    if (older === null) this.#oldest = pending;
    else older.newer = pending;
    if (newer === null) this.#newest = pending;
    else newer.older = pending;
    this.#size += 1;
    this.#bytes += pending.bytes;
  }

  remove(pending: Pending): void {
    if (pending.older === null) this.#oldest = pending.newer;
    else pending.older.newer = pending.newer;
    if (pending.newer === null) this.#newest = pending.older;
    else pending.newer.older = pending.older;
    pending.older = null;
    pending.newer = null;
    this.#size -= 1;
    this.#bytes -= pending.bytes;
  }
}
