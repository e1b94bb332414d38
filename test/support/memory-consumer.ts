/** A consumer port in memory: a group of one, with topics that the test fills and takes away. */
import type {
  CommitMark,
  CommittedOffset,
  Consumed,
  ConsumedRecord,
  ConsumerListener,
  ConsumerPort,
  ConsumerSource,
  PartitionBounds,
  PartitionOffset,
  TopicPartition,
} from '../../src/kafka/consumer-port.js';
import { ConnectionError } from '../../src/errors.js';
import type { ClusterInfo } from '../../src/kafka/ports.js';

interface Log {
  readonly records: ConsumedRecord[];
  low: number;
  next: number;
}

interface NewRecord {
  readonly value: string | Buffer | null;
  readonly key?: string | null;
  readonly headers?: ConsumedRecord['headers'];
  readonly timestampMs?: number;
}

const nameOf = ({ topic, partition }: TopicPartition): string => `${topic} ${partition}`;

export class MemoryConsumers implements ConsumerSource {
  /** Offsets and metadata by `topic partition`, as the group's coordinator has them. */
  readonly committed = new Map<string, { offset: number; metadata: string }>();
  /** Every commit that came, answered or not. */
  readonly commits: CommitMark[][] = [];
  /** What the next commits are answered with; 0 when it is empty. */
  commitErrors: number[] = [];
  /** Commits are not answered until `answerCommits()`. */
  holdCommits = false;
  /** Whether a broker answers questions. */
  up = true;
  /** Whether `subscribe()` is followed by an assignment of all partitions. */
  assigns = true;
  /** Leaving the group never ends, as with no broker there. */
  closeHangs = false;
  openFailure: Error | null = null;
  opened = 0;
  closed = 0;
  consumes = 0;
  subscriptions = 0;
  port: MemoryConsumerPort | null = null;
  listener: ConsumerListener | null = null;
  /** The next `consume()` answers with these. */
  readonly failures: { code: number; message: string }[] = [];
  readonly #logs = new Map<string, Log>();
  readonly #counts = new Map<string, number>();

  open(listener: ConsumerListener): Promise<ConsumerPort> {
    if (this.openFailure !== null) return Promise.reject(this.openFailure);
    this.opened += 1;
    this.listener = listener;
    this.port = new MemoryConsumerPort(this, listener);
    return Promise.resolve(this.port);
  }

  changed(): Promise<boolean> {
    return Promise.resolve(false);
  }

  /** Partitions of a topic; default 1. */
  partitions(topic: string, count: number): void {
    this.#counts.set(topic, count);
  }

  countOf(topic: string): number {
    return this.#counts.get(topic) ?? 1;
  }

  log(place: TopicPartition): Log {
    const name = nameOf(place);
    let log = this.#logs.get(name);
    if (log === undefined) {
      log = { records: [], low: 0, next: 0 };
      this.#logs.set(name, log);
    }
    return log;
  }

  /** Appends a record; tells its offset. */
  produce(topic: string, record: NewRecord, partition = 0): number {
    const log = this.log({ topic, partition });
    const offset = log.next;
    log.next += 1;
    const { value, key = null, headers = [], timestampMs = Date.now() } = record;
    log.records.push({
      topic,
      partition,
      offset,
      key: key === null ? null : Buffer.from(key),
      value: typeof value === 'string' ? Buffer.from(value) : value,
      headers,
      timestampMs,
    });
    this.port?.wake();
    return offset;
  }

  /** Retention: everything below `offset` is gone. */
  truncate(place: TopicPartition, offset: number): void {
    const log = this.log(place);
    log.low = offset;
    log.next = Math.max(log.next, offset);
    const kept = log.records.filter((record) => record.offset >= offset);
    log.records.splice(0, log.records.length, ...kept);
  }

  /** The topic was deleted and made anew. */
  recreate(place: TopicPartition): void {
    this.#logs.set(nameOf(place), { records: [], low: 0, next: 0 });
  }

  /** The group gives partitions of the subscribed topics: default all. */
  assign(partitions: readonly TopicPartition[]): void {
    this.listener?.onAssigned(partitions);
  }

  revoke(partitions: readonly TopicPartition[], lost = false): void {
    this.listener?.onRevoked(partitions, lost);
  }

  answerCommits(): void {
    this.port?.answerCommits();
  }
}

export class MemoryConsumerPort implements ConsumerPort {
  readonly #owner: MemoryConsumers;
  readonly #listener: ConsumerListener;
  readonly assigned = new Map<string, { place: TopicPartition; position: number; paused: boolean }>();
  readonly #unanswered: CommitMark[][] = [];
  #wake: (() => void) | undefined;
  #closed = false;

  constructor(owner: MemoryConsumers, listener: ConsumerListener) {
    this.#owner = owner;
    this.#listener = listener;
  }

