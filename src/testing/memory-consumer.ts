/** A consumer port in memory: a group of one, with topics that are filled and taken away as told. */
import { systemClock, type Clock } from '../core/clock.js';
import { ConnectionError } from '../api/errors.js';
import { commitAnswer } from '../kafka/port/codes.js';
import type {
  CommitMark,
  Consumed,
  ConsumerListener,
  ConsumerPort,
  ConsumerSource,
  TopicPartition,
} from '../kafka/port/consumer-port.js';
import { MemoryConsumerPort, type MemoryGroup } from './memory-consumer-port.js';
import { MemoryLog, nameOf, type NewRecord } from './memory-log.js';

export interface MemoryConsumerOptions {
  readonly clock?: Clock;
  /** How long `consume()` waits where nothing comes. */
  readonly idleMs?: number;
  /** Whether records below the committed offset are let go. */
  readonly forgets?: boolean;
}

const IDLE_MS = 500;

export class MemoryConsumers implements ConsumerSource, MemoryGroup {
  readonly committed = new Map<string, { offset: number; metadata: string; leaderEpoch?: number | null }>();
  /** Whether the broker tells the ids of topics. */
  tellsTopicIds = true;
  /** Whether a broker answers. */
  up = true;
  opened = 0;
  port: MemoryConsumerPort | null = null;
  listener: ConsumerListener | null = null;
  readonly clock: Clock;
  readonly idleMs: number;
  readonly #forgets: boolean;
  #unanswered: CommitMark[][] = [];
  /** Closing clients that wait for the answers. */
  #whenAnswered: Array<() => void> = [];
  readonly #logs = new Map<string, MemoryLog>();
  /** How often a topic was created again. */
  readonly #lives = new Map<string, number>();

  constructor(options: MemoryConsumerOptions = {}) {
    this.clock = options.clock ?? systemClock();
    this.idleMs = options.idleMs ?? IDLE_MS;
    this.#forgets = options.forgets ?? false;
  }

  open(listener: ConsumerListener): Promise<ConsumerPort> {
    this.opened += 1;
    this.listener = listener;
    this.port = new MemoryConsumerPort(this, listener);
    return Promise.resolve(this.port);
  }

  changed(): Promise<boolean> {
    return Promise.resolve(false);
  }

  countOf(_topic: string): number {
    return 1;
  }

  log(place: TopicPartition): MemoryLog {
    const name = nameOf(place);
    let log = this.#logs.get(name);
    if (log === undefined) {
      log = new MemoryLog();
      this.#logs.set(name, log);
    }
    return log;
  }

  /** Appends a record. @returns its offset */
  produce(topic: string, record: NewRecord, partition = 0): number {
    const place = { topic, partition };
    const offset = this.log(place).append(place, record, this.clock.now());
    this.port?.wake();
    return offset;
  }

  topicId(topic: string): string | undefined {
    return this.tellsTopicIds ? `id-${topic}-${this.#lives.get(topic) ?? 0}` : undefined;
  }

  /** The topic was deleted and created again, which erases what is committed of it. */
  recreate({ topic }: TopicPartition): void {
    this.#lives.set(topic, (this.#lives.get(topic) ?? 0) + 1);
    for (const name of [...this.#logs.keys(), ...this.committed.keys()]) {
      if (!name.startsWith(`${topic} `)) continue;
      this.#logs.set(name, new MemoryLog());
      this.committed.delete(name);
    }
  }

  /** The broker is back: what was asked of it meanwhile is done. */
  connect(): void {
    this.port?.join();
    this.port?.wake();
    this.#answerSoon();
  }

  async answer<T>(timeoutMs: number, answer: () => T): Promise<T> {
    await Promise.resolve();
    if (this.up) return answer();
    throw new ConnectionError('REQUEST_TIMEOUT', `No broker answered within ${timeoutMs} ms`);
  }

  // --- what the port asks

  get gives(): boolean {
    return this.up;
  }

  failure(): Consumed['failure'] {
    return null;
  }

  get flows(): boolean {
    return this.up;
  }

  commit(marks: CommitMark[]): void {
    this.#unanswered.push(marks);
    this.#answerSoon();
  }

  answerCommits(): void {
    const requests = this.#unanswered;
    this.#unanswered = [];
    for (const marks of requests) {
      const whole = this.commitError();
      const codes = marks.map((mark) => whole || this.refusal(mark));
      this.#store(marks.filter((_, index) => codes[index] === 0));
      // As with the real client, one error stands for the whole request.
      const told = codes.findLast((code) => code !== 0) ?? 0;
      this.listener?.onCommitAnswer(commitAnswer(told, marks.length), marks);
    }
    for (const answered of this.#whenAnswered.splice(0)) answered();
  }

  /** Whether commits are answered. */
  protected get answersCommits(): boolean {
    return this.up;
  }

  /** What the next commit is answered with: 0, or librdkafka's error code. */
  protected commitError(): number {
    return 0;
  }

  /** What the broker says to one of its partitions: 0, or librdkafka's error code. */
  protected refusal(_place: TopicPartition): number {
    return 0;
  }

  /** The real client is not closed either while a commit has no answer. */
  closing(): Promise<void> {
    if (this.#unanswered.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#whenAnswered.push(resolve);
    });
  }

  #answerSoon(): void {
    this.clock.soon(() => {
      if (this.answersCommits) this.answerCommits();
    });
  }

  #store(marks: readonly CommitMark[]): void {
    for (const mark of marks) {
      this.committed.set(nameOf(mark), {
        offset: mark.offset,
        metadata: mark.metadata,
        leaderEpoch: mark.leaderEpoch,
      });
      if (this.#forgets) this.log(mark).forget(mark.offset);
    }
  }
}
