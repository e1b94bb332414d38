/** How much of the window and of the queue one topic may take (contract §7). Pure. */
import type { Lane } from './lane.js';

/** More in the client's hands brings nothing, and costs memory. */
const MAX_WINDOW = 8_192;

export class Shares {
  /** Messages that the client holds at once, at most. */
  readonly window: number;
  readonly #quarter: number;
  readonly #alone: number;
  readonly #unproven: number;
  readonly #unprovenQueue: number;

  constructor(maxMessages: number) {
    this.window = Math.min(maxMessages, MAX_WINDOW);
    this.#quarter = Math.max(1, this.window >> 2);
    // Alone, a topic leaves a quarter for a newcomer.
    this.#alone = Math.max(1, this.window - (this.window >> 2));
    this.#unproven = Math.max(1, this.window >> 6);
    this.#unprovenQueue = Math.max(1, maxMessages >> 1);
  }

  /** Messages of this lane in the client's hands. `othersWait`: another topic has something to send. */
  inFlight(lane: Lane, othersWait: boolean): number {
    if (lane.trial) return 1;
    if (!lane.proven) return this.#unproven;
    return othersWait ? this.#quarter : this.#alone;
  }

  /**
   * Whether a topic in doubt holds its share of the queue already. While others get through, a topic that
   * never did must not fill the queue that they need.
   */
  queueShareSpent(lane: Lane, othersDeliver: boolean): boolean {
    return othersDeliver && !lane.proven && lane.waiting + lane.inFlight >= this.#unprovenQueue;
  }
}
