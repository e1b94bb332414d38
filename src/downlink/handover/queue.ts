/**
 * Commands that wait: for the host, for their turn behind an earlier one of their key, or for a back-off.
 * Bounded by number and bytes; what decides here is order only (contract §6).
 */
import type { Delivery, OwnedPartition } from '../group/partition.js';
import { Fifo } from '../../core/fifo.js';

/** What takes room in the queue. */
export interface Waiting {
  readonly partition: OwnedPartition;
  readonly bytes: number;
  /** It counts as waiting. */
  counted: boolean;
}

export interface QueueLimits {
  readonly maxQueued: number;
  readonly maxQueuedBytes: number;
}

export class DeliveryQueue {
  readonly #limits: QueueLimits;
  readonly #ready = new Fifo<Delivery>();
  /** Those that were handed out before go first: what waits for them is older. */
  readonly #again = new Fifo<Delivery>();
  #commands = 0;
  #bytes = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  get commands(): number {
    return this.#commands;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get full(): boolean {
    return this.#commands >= this.#limits.maxQueued || this.#bytes >= this.#limits.maxQueuedBytes;
  }

  /** Half of the room is free again. */
  get halfEmpty(): boolean {
    return this.#commands <= this.#limits.maxQueued / 2 && this.#bytes <= this.#limits.maxQueuedBytes / 2;
  }

  /** How many more commands of about `bytes` each there is room for. */
  room(bytes: number): number {
    if (this.full) return 0;
    const byBytes = Math.floor((this.#limits.maxQueuedBytes - this.#bytes) / Math.max(1, bytes));
    return Math.max(1, Math.min(this.#limits.maxQueued - this.#commands, byBytes));
  }

  /** A new command. @returns whether it is first of its key; otherwise it waits for those before it. */
  arrive(delivery: Delivery): boolean {
    this.count(delivery);
    const { lane, partition } = delivery;
    if (lane === null) return true;
    const before = partition.lanes.enter(lane, delivery);
    if (before === null) return true;
    before.next = delivery;
    return false;
  }

  /** It counts as waiting from now on. */
  count(waiting: Waiting): void {
    if (waiting.counted) return;
    waiting.counted = true;
    this.#commands += 1;
    this.#bytes += waiting.bytes;
    waiting.partition.waiting += 1;
    waiting.partition.waitingBytes += waiting.bytes;
  }

  /** It no longer waits. */
  uncount(waiting: Waiting): void {
    if (!waiting.counted) return;
    waiting.counted = false;
    if (waiting.partition.revoked) return; // counted off with the partition
    this.#commands -= 1;
    this.#bytes -= waiting.bytes;
    waiting.partition.waiting -= 1;
    waiting.partition.waitingBytes -= waiting.bytes;
  }

  /** It may be handed out. */
  offer(delivery: Delivery): void {
    (delivery.attempts > 0 ? this.#again : this.#ready).push(delivery);
  }

  /** The next one for the host; it no longer waits. */
  take(): Delivery | undefined {
    const delivery = this.#again.shift() ?? this.#ready.shift();
    if (delivery !== undefined) this.uncount(delivery);
    return delivery;
  }

  /** It has its final outcome. @returns the next one of its key. */
  finish(delivery: Delivery): Delivery | null {
    this.uncount(delivery);
    const { lane, next, partition } = delivery;
    if (lane !== null && next === null) partition.lanes.leave(lane);
    delivery.next = null;
    return next;
  }

  /** The partition is gone, and all of it with it. */
  drop(partition: OwnedPartition): void {
    this.#commands -= partition.waiting;
    this.#bytes -= partition.waitingBytes;
    partition.waiting = 0;
    partition.waitingBytes = 0;
    partition.lanes.clear();
    const wanted = (delivery: Delivery): boolean => delivery.partition !== partition;
    this.#ready.keep(wanted);
    this.#again.keep(wanted);
  }
}
