/** A producer port in memory: takes records, and reports them delivered in the next turn unless told otherwise. */
import { systemClock, type Clock, type Timer } from '../clock.js';
import { ConnectionError } from '../errors.js';
import { carriedName } from '../kafka/carried.js';
import { RD } from '../kafka/error-map.js';
import type {
  ClusterInfo,
  NativeHeaders,
  OutboundKind,
  ProducerListener,
  ProducerPort,
  ProducerSource,
} from '../kafka/ports.js';

/** A record that was handed over. */
export interface Handed {
  readonly topic: string;
  readonly value: Buffer | null;
  readonly key: Buffer | null;
  readonly timestampMs: number;
  readonly id: number;
  readonly headers: NativeHeaders;
  readonly kind: OutboundKind;
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
  listener: ProducerListener | null = null;
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
    this.opened += 1;
    this.listener = listener;
    return Promise.resolve(new MemoryProducerPort(this, this.opened));
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
      const code = this.outcomeOf(record);
      if (code === 0) this.#deliver(record);
      else this.listener?.onReport(record.id, code, -1, null);
    }
    this.#armExpiry();
  }

  /** The broker is back. */
  connect(): void {
    this.clock.soon(() => {
      if (!this.hold && this.flows) this.release();
    });
  }

  /** A client takes a record. @returns 0, or librdkafka's error code: no report follows then. */
  take(record: Handed): number {
    this.#unreported.push({ record, deadline: this.clock.monotonic() + this.#messageTimeoutMs });
    if (this.#expiry === undefined) this.#armExpiry();
    this.connect();
    return 0;
  }

  ask(timeoutMs: number, topic: string | undefined): Promise<ClusterInfo> {
    if (!this.up) {
      const message = `No broker answered within ${timeoutMs} ms`;
      return Promise.reject(new ConnectionError('REQUEST_TIMEOUT', message));
    }
    const topics = new Map(topic === undefined ? [] : [[topic, this.partitionsOf(topic)]]);
    return Promise.resolve({ answeredBy: 1, brokers: ['memory:9092'], topics });
  }

  close(): void {
    this.#expiry?.cancel();
  }

  /** Whether records get through. */
  protected get flows(): boolean {
    return this.up;
  }

  /** What the report of a record says: 0, or librdkafka's error code. */
  protected outcomeOf(_record: Handed): number {
    return 0;
  }

  /** The broker has the record. */
  protected delivered(_record: Handed, _offset: number): void {
    // Of no interest here.
  }

  /** Number of partitions; 0: there is no such topic. */
  protected partitionsOf(_topic: string): number {
    return 1;
  }

  /** What has no report yet gets none. */
  protected forget(): void {
    this.#unreported = [];
    this.#armExpiry();
  }

  #deliver(record: Handed): void {
    const offset = this.#offsets.get(record.topic) ?? 0;
    this.#offsets.set(record.topic, offset + 1);
    this.delivered(record, offset);
    this.listener?.onReport(record.id, 0, 0, this.#tellsOffsets ? offset : null);
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
      for (const { record } of late) this.listener?.onReport(record.id, RD.MSG_TIMED_OUT, -1, null);
      this.#armExpiry();
    });
  }
}

class MemoryProducerPort implements ProducerPort {
  readonly #owner: MemoryProducers;
  readonly #client: number;

  constructor(owner: MemoryProducers, client: number) {
    this.#owner = owner;
    this.#client = client;
  }

  produce(
    topic: string,
    value: Buffer | null,
    key: Buffer | null,
    timestampMs: number,
    id: number,
    headers: NativeHeaders | undefined,
    kind: OutboundKind,
  ): number {
    return this.#owner.take({
      topic,
      value: value === null ? null : Buffer.from(value),
      key,
      timestampMs: timestampMs === 0 ? this.#owner.clock.now() : timestampMs,
      id,
      headers: (headers ?? []).flatMap(carriedHeaders),
      kind,
      client: this.#client,
    });
  }

  metadata(timeoutMs: number, topic?: string): Promise<ClusterInfo> {
    return this.#owner.ask(timeoutMs, topic);
  }

  close(): Promise<void> {
    this.#owner.close();
    return Promise.resolve();
  }
}

/** As the native client sends them: an empty Buffer as null, which it brings back as empty. */
function carriedHeaders(header: NativeHeaders[number]): NativeHeaders {
  return Object.entries(header).map(([name, value]) => ({ [carriedName(name)]: value }));
}
