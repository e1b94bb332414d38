/** Room for messages: what is taken, who waits for it, and what one topic may have of it. */
import type { Pending, TopicQueue } from './pending.js';
import { Fifo } from '../../core/fifo.js';

/**
 * Messages accepted and not yet ended, and their bytes. `uplink.queue` bounds what is neither synced nor reported: what a store has
 * synced would be safe without memory, so it takes no room from what is in memory only. It has bounds of its own (contract §10); here
 * stands the last of them: with it, nothing enters beyond twice `uplink.queue`.
 */
export class Room {
  readonly maxMessages: number;
  readonly maxBytes: number;
  messages = 0;
  bytes = 0;
  /** Of these: synced. */
  #syncedMessages = 0;
  #syncedBytes = 0;

  constructor(maxMessages: number, maxBytes: number) {
    this.maxMessages = maxMessages;
    this.maxBytes = maxBytes;
  }

  fits(pending: Pending): boolean {
    return this.fitsWithout(0, 0, pending);
  }

  /** Whether it would fit with so much less in there. */
  fitsWithout(messages: number, bytes: number, pending: Pending): boolean {
    const allMessages = this.messages - messages;
    const allBytes = this.bytes - bytes + pending.bytes;
    return (
      allMessages - this.#syncedMessages < this.maxMessages &&
      allBytes - this.#syncedBytes <= this.maxBytes &&
      allMessages < 2 * this.maxMessages &&
      allBytes <= 2 * this.maxBytes
    );
  }

  enter(pending: Pending): void {
    if (pending.counted) return;
    pending.counted = true;
    this.messages += 1;
    this.bytes += pending.bytes;
  }

  leave(pending: Pending): void {
    if (!pending.counted) return;
    pending.counted = false;
    this.messages -= 1;
    this.bytes -= pending.bytes;
    if (!pending.countedAsSynced) return;
    pending.countedAsSynced = false;
    this.#syncedMessages -= 1;
    this.#syncedBytes -= pending.bytes;
  }

  /** It is on disk, and stays in here. Fine when it is not counted. */
  synced(pending: Pending): void {
    if (!pending.counted || pending.countedAsSynced) return;
    pending.countedAsSynced = true;
    this.#syncedMessages += 1;
    this.#syncedBytes += pending.bytes;
  }

  describe(): string {
    const messages = this.messages - this.#syncedMessages;
    const bytes = this.bytes - this.#syncedBytes;
    return `${messages} of ${this.maxMessages} messages, ${bytes} of ${this.maxBytes} bytes`;
  }
}

interface Waiter {
  readonly pending: Pending;
  readonly deadline: number;
}

/**
 * Callers that wait for room (`uplink.queue.whenFull: wait`): first in, first out, bounded in number and bytes, each for
 * `waitMs` at most.
 */
export class Waiters {
  readonly #maxCallers: number;
  readonly #maxBytes: number;
  readonly #queue = new Fifo<Waiter>();
  #bytes = 0;

  constructor(maxCallers: number, maxBytes: number) {
    this.#maxCallers = maxCallers;
    this.#maxBytes = maxBytes;
  }

  get size(): number {
    return this.#queue.size;
  }

  /** Monotonic ms at which the first one's time is up. */
  get deadline(): number | null {
    return this.#queue.head?.deadline ?? null;
  }

  /** @returns false: no further caller may wait. */
  add(pending: Pending, deadline: number): boolean {
    if (this.size >= this.#maxCallers || (this.size > 0 && this.#bytes + pending.bytes > this.#maxBytes))
      return false;
    this.#queue.push({ pending, deadline });
    this.#bytes += pending.bytes;
    return true;
  }

  get head(): Pending | null {
    return this.#queue.head?.pending ?? null;
  }

  shift(): Pending | null {
    const waiter = this.#queue.shift();
    if (waiter === undefined) return null;
    this.#bytes -= waiter.pending.bytes;
    return waiter.pending;
  }
}

/** More in the client's hands brings nothing, and costs memory, unless there are many topics. */
const MAX_WINDOW = 8_192;
/** What each of many topics may add to a batch of its own. */
const PER_TOPIC = 4;
/** However many topics there are; librdkafka has room for so many. */
export const WIDEST_WINDOW = 65_536;

/** How much of the window and of the queue one topic may take (contract §7). Pure. */
export class Shares {
  /** Messages that the client holds at once, at most, while topics are few. */
  readonly window: number;
  readonly #widest: number;
  readonly #quarter: number;
  readonly #alone: number;
  readonly #unproven: number;
  readonly #unprovenQueue: number;

  constructor(maxMessages: number) {
    this.window = Math.min(maxMessages, MAX_WINDOW);
    this.#widest = Math.min(maxMessages, WIDEST_WINDOW);
    this.#quarter = Math.max(1, this.window >> 2);
    // Alone, a topic leaves a quarter for a newcomer.
    this.#alone = Math.max(1, this.window - (this.window >> 2));
    this.#unproven = Math.max(1, this.window >> 6);
    this.#unprovenQueue = Math.max(1, maxMessages >> 1);
  }

  /** The window with so many topics that send: few records for each of many make small requests. */
  windowFor(topics: number): number {
    return Math.max(this.window, Math.min(this.#widest, topics * PER_TOPIC));
  }

  /** Messages of this queue in the client's hands. `othersWait`: another topic has something to send. */
  inFlight(queue: TopicQueue, othersWait: boolean): number {
    if (queue.trial) return 1;
    if (!queue.proven) return this.#unproven;
    return othersWait ? this.#quarter : this.#alone;
  }

  /**
   * Whether a topic in doubt holds its share of the queue already. While others get through, a topic that
   * never did must not fill the queue that they need.
   */
  queueShareSpent(queue: TopicQueue, othersDeliver: boolean): boolean {
    return othersDeliver && !queue.proven && queue.waiting + queue.inFlight >= this.#unprovenQueue;
  }
}
