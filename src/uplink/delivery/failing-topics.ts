/** Which topics take nothing at the moment, for `health()`: each from its first fault until a record of it arrives. */
import type { Clock } from '../../core/clock.js';
import type { NorthwardError } from '../../api/errors.js';
import type { TopicQueue } from './pending.js';

/** Where nobody publishes to it any more, and no store asks about it, the broker's word is too old. */
const FORGET_AFTER_MS = 600_000;
/** Topics remembered; then the first goes. */
const MOST = 1_000;

interface Failing {
  readonly queue: TopicQueue;
  readonly error: NorthwardError;
  /** Monotonic ms, of the first and the last fault. */
  readonly at: number;
  lastAt: number;
}

export class FailingTopics {
  readonly #clock: Clock;
  readonly #topics = new Map<string, Failing>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A record failed because of its topic, or the topic is silent. @returns whether that is news */
  note(queue: TopicQueue, error: NorthwardError): boolean {
    const now = this.#clock.monotonic();
    const known = this.#topics.get(queue.topic);
    this.#topics.set(queue.topic, { queue, error, at: known?.at ?? now, lastAt: now });
    if (this.#topics.size > MOST) {
      const [first] = this.#topics.keys();
      if (first !== undefined) this.#topics.delete(first);
    }
    return known?.error.message !== error.message;
  }

  /** A broker says once more that it does not exist. */
  again(topic: string): void {
    const known = this.#topics.get(topic);
    if (known !== undefined) known.lastAt = this.#clock.monotonic();
  }

  /** A record of it arrived. */
  arrived(topic: string): void {
    this.#topics.delete(topic);
  }

  get all(): readonly { readonly topic: string; readonly error: NorthwardError; readonly at: number }[] {
    const now = this.#clock.monotonic();
    for (const [topic, { queue, lastAt }] of this.#topics) {
      const stands = queue.parked || (queue.standing && queue.inFlight > 0);
      if (!stands && now - lastAt > FORGET_AFTER_MS) this.#topics.delete(topic);
    }
    return [...this.#topics].map(([topic, { error, at }]) => ({ topic, error, at }));
  }
}
