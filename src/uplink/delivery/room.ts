/** Room for messages: what is taken, who waits for it, and what one topic may have of it. */
import type { QueueSize } from './limits.js';
import type { Pending, TopicQueue } from './pending.js';
import { Fifo } from '../../core/fifo.js';

/**
 * Messages accepted and not yet ended, and their bytes. A record counts as many as it holds events. `uplink.queue` bounds what is neither synced nor reported: what a store has
 * synced would be safe without memory, so it takes no room from what is in memory only. It has bounds of its own (contract §10); here
 * stands the last of them: with it, nothing enters beyond twice `uplink.queue`.
 */
export class Room {
  readonly #size: QueueSize;
  messages = 0;
  bytes = 0;
  /** Of these: synced. */
  #syncedMessages = 0;
  #syncedBytes = 0;

  constructor(size: QueueSize) {
    this.#size = size;
  }

  fits(pending: Pending): boolean {
    return this.fitsWithout(0, 0, pending);
  }

  /** Whether it would fit with so much less in there. */
  fitsWithout(messages: number, bytes: number, pending: Pending): boolean {
    const { maxMessages, maxBytes } = this.#size;
    const allMessages = this.messages - messages;
    const allBytes = this.bytes - bytes + pending.bytes;
    return (
      allMessages - this.#syncedMessages < maxMessages &&
      allBytes - this.#syncedBytes <= maxBytes &&
      allMessages < 2 * maxMessages &&
      allBytes <= 2 * maxBytes
    );
  }

  enter(pending: Pending): void {
    if (pending.counted) return;
    pending.counted = true;
    this.messages += pending.events;
    this.bytes += pending.bytes;
  }

  leave(pending: Pending): void {
    if (!pending.counted) return;
    pending.counted = false;
    this.messages -= pending.events;
    this.bytes -= pending.bytes;
    if (!pending.countedAsSynced) return;
    pending.countedAsSynced = false;
    this.#syncedMessages -= pending.events;
    this.#syncedBytes -= pending.bytes;
  }

  /** It is on disk, and stays in here. Fine when it is not counted. */
  synced(pending: Pending): void {
    if (!pending.counted || pending.countedAsSynced) return;
    pending.countedAsSynced = true;
    this.#syncedMessages += pending.events;
    this.#syncedBytes += pending.bytes;
  }

  describe(): string {
    const messages = this.messages - this.#syncedMessages;
    const bytes = this.bytes - this.#syncedBytes;
    return `${messages} of ${this.#size.maxMessages} messages, ${bytes} of ${this.#size.maxBytes} bytes`;
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
  /** So many callers, and bytes of theirs. */
  readonly #most: QueueSize;
  readonly #queue = new Fifo<Waiter>();
  #bytes = 0;

  constructor(most: QueueSize) {
    this.#most = most;
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
    const { maxMessages, maxBytes } = this.#most;
    if (this.size >= maxMessages || (this.size > 0 && this.#bytes + pending.bytes > maxBytes)) return false;
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
  readonly #size: Pick<QueueSize, 'maxMessages'>;

  constructor(size: Pick<QueueSize, 'maxMessages'>) {
    this.#size = size;
  }

  /** Messages that the client holds at once, at most, while topics are few. */
  get window(): number {
    return Math.min(this.#size.maxMessages, MAX_WINDOW);
  }

  /** The window with so many topics that send: few records for each of many make small requests. */
  windowFor(topics: number): number {
    const widest = Math.min(this.#size.maxMessages, WIDEST_WINDOW);
    return Math.max(this.window, Math.min(widest, topics * PER_TOPIC));
  }

  /** Messages of this queue in the client's hands. `othersWait`: another topic has something to send. */
  inFlight(queue: TopicQueue, othersWait: boolean): number {
    if (queue.trial) return 1;
    const { window } = this;
    if (!queue.proven) return Math.max(1, window >> 6);
    // Alone, a topic leaves a quarter for a newcomer.
    return Math.max(1, othersWait ? window >> 2 : window - (window >> 2));
  }

  /**
   * Whether a topic in doubt holds its share of the queue already. While others get through, a topic that
   * never did must not fill the queue that they need.
   */
  queueShareSpent(queue: TopicQueue, othersDeliver: boolean): boolean {
    if (!othersDeliver || queue.proven) return false;
    return queue.messages >= Math.max(1, this.#size.maxMessages >> 1);
  }
}
