/**
 * Topics known to be missing or forbidden: messages for them fail fast, for as long as the broker's word is fresh. A later
 * message asks again, and waits for the answer (contract §7.3). Where missing topics are made, messages wait for that instead.
 */
import type { Clock, Timer } from '../../core/clock.js';
import type { NorthwardError } from '../../api/errors.js';
import type { Pending, TopicQueue } from './pending.js';
import { errorFor } from './receipts.js';

const ASK_EVERY_MS = 3_000;

export interface TopicFaultsHooks {
  /** Ask the broker; the answer goes to `answer()`. */
  readonly ask: (topic: string) => void;
  /** This message waited for the topic, and ends with it. */
  readonly ended: (pending: Pending, error: NorthwardError) => void;
  /** The topic is there: what waited for that may go. */
  readonly found: (queue: TopicQueue) => void;
}

/** Why a missing topic is not made, and what helps. */
export interface NotMade {
  readonly because: string;
  readonly hint: string;
}

export class TopicFaults {
  readonly #clock: Clock;
  readonly #hooks: TopicFaultsHooks;
  /** Whoever is asked about a missing topic makes it. */
  readonly #makes: boolean;
  /** Asked about in vain: no broker answered. */
  readonly #unanswered = new Set<TopicQueue>();
  #askAgain: Timer | undefined;

  constructor(clock: Clock, makes: boolean, hooks: TopicFaultsHooks) {
    this.#clock = clock;
    this.#makes = makes;
    this.#hooks = hooks;
  }

  /** The error of a message for a topic in this state; `null`: go on, though it may have to wait for an answer. */
  refusal(pending: Pending, queue: TopicQueue): NorthwardError | null {
    const { broken } = queue;
    if (broken === null || broken.asking) return null;
    if (this.#clock.monotonic() >= broken.askAt) {
      broken.asking = true;
      this.#hooks.ask(queue.topic);
      return null;
    }
    const state = broken.code === 'TOPIC_NOT_FOUND' ? 'does not exist' : 'may not be written to';
    const notMade = broken.notMade === null ? '' : `, and is not made (${broken.notMade})`;
    const detail = `the topic ${state}${notMade}, as the broker said less than ${ASK_EVERY_MS} ms ago; a later message asks again`;
    return errorFor(pending, broken.code, detail, undefined, broken.hint);
  }

  /**
   * A record failed because of its topic.
   * @returns whether it waits for the topic to be made, which is asked for. Found and missing again, that is asked for after a while.
   */
  waits(queue: TopicQueue, { code, hint }: NorthwardError): boolean {
    if (!this.#makes || code !== 'TOPIC_NOT_FOUND') return false;
    if (queue.broken !== null) return queue.broken.asking;
    queue.proven = false;
    queue.trial = false;
    queue.failures += 1;
    queue.broken = { code, hint, notMade: null, askAt: 0, asking: true };
    if (queue.failures === 1) this.#hooks.ask(queue.topic);
    else this.#askLater(queue);
    return true;
  }

  /** A record failed because of its topic, and so does what waits for it: one bad topic never holds up the others. */
  fault(queue: TopicQueue, { code, hint }: NorthwardError): void {
    queue.proven = false;
    queue.trial = false;
    const askAt = this.#clock.monotonic() + ASK_EVERY_MS;
    queue.broken ??= { code, hint, notMade: null, askAt, asking: false };
    this.#endWaiting(queue);
  }

  /** The broker's answer; `null`: none came, so it is asked again for as long as messages wait. @param notMade it was asked to make it */
  answer(queue: TopicQueue, exists: boolean | null, notMade: NotMade | null): void {
    if (queue.broken === null) return;
    if (exists === null) {
      this.#askLater(queue);
    } else if (exists) {
      queue.broken = null;
      queue.trial = true;
      this.#hooks.found(queue);
    } else {
      queue.broken.asking = false;
      if (notMade !== null) {
        queue.broken.notMade = notMade.because;
        queue.broken.hint = notMade.hint;
      }
      queue.broken.askAt = this.#clock.monotonic() + ASK_EVERY_MS;
      this.#endWaiting(queue);
    }
  }

  /** Lets go of its timer. */
  close(): void {
    this.#askAgain?.cancel();
    this.#askAgain = undefined;
    this.#unanswered.clear();
  }

  #askLater(queue: TopicQueue): void {
    this.#unanswered.add(queue);
    this.#askAgain ??= this.#clock.after(ASK_EVERY_MS, this.#askUnanswered);
  }

  /** Unless the broker is being asked. */
  #endWaiting(queue: TopicQueue): void {
    for (let head = queue.head; head !== null; head = queue.head) {
      const error = this.refusal(head, queue);
      if (error === null) return;
      this.#hooks.ended(head, error);
    }
  }

  readonly #askUnanswered = (): void => {
    this.#askAgain = undefined;
    const queues = [...this.#unanswered];
    this.#unanswered.clear();
    for (const queue of queues) {
      if (queue.broken === null) continue;
      if (queue.head === null) queue.broken.asking = false;
      else this.#hooks.ask(queue.topic);
    }
  };
}
