/** The consumer port of the test double, with faults that only the tests of the library itself need. */
import { ConnectionError } from '../../src/api/errors.js';
import type {
  CommitMark,
  Consumed,
  ConsumerListener,
  ConsumerPort,
  TopicPartition,
} from '../../src/kafka/port/consumer-port.js';
import { consumeFailure } from '../../src/kafka/port/codes.js';
import { MemoryConsumers } from '../../src/testing/memory-consumer.js';

export class FaultyConsumers extends MemoryConsumers {
  /** Every commit that came, answered or not. */
  readonly commits: CommitMark[][] = [];
  /** What the next commits are answered with; 0 when it is empty. */
  commitErrors: number[] = [];
  /** Partitions whose commits are refused, by `topic partition`, with librdkafka's error code. */
  readonly refused = new Map<string, number>();
  /** Commits are not answered until `answerCommits()`. */
  holdCommits = false;
  /** Topics whose commits are refused: one error stands for the whole request. */
  readonly forbidden = new Set<string>();
  /** Whether `subscribe()` is followed by an assignment of all partitions. */
  assigns = true;
  /** Leaving the group never ends, as with no broker there. */
  closeHangs = false;
  openFailure: Error | null = null;
  /** Nobody answers what is asked: positions, metadata. */
  silent = false;
  closed = 0;
  consumes = 0;
  subscriptions = 0;
  /** Every `pause()` of partitions that came. */
  readonly pauses: (readonly TopicPartition[])[] = [];
  /** The next `consume()` answers with these; the codes are librdkafka's. */
  readonly failures: { code: number; message: string }[] = [];
  #answered = 0;
  readonly #counts = new Map<string, number>();

  constructor() {
    super({ idleMs: 20 });
  }

  override async open(listener: ConsumerListener): Promise<ConsumerPort> {
    if (this.openFailure !== null) throw this.openFailure;
    const port = await super.open(listener);
    const subscribe = port.subscribe.bind(port);
    port.subscribe = (topics) => {
      this.subscriptions += 1;
      subscribe(topics);
    };
    const pause = port.pause.bind(port);
    port.pause = (partitions) => {
      if (partitions.length > 0) this.pauses.push(partitions);
      pause(partitions);
    };
    return port;
  }

  /** Partitions of a topic; default 1. */
  partitions(topic: string, count: number): void {
    this.#counts.set(topic, count);
  }

  override countOf(topic: string): number {
    return this.#counts.get(topic) ?? 1;
  }

  /** Retention: everything below `offset` is gone. */
  truncate(place: TopicPartition, offset: number): void {
    this.log(place).truncate(offset);
  }

  /** The group gives partitions. */
  assign(partitions: readonly TopicPartition[]): void {
    this.listener?.onAssigned(partitions);
  }

  /** The group takes partitions away. */
  revoke(partitions: readonly TopicPartition[], lost = false): void {
    this.listener?.onRevoked(partitions, lost);
  }

  override get gives(): boolean {
    return this.assigns;
  }

  override get flows(): boolean {
    return true;
  }

  override failure(): Consumed['failure'] {
    this.consumes += 1;
    const next = this.failures.shift();
    return next === undefined ? null : consumeFailure(next.code, next.message);
  }

  override commit(marks: CommitMark[]): void {
    this.commits.push([...marks]);
    super.commit(marks);
  }

  override answer<T>(timeoutMs: number, answer: () => T): Promise<T> {
    if (!this.silent) return super.answer(timeoutMs, answer);
    return Promise.reject(new ConnectionError('REQUEST_TIMEOUT', `No answer within ${timeoutMs} ms`));
  }

  protected override get answersCommits(): boolean {
    return !this.holdCommits;
  }

  protected override commitError(): number {
    const marks = this.commits[this.#answered] ?? [];
    this.#answered += 1;
    const code = this.commitErrors.shift() ?? 0;
    if (code !== 0) return code;
    return marks.some(({ topic }) => this.forbidden.has(topic)) ? 29 : 0;
  }

  protected override refusal({ topic, partition }: TopicPartition): number {
    return this.refused.get(`${topic} ${partition}`) ?? 0;
  }

  override closing(): Promise<void> {
    this.closed += 1;
    return this.closeHangs ? new Promise(() => undefined) : super.closing();
  }
}
