/** One consumer in memory. */
import type { Clock, Timer } from '../clock.js';
import type {
  CommitMark,
  CommittedOffset,
  Consumed,
  ConsumedRecord,
  ConsumerListener,
  ConsumerPort,
  PartitionBounds,
  PartitionOffset,
  TopicPartition,
} from '../kafka/consumer-port.js';
import type { ClusterInfo } from '../kafka/ports.js';
import { nameOf, type MemoryLog } from './memory-log.js';

/** The group and its topics, as a consumer sees them. */
export interface MemoryGroup {
  readonly clock: Clock;
  /** How long `consume()` waits where nothing comes. */
  readonly idleMs: number;
  /** Offsets and metadata by `topic partition`, as the group's coordinator has them. */
  readonly committed: ReadonlyMap<string, { readonly offset: number; readonly metadata: string }>;
  /** Whether the group gives partitions to the one that subscribes. */
  readonly gives: boolean;
  /** Whether records can be read. */
  readonly flows: boolean;
  /** Number of partitions of a topic. */
  countOf(topic: string): number;
  log(place: TopicPartition): MemoryLog;
  /** What `consume()` tells instead of records. */
  failure(): Consumed['failure'];
  /** A commit came; without a broker its answer has to wait. */
  commit(marks: CommitMark[]): void;
  /** Rejects where no broker answers. */
  answer<T>(timeoutMs: number, answer: () => T): Promise<T>;
  /** A client was closed. */
  closing(): Promise<void>;
}

interface Assigned {
  readonly place: TopicPartition;
  position: number;
}

export class MemoryConsumerPort implements ConsumerPort {
  readonly assigned = new Map<string, Assigned>();
  /** By `topic partition`. As in librdkafka, a pause outlives the assignment that it was made in. */
  readonly paused = new Set<string>();
  /** What the client knew of partitions when they were paused: nothing new comes to its ears after that. */
  readonly #frozen = new Map<string, PartitionBounds>();
  readonly #owner: MemoryGroup;
  readonly #listener: ConsumerListener;
  /** Subscribed to, and not given yet. */
  #wanted: readonly TopicPartition[] | null = null;
  #wake: (() => void) | undefined;
  #closed = false;

  constructor(owner: MemoryGroup, listener: ConsumerListener) {
    this.#owner = owner;
    this.#listener = listener;
  }

  get closed(): boolean {
    return this.#closed;
  }

  subscribe(topics: readonly string[]): void {
    this.#wanted = topics.flatMap((topic) =>
      Array.from({ length: this.#owner.countOf(topic) }, (_, partition) => ({ topic, partition })),
    );
    this.join();
  }

  /** The group gives what is wanted, if it can. */
  join(): void {
    this.#owner.clock.soon(() => {
      const wanted = this.#wanted;
      if (wanted === null || this.#closed || !this.#owner.gives) return;
      this.#wanted = null;
      this.#listener.onAssigned(wanted);
    });
  }

  unsubscribe(): void {
    const places = this.#places;
    this.#wanted = null;
    this.#owner.clock.soon(() => {
      this.#listener.onRevoked(places, false);
    });
  }

  async consume(max: number): Promise<Consumed> {
    const failure = this.#owner.failure();
    if (failure !== null) return { records: [], failure };
    const records = this.#take(max);
    if (records.length > 0 || this.#closed) {
      await Promise.resolve();
      return { records, failure: null };
    }
    await this.#somethingComes();
    return { records: this.#take(max), failure: null };
  }

  wake(): void {
    this.#wake?.();
  }

  assign(positions: readonly PartitionOffset[]): boolean {
    for (const { topic, partition, offset } of positions) {
      const place = { topic, partition };
      this.assigned.set(nameOf(place), { place, position: offset });
    }
    this.wake();
    return true;
  }

  unassign(partitions: readonly TopicPartition[]): void {
    for (const place of partitions) this.assigned.delete(nameOf(place));
  }

  pause(partitions: readonly TopicPartition[]): void {
    for (const place of partitions) {
      this.#frozen.set(nameOf(place), this.knownBounds(place));
      this.paused.add(nameOf(place));
    }
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const place of partitions) {
      this.#frozen.delete(nameOf(place));
      this.paused.delete(nameOf(place));
    }
  }

  commit(marks: readonly CommitMark[]): boolean {
    if (this.#closed) return false;
    this.#owner.commit([...marks]);
    return true;
  }

  committed(partitions: readonly TopicPartition[], timeoutMs: number): Promise<CommittedOffset[]> {
    return this.#owner.answer(timeoutMs, () =>
      partitions.map(({ topic, partition }) => {
        const stored = this.#owner.committed.get(nameOf({ topic, partition }));
        return { topic, partition, offset: stored?.offset ?? null, metadata: stored?.metadata ?? '' };
      }),
    );
  }

  bounds(partitions: readonly TopicPartition[], timeoutMs: number): Promise<PartitionBounds[]> {
    return this.#owner.answer(timeoutMs, () => partitions.map((place) => this.#boundsOf(place)));
  }

  ends(partitions: readonly TopicPartition[], timeoutMs: number): Promise<(number | null)[]> {
    return this.#owner.answer(timeoutMs, () => partitions.map((place) => this.#boundsOf(place).high));
  }

  knownBounds(place: TopicPartition): PartitionBounds {
    return this.#frozen.get(nameOf(place)) ?? this.#boundsOf(place);
  }

  metadata(timeoutMs: number, topic?: string): Promise<ClusterInfo> {
    return this.#owner.answer(timeoutMs, () => {
      const topics = new Map(topic === undefined ? [] : [[topic, this.#owner.countOf(topic)]]);
      return { answeredBy: 1, brokers: ['memory:9092'], topics };
    });
  }

  close(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#closed = true;
    const places = this.#places;
    if (places.length > 0) this.#listener.onRevoked(places, false);
    this.wake();
    return this.#owner.closing();
  }

  #boundsOf({ topic, partition }: TopicPartition): PartitionBounds {
    const { low, next } = this.#owner.log({ topic, partition });
    return { topic, partition, low, high: next };
  }

  get #places(): TopicPartition[] {
    return [...this.assigned.values()].map(({ place }) => place);
  }

  /** Until `wake()`, or for a while. */
  async #somethingComes(): Promise<void> {
    let timer: Timer | undefined;
    await new Promise<void>((resolve) => {
      timer = this.#owner.clock.after(this.#owner.idleMs, resolve);
      this.#wake = resolve;
    });
    timer?.cancel();
    this.#wake = undefined;
  }

  #take(max: number): ConsumedRecord[] {
    const records: ConsumedRecord[] = [];
    if (!this.#owner.flows) return records;
    for (const [name, state] of this.assigned) {
      if (this.paused.has(name)) continue;
      const log = this.#owner.log(state.place);
      if (state.position > log.next) state.position = log.low;
      const found = log.read(state.position, max - records.length);
      records.push(...found);
      const last = found.at(-1);
      if (last !== undefined) state.position = last.offset + 1;
    }
    return records;
  }
}