  subscribe(topics: readonly string[]): void {
    this.#owner.subscriptions += 1;
    const partitions = topics.flatMap((topic) =>
      Array.from({ length: this.#owner.countOf(topic) }, (_, partition) => ({ topic, partition })),
    );
    setImmediate(() => {
      if (!this.#closed && this.#owner.assigns) this.#listener.onAssigned(partitions);
    });
  }

  unsubscribe(): void {
    const places = [...this.assigned.values()].map(({ place }) => place);
    setImmediate(() => this.#listener.onRevoked(places, false));
  }

  async consume(max: number): Promise<Consumed> {
    this.#owner.consumes += 1;
    const failure = this.#owner.failures.shift();
    if (failure !== undefined) return { records: [], failure };
    const records = this.#take(max);
    if (records.length === 0 && !this.#closed) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 20);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = undefined;
    } else {
      await Promise.resolve();
    }
    return { records: records.length > 0 ? records : this.#take(max), failure: null };
  }

  wake(): void {
    this.#wake?.();
  }

  assign(positions: readonly PartitionOffset[]): boolean {
    for (const { topic, partition, offset } of positions) {
      const place = { topic, partition };
      this.assigned.set(nameOf(place), { place, position: offset, paused: false });
    }
    this.wake();
    return true;
  }

  unassign(partitions: readonly TopicPartition[]): void {
    for (const place of partitions) this.assigned.delete(nameOf(place));
  }

  pause(partitions: readonly TopicPartition[]): void {
    this.#setPaused(partitions, true);
  }

  resume(partitions: readonly TopicPartition[]): void {
    this.#setPaused(partitions, false);
  }

  commit(marks: readonly CommitMark[]): boolean {
    if (this.#closed) return false;
    this.#owner.commits.push([...marks]);
    this.#unanswered.push([...marks]);
    if (!this.#owner.holdCommits) setImmediate(() => this.answerCommits());
    return true;
  }

  answerCommits(): void {
    for (const marks of this.#unanswered.splice(0)) {
      const code = this.#owner.commitErrors.shift() ?? 0;
      if (code === 0) {
        for (const mark of marks) {
          this.#owner.committed.set(nameOf(mark), { offset: mark.offset, metadata: mark.metadata });
        }
      }
      this.#listener.onCommitAnswer(code, marks);
    }
  }

  committed(partitions: readonly TopicPartition[]): Promise<CommittedOffset[]> {
    if (!this.#owner.up) return Promise.reject(new ConnectionError('REQUEST_TIMEOUT', 'no coordinator'));
    return Promise.resolve(
      partitions.map(({ topic, partition }) => {
        const stored = this.#owner.committed.get(nameOf({ topic, partition }));
        return { topic, partition, offset: stored?.offset ?? null, metadata: stored?.metadata ?? '' };
      }),
    );
  }

  bounds(partitions: readonly TopicPartition[]): Promise<PartitionBounds[]> {
    return Promise.resolve(partitions.map((place) => this.knownBounds(place)));
  }

  knownBounds({ topic, partition }: TopicPartition): PartitionBounds {
    const { low, next } = this.#owner.log({ topic, partition });
    return { topic, partition, low, high: next };
  }

  metadata(timeoutMs: number, topic?: string): Promise<ClusterInfo> {
    if (!this.#owner.up) {
      return Promise.reject(new ConnectionError('REQUEST_TIMEOUT', `No broker within ${timeoutMs} ms`));
    }
    const topics = new Map(topic === undefined ? [] : [[topic, this.#owner.countOf(topic)]]);
    return Promise.resolve({ answeredBy: 1, brokers: ['memory:9092'], topics });
  }

  close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#owner.closed += 1;
      const places = [...this.assigned.values()].map(({ place }) => place);
      if (places.length > 0) this.#listener.onRevoked(places, false);
      this.wake();
    }
    if (this.#owner.closeHangs) return new Promise(() => undefined);
    return Promise.resolve();
  }

  #setPaused(partitions: readonly TopicPartition[], paused: boolean): void {
    for (const place of partitions) {
      const state = this.assigned.get(nameOf(place));
      if (state !== undefined) state.paused = paused;
    }
  }

  #take(max: number): ConsumedRecord[] {
    const records: ConsumedRecord[] = [];
    for (const state of this.assigned.values()) {
      if (state.paused) continue;
      const log = this.#owner.log(state.place);
      if (state.position > log.next) state.position = log.low;
      const from = state.position;
      const found = log.records.filter(({ offset }) => offset >= from).slice(0, max - records.length);
      records.push(...found);
      const last = found.at(-1);
      if (last !== undefined) state.position = last.offset + 1;
    }
    return records;
  }
}
