/** A producer port in memory: takes records, and reports them delivered in the next turn unless told otherwise. */
import { systemClock, type Clock, type Timer } from '../core/clock.js';
import { ConnectionError } from '../api/errors.js';
import { carriedName } from '../record/outgoing-record.js';
import { deliveryFailure, RD } from '../kafka/port/codes.js';
import type {
  ClusterInfo,
  DeliveryFailure,
  ProduceAnswer,
  ProducerListener,
  ProducerPort,
  ProducerSource,
} from '../kafka/port/ports.js';
import type { Creation, TopicCreator, WantedTopic } from '../kafka/port/topic-creator.js';
import { headersOf, RecordHeaders, type OutgoingRecord } from '../record/outgoing-record.js';

/** A record that was handed over. */
export interface Handed extends OutgoingRecord {
  readonly id: number;
  /** Which client it was handed to: 1 for the first. */
  readonly client: number;
}

export interface MemoryProducerOptions {
  readonly clock?: Clock;
  /** How long a record may wait for its report; 0: for ever. */
  readonly messageTimeoutMs?: number;
  /** Whether reports tell the offset; with `acks: none` they do not. */
  readonly tellsOffsets?: boolean;
}

interface Unreported {
  readonly record: Handed;
  /** Monotonic ms. */
  readonly deadline: number;
}

export class MemoryProducers implements ProducerSource {
  /** Reports are held back until `release()`. */
  hold = false;
  /** Whether a broker answers. */
  up = true;
  opened = 0;
  /** Of the client that is watched: that of the last `open()`. */
  listener: ProducerListener | null = null;
  /** Of the clients that are open, by their numbers. */
  readonly #listeners = new Map<number, ProducerListener>();
  readonly clock: Clock;
  readonly #messageTimeoutMs: number;
  readonly #tellsOffsets: boolean;
  readonly #offsets = new Map<string, number>();
  #unreported: Unreported[] = [];
  #expiry: Timer | undefined;

  constructor(options: MemoryProducerOptions = {}) {
    this.clock = options.clock ?? systemClock();
    this.#messageTimeoutMs = options.messageTimeoutMs ?? 0;
    this.#tellsOffsets = options.tellsOffsets ?? true;
  }

  open(listener: ProducerListener): Promise<ProducerPort> {
    this.listener = listener;
    return this.beside(listener);
  }

  beside(listener: ProducerListener): Promise<ProducerPort> {
    this.opened += 1;
    this.#listeners.set(this.opened, listener);
    return Promise.resolve(new MemoryProducerPort(this, this.opened));
  }

  /** Clients that are open. */
  get clients(): number {
    return this.#listeners.size;
  }

  /** Who is told of a client that is open. */
  listenerOf(client: number): ProducerListener | undefined {
    return this.#listeners.get(client);
  }

  changed(): Promise<boolean> {
    return Promise.resolve(false);
  }

  get unreported(): number {
    return this.#unreported.length;
  }

  /** Sends the reports that are due. */
  release(count = Infinity): void {
    for (const { record } of this.#unreported.splice(0, count)) {
      const failure = this.outcomeOf(record);
      if (failure === null) this.#deliver(record);
      else this.listenerOf(record.client)?.onReport(record.id, failure, -1, null);
    }
    this.#armExpiry();
  }

  /** The broker is back. */
  connect(): void {
    this.clock.soon(() => {
      if (!this.hold && this.flows) this.release();
    });
  }

