/** One consumer in memory. */
import type { Clock, Timer } from '../core/clock.js';
import type {
  CommitMark,
  CommittedOffset,
  Consumed,
  ConsumerListener,
  ConsumerPort,
  PartitionBounds,
  TopicPartition,
} from '../kafka/port/consumer-port.js';
import type { IncomingRecord } from '../record/incoming-record.js';
import type { RecordPlace } from '../api/events.js';
import type { ClusterInfo } from '../kafka/port/ports.js';
import { nameOf, type MemoryLog } from './memory-log.js';

/** The group and its topics, as a consumer sees them. */
export interface MemoryGroup {
  readonly clock: Clock;
  /** How long `consume()` waits where nothing comes. */
  readonly idleMs: number;
  /** Offsets and metadata by `topic partition`, as the group's coordinator has them. */
  readonly committed: ReadonlyMap<
    string,
    { readonly offset: number; readonly metadata: string; readonly leaderEpoch?: number | null }
  >;
  /** Whether the group gives partitions to the one that subscribes. */
  readonly gives: boolean;
  /** Whether records can be read. */
  readonly flows: boolean;
  /** Number of partitions of a topic. */
  countOf(topic: string): number;
  log(place: TopicPartition): MemoryLog;
  /** `undefined`: the broker does not tell. */
  topicId(topic: string): string | undefined;
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
  /** Leader epoch of the last record; `null`: none was read from here on. */
  epoch: number | null;
  /** The end that was told last. */
  told: number | null;
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
    if (failure !== null) return { records: [], ends: [], failure };
    const taken = this.#take(max);
    if (taken.records.length > 0 || taken.ends.length > 0 || this.#closed) {
      await Promise.resolve();
      return taken;
    }
    await this.#somethingComes();
    return this.#take(max);
  }

  wake(): void {
    this.#wake?.();
  }

  assign(positions: readonly RecordPlace[]): boolean {
    for (const { topic, partition, offset } of positions) {
      const place = { topic, partition };
      this.assigned.set(nameOf(place), { place, position: offset, epoch: null, told: null });
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
        const { offset = null, metadata = '', leaderEpoch = null } = stored ?? {};
        return { topic, partition, offset, metadata, leaderEpoch };
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

  async topicIds(topics: readonly string[], timeoutMs: number): Promise<ReadonlyMap<string, string>> {
    try {
      return await this.#owner.answer(
        timeoutMs,
        () =>
          new Map(
            topics.flatMap((topic): [string, string][] => {
              const id = this.#owner.topicId(topic);
              return id === undefined ? [] : [[topic, id]];
            }),
          ),
      );
    } catch {
      return new Map();
    }
  }

  async seek({ topic, partition, offset }: RecordPlace): Promise<void> {
    await Promise.resolve();
    const state = this.assigned.get(nameOf({ topic, partition }));
    if (state !== undefined) Object.assign(state, { position: offset, epoch: null, told: null });
  }

  metadata(timeoutMs: number, topic?: string): Promise<ClusterInfo> {
    return this.#owner.answer(timeoutMs, () => {
      const topics = new Map(topic === undefined ? [] : [[topic, this.#owner.countOf(topic)]]);
      return { answeredBy: 1, brokers: ['memory:9092'], topics, leaderless: new Set() };
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
    const { low, next, epoch } = this.#owner.log({ topic, partition });
    return { topic, partition, low, high: next, leaderEpoch: epoch };
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

  #take(max: number): Consumed {
    const records: IncomingRecord[] = [];
    const ends: RecordPlace[] = [];
    for (const [name, state] of this.#owner.flows ? this.assigned : []) {
      if (this.paused.has(name)) continue;
      const log = this.#owner.log(state.place);
      goToLog(state, log);
      const found = log.read(state.position, max - records.length);
      records.push(...found);
      const last = found.at(-1);
      if (last !== undefined) Object.assign(state, { position: last.offset + 1, epoch: last.leaderEpoch });
      if (records.length === max || state.told === log.next) continue;
      Object.assign(state, { position: log.next, told: log.next });
      ends.push({ ...state.place, offset: log.next });
    }
    return { records, ends, failure: null };
  }
}

/** As librdkafka does: to where its log and this one part, or else to the oldest record. It does not look at topic ids. */
function goToLog(state: Assigned, log: MemoryLog): void {
  if (state.epoch !== null) state.position = Math.min(state.position, log.endOf(state.epoch));
  if (state.position > log.next || state.position < log.low) state.position = log.low;
}
