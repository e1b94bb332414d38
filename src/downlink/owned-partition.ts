import type { TopicPartition } from '../kafka/consumer-port.js';
import type { Delivery } from './delivery.js';
import { OffsetTracker } from './offset-tracker.js';
import type { StartPosition } from './positions.js';
import type { TopicRoutes } from './routes.js';

/** A command in the host's hands, as far as the partition cares. */
export interface InHand {
  /** Its place in the list; -1 when it is in none. */
  slot: number;
  /** The partition is gone. */
  abandon(): void;
}

/** Commands in the host's hands. In and out without hashing: each one comes through here. */
export class HandList {
  readonly #items: InHand[] = [];

  get size(): number {
    return this.#items.length;
  }

  add(item: InHand): void {
    item.slot = this.#items.length;
    this.#items.push(item);
  }

  /** @returns false: it is not in the list. */
  remove(item: InHand): boolean {
    const { slot } = item;
    if (this.#items[slot] !== item) return false;
    const last = this.#items.pop();
    if (last !== undefined && last !== item) {
      this.#items[slot] = last;
      last.slot = slot;
    }
    item.slot = -1;
    return true;
  }

  /** Takes all out. */
  clear(): readonly InHand[] {
    const items = this.#items.splice(0);
    for (const item of items) item.slot = -1;
    return items;
  }
}

/** The last command of each key that is on its way; the others stand before it. */
export interface Lane {
  tail: Delivery;
}

/** A partition for the time of one assignment. */
export class OwnedPartition implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  /** The routes of its topic and their policies. */
  readonly routes: TopicRoutes;
  /** Goes with every commit. */
  readonly metadata: string;
  tracker: OffsetTracker;
  /** What the broker has confirmed; `null`: nothing. */
  committed: number | null;
  /** What was sent to be committed; not confirmed yet. */
  sent: number | null;
  readonly #gone = new AbortController();
  #revoked = false;
  /** The client was told not to read it. */
  paused = false;
  /** Too much is unfinished or held. */
  blocked = false;
  /** Commands waiting, and their bytes. */
  waiting = 0;
  waitingBytes = 0;
  readonly lanes = new Map<string, Lane>();
  readonly inHand = new HandList();

  constructor(start: StartPosition, routes: TopicRoutes) {
    this.topic = start.topic;
    this.partition = start.partition;
    this.routes = routes;
    this.metadata = start.metadata;
    this.tracker = new OffsetTracker(start.offset);
    this.committed = start.committed;
    this.sent = start.committed;
  }

  /** It was taken away: nothing of it counts any more. */
  get revoked(): boolean {
    return this.#revoked;
  }

  /** Aborts when it is taken away. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  revoke(): void {
    this.#revoked = true;
    this.#gone.abort();
  }

  get commits(): boolean {
    return this.routes.ackPolicy !== 'never';
  }

  /** Whether there is a mark that was not sent yet. */
  get moved(): boolean {
    return this.commits && this.tracker.mark !== this.sent;
  }
}