  /** A client takes a record, or not. */
  take(record: Handed): ProduceAnswer {
    this.#unreported.push({ record, deadline: this.clock.monotonic() + this.#messageTimeoutMs });
    if (this.#expiry === undefined) this.#armExpiry();
    this.connect();
    return null;
  }

  ask(timeoutMs: number, topic: string | undefined, _client: number): Promise<ClusterInfo> {
    if (!this.up) {
      const message = `No broker answered within ${timeoutMs} ms`;
      return Promise.reject(new ConnectionError('REQUEST_TIMEOUT', message));
    }
    const topics = new Map(topic === undefined ? [] : [[topic, this.partitionsOf(topic)]]);
    return Promise.resolve({ answeredBy: 1, brokers: ['memory:9092'], topics, leaderless: new Set() });
  }

  /** Makes a topic, where `topics.create` is on. */
  create({ topic }: WantedTopic, timeoutMs: number): Promise<Creation> {
    if (this.up) return Promise.resolve('made');
    const message = `The cluster did not make the topic ${topic} within ${timeoutMs} ms`;
    return Promise.reject(new ConnectionError('REQUEST_TIMEOUT', message));
  }

  close(client: number): void {
    this.#listeners.delete(client);
    this.forget(client);
  }

  /** Whether records get through. */
  protected get flows(): boolean {
    return this.up;
  }

  /** Why a record does not arrive; `null`: it does. */
  protected outcomeOf(_record: Handed): DeliveryFailure | null {
    return null;
  }

  /** The broker has the record. */
  protected delivered(_record: Handed, _offset: number): void {
    // Of no interest here.
  }

  /** Number of partitions; 0: there is no such topic. */
  protected partitionsOf(_topic: string): number {
    return 1;
  }

  /** What this client has not reported yet gets no report. */
  protected forget(client: number): void {
    this.#unreported = this.#unreported.filter(({ record }) => record.client !== client);
    this.#armExpiry();
  }

  #deliver(record: Handed): void {
    const offset = this.#offsets.get(record.topic) ?? 0;
    this.#offsets.set(record.topic, offset + 1);
    this.delivered(record, offset);
    this.listenerOf(record.client)?.onReport(record.id, null, 0, this.#tellsOffsets ? offset : null);
  }

  /** As librdkafka does it, from the hand-over on. */
  #armExpiry(): void {
    this.#expiry?.cancel();
    this.#expiry = undefined;
    const [oldest] = this.#unreported;
    if (oldest === undefined || this.#messageTimeoutMs === 0) return;
    this.#expiry = this.clock.after(oldest.deadline - this.clock.monotonic(), () => {
      const now = this.clock.monotonic();
      const late = this.#unreported.filter(({ deadline }) => deadline <= now);
      this.#unreported.splice(0, late.length);
      for (const { record } of late)
        this.listenerOf(record.client)?.onReport(record.id, deliveryFailure(RD.MSG_TIMED_OUT), -1, null);
      this.#armExpiry();
    });
  }
}

class MemoryProducerPort implements ProducerPort {
  readonly creator: TopicCreator;
  readonly #owner: MemoryProducers;
  readonly #client: number;

  constructor(owner: MemoryProducers, client: number) {
    this.#owner = owner;
    this.#client = client;
    this.creator = { createTopic: (wanted, timeoutMs) => owner.create(wanted, timeoutMs) };
  }

  produce(record: OutgoingRecord, id: number): ProduceAnswer {
    const { topic, key, value, kind, deviceId, deviceName } = record;
    return this.#owner.take({
      topic,
      key,
      value: value === null ? null : Buffer.from(value),
      headers: carriedHeaders(record),
      timestampMs: record.timestampMs === 0 ? this.#owner.clock.now() : record.timestampMs,
      kind,
      deviceId,
      deviceName,
      id,
      client: this.#client,
    });
  }

  metadata(timeoutMs: number, topic?: string): Promise<ClusterInfo> {
    return this.#owner.ask(timeoutMs, topic, this.#client);
  }

  close(): Promise<void> {
    this.#owner.close(this.#client);
    return Promise.resolve();
  }
}

/** As the native client sends them: an empty Buffer as null, which it brings back as empty. */
function carriedHeaders(record: OutgoingRecord): RecordHeaders {
  const carried = headersOf(record).map(
    ([name, value]) => [carriedName(name), value === null || value.length === 0 ? '' : value] as const,
  );
  return new RecordHeaders(carried);
}
