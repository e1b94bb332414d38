/**
 * Asks the brokers about parked topics, whether anybody publishes to them or not: every 3 s at first, growing to 30 s. However
 * many are parked, few questions are on their way at a time, and few are asked a second.
 */
import type { Clock, Timer } from '../../core/clock.js';
import { growingWait } from '../../core/backoff.js';
import type { TopicQueue } from './pending.js';

const FIRST_MS = 3_000;
const LONGEST_MS = 30_000;
const ROUND_MS = 500;
/** Each holds a thread of libuv's pool while no broker answers. */
const AT_A_TIME = 2;
const PER_ROUND = 16;

interface Question {
  /** Monotonic ms. */
  askAt: number;
  /** Answers in vain, since something arrived there. */
  vain: number;
}

export class ParkedQuestions {
  readonly #clock: Clock;
  readonly #makes: boolean;
  readonly #ask: (topic: string) => void;
  readonly #found: (queue: TopicQueue) => void;
  /** In turn: whoever is asked about goes to the end. */
  readonly #questions = new Map<TopicQueue, Question>();
  readonly #asking = new Set<TopicQueue>();
  /** No broker answers: nobody is asked about before. Monotonic ms. */
  #notBefore = 0;
  #left = PER_ROUND;
  #round: Timer | undefined;

  /** @param makes whoever is asked about a missing topic makes it */
  constructor(
    clock: Clock,
    makes: boolean,
    ask: (topic: string) => void,
    found: (queue: TopicQueue) => void,
  ) {
    this.#clock = clock;
    this.#makes = makes;
    this.#ask = ask;
    this.#found = found;
  }

  /** @param vain how often it was parked or not found since something arrived */
  add(queue: TopicQueue, vain: number): void {
    // Where it is made, the answer is there soon.
    const wait = this.#makes && vain === 0 && queue.inFlight === 0 ? 0 : waitAfter(vain);
    this.#questions.set(queue, { vain, askAt: this.#clock.monotonic() + wait });
    this.#startRound();
  }

  /** @returns how often the answer was in vain */
  remove(queue: TopicQueue): number {
    const vain = this.#questions.get(queue)?.vain ?? 0;
    this.#questions.delete(queue);
    this.#asking.delete(queue);
    return vain;
  }

  /** The broker's answer; `null`: none came. */
  answer(queue: TopicQueue, ready: boolean | null): void {
    if (!this.#asking.delete(queue)) return;
    const question = this.#questions.get(queue);
    if (question === undefined) return;
    const now = this.#clock.monotonic();
    if (ready === null) this.#notBefore = now + FIRST_MS;
    else question.vain += 1;
    question.askAt = now + waitAfter(question.vain);
    if (ready === true) this.#found(queue);
    this.#askNext();
  }

  close(): void {
    this.#round?.cancel();
    this.#round = undefined;
    this.#questions.clear();
    this.#asking.clear();
  }

  #startRound(): void {
    if (this.#round !== undefined || this.#questions.size === 0) return;
    this.#round = this.#clock.inBackground(ROUND_MS, () => {
      this.#round = undefined;
      this.#left = PER_ROUND;
      this.#askNext();
      this.#startRound();
    });
  }

  #askNext(): void {
    const now = this.#clock.monotonic();
    if (now < this.#notBefore) return;
    for (const [queue, question] of this.#questions) {
      if (this.#left === 0 || this.#asking.size >= AT_A_TIME) return;
      if (question.askAt > now || this.#asking.has(queue)) continue;
      this.#left -= 1;
      this.#asking.add(queue);
      this.#questions.delete(queue);
      this.#questions.set(queue, question);
      this.#ask(queue.topic);
    }
  }
}

function waitAfter(vain: number): number {
  return growingWait(FIRST_MS, LONGEST_MS, vain + 1);
}
