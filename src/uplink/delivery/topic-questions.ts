/**
 * Asks the brokers whether they have a topic, and lets those that are missing be made where `topics.create` is on
 * (contract §7.3): each once, some at a time. The answer comes when it is there with a leader for each partition.
 */
import type { Clock, Timer } from '../../core/clock.js';
import type { ResolvedTopics } from '../../config/resolved-config.js';
import type { ProducerPort } from '../../kafka/port/ports.js';
import type { TopicCreator } from '../../kafka/port/topic-creator.js';

const LOOK_TIMEOUT_MS = 2_000;
const CREATE_TIMEOUT_MS = 5_000;
/** Topics that are made at once; the others stand in line. */
const AT_A_TIME = 8;
/** The brokers learn of a new topic one after the other. */
const LOOK_AGAIN_MS = 100;
const LOOKS = 50;

/** The word of a broker. */
export interface TopicAnswer {
  /** 0: there is no such topic. */
  readonly partitions: number;
  /** Each partition has a leader. */
  readonly led: boolean;
}

export interface TopicQuestionsHooks {
  /** The client of the moment; `null`: there is none. */
  readonly port: () => ProducerPort | null;
  /** `null`: nobody answered. */
  readonly answered: (topic: string, answer: TopicAnswer | null) => void;
  /** It is missing, and is not made. */
  readonly refused: (topic: string, because: string) => void;
  readonly made: (topic: string, partitions: number | null) => void;
}

export class TopicQuestions {
  readonly #clock: Clock;
  readonly #wanted: ResolvedTopics;
  readonly #hooks: TopicQuestionsHooks;
  /** Topics that are being made, or stand in line for that. */
  readonly #making = new Set<string>();
  readonly #line: Array<() => void> = [];
  #creating = 0;
  readonly #pauses = new Map<() => void, Timer>();
  #closed = false;

  constructor(clock: Clock, wanted: ResolvedTopics, hooks: TopicQuestionsHooks) {
    this.#clock = clock;
    this.#wanted = wanted;
    this.#hooks = hooks;
  }

  /** The answer goes to `answered()` or `refused()`. A topic that is being made already is answered once. Never rejects. */
  async ask(topic: string): Promise<void> {
    if (this.#making.has(topic)) return;
    const answer = await this.#look(topic);
    if (answer?.partitions !== 0 || !this.#wanted.create) this.#answer(topic, answer);
    else if (!this.#making.has(topic)) await this.#make(topic);
  }

  /** No answer comes any more, and no timer is left. */
  close(): void {
    this.#closed = true;
    for (const goOn of this.#line.splice(0)) goOn();
    for (const [goOn, timer] of this.#pauses) {
      timer.cancel();
      goOn();
    }
    this.#pauses.clear();
  }

  #answer(topic: string, answer: TopicAnswer | null): void {
    if (!this.#closed) this.#hooks.answered(topic, answer);
  }

  /** @returns `null`: nobody answered */
  async #look(topic: string): Promise<TopicAnswer | null> {
    try {
      const cluster = await this.#hooks.port()?.metadata(LOOK_TIMEOUT_MS, topic);
      if (cluster === undefined) return null;
      return { partitions: cluster.topics.get(topic) ?? 0, led: !cluster.leaderless.has(topic) };
    } catch {
      return null;
    }
  }

  async #make(topic: string): Promise<void> {
    this.#making.add(topic);
    const creation = await this.#inTurn((creator) =>
      creator.createTopic({ topic, ...this.#wanted }, CREATE_TIMEOUT_MS),
    );
    if (creation === null) {
      this.#making.delete(topic);
      this.#answer(topic, null);
    } else if (typeof creation === 'object') {
      this.#making.delete(topic);
      if (!this.#closed) this.#hooks.refused(topic, creation.refused);
    } else {
      const answer = await this.#lookUntilThere(topic);
      this.#making.delete(topic);
      if (creation === 'made') this.#hooks.made(topic, answer?.partitions ?? this.#wanted.partitions);
      this.#answer(topic, answer);
    }
  }

  /** @returns `null`: nobody answered, or there is no client */
  async #inTurn<T>(ask: (creator: TopicCreator) => Promise<T>): Promise<T | null> {
    if (this.#creating >= AT_A_TIME) await new Promise<void>((resolve) => this.#line.push(resolve));
    else this.#creating += 1;
    try {
      const creator = this.#closed ? undefined : this.#hooks.port()?.creator;
      return creator === undefined ? null : await ask(creator);
    } catch {
      return null;
    } finally {
      const next = this.#line.shift();
      if (next === undefined) this.#creating -= 1;
      else next(); // hands its place on
    }
  }

  /** @returns `null`: no broker says that it is there and led */
  async #lookUntilThere(topic: string): Promise<TopicAnswer | null> {
    for (let looks = 0; looks < LOOKS && !this.#closed; looks += 1) {
      const answer = await this.#look(topic);
      if (answer === null) return null;
      if (answer.partitions > 0 && answer.led) return answer;
      await this.#pause();
    }
    return null;
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#closed) {
        resolve();
        return;
      }
      const goOn = (): void => {
        this.#pauses.delete(goOn);
        resolve();
      };
      this.#pauses.set(goOn, this.#clock.after(LOOK_AGAIN_MS, goOn));
    });
  }
}
