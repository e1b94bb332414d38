/** A producer port in memory: what was handed over, and reports when the test says so. */
import { ConnectionError } from '../../src/errors.js';
import type {
  ClusterInfo,
  NativeHeaders,
  ProducerListener,
  ProducerPort,
  ProducerSource,
} from '../../src/kafka/ports.js';

export interface Handed {
  readonly topic: string;
  readonly value: Buffer | null;
  readonly key: Buffer | null;
  readonly timestampMs: number;
  readonly id: number;
  readonly headers: NativeHeaders;
  readonly client: number;
}

export class MemoryProducers implements ProducerSource {
  /** Every record handed to any client, in order. */
  readonly handed: Handed[] = [];
  /** What `produce` answers for a topic, instead of taking the record. */
  readonly refusals = new Map<string, number>();
  /** What the report says for a topic; absent: delivered. */
  readonly outcomes = new Map<string, number>();
  /** Reports are held back until `release()`. */
  hold = false;
  /** Whether a broker answers. */
  up = true;
  /** Topics that exist, for metadata; `null`: all do. */
  topics: Set<string> | null = null;
  openFailure: Error | null = null;
  secretsChanged = false;
  /** Broker id in the answer; -1: by a bootstrap address. */
  answeredBy = 1;
  /** Questions for metadata so far. */
  asked = 0;
  onOpen: (() => void) | null = null;
  opened = 0;
  closed = 0;
  listener: ProducerListener | null = null;
  readonly #offsets = new Map<string, number>();
  #unreported: Handed[] = [];

  async open(listener: ProducerListener): Promise<ProducerPort> {
    await Promise.resolve();
    if (this.openFailure !== null) throw this.openFailure;
    this.opened += 1;
    this.listener = listener;
    this.onOpen?.();
    return new MemoryPort(this, this.opened);
  }

  changed(): Promise<boolean> {
    return Promise.resolve(this.secretsChanged);
  }

  take(record: Handed): number {
    const refusal = this.refusals.get(record.topic);
    if (refusal !== undefined) return refusal;
    this.handed.push(record);
    this.#unreported.push(record);
    if (!this.hold) setImmediate(() => this.release());
    return 0;
  }

  /** Sends the reports that are due. */
  release(count = Infinity): void {
    const due = this.#unreported.splice(0, count);
    for (const record of due) {
      const code = this.outcomes.get(record.topic) ?? 0;
      const offset = this.#offsets.get(record.topic) ?? 0;
      if (code === 0) this.#offsets.set(record.topic, offset + 1);
      this.listener?.onReport(record.id, code, code === 0 ? 0 : -1, code === 0 ? offset : null);
    }
  }

  /** The client dies: what it holds gets no report. */
  die(reason = 'test'): void {
    this.#unreported = [];
    this.listener?.onFatal(reason);
  }

  get unreported(): number {
    return this.#unreported.length;
  }
}

class MemoryPort implements ProducerPort {
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
  ): number {
    const copy = (headers ?? []).map((header) => ({ ...header }));
    const record = {
      topic,
      value: value === null ? null : Buffer.from(value),
      key,
      timestampMs,
      id,
      headers: copy,
    };
    return this.#owner.take({ ...record, client: this.#client });
  }

  metadata(timeoutMs: number, topic?: string): Promise<ClusterInfo> {
    this.#owner.asked += 1;
    if (!this.#owner.up) {
      return Promise.reject(
        new ConnectionError('REQUEST_TIMEOUT', `No broker answered within ${timeoutMs} ms`),
      );
    }
    const { topics } = this.#owner;
    const known = topic === undefined || topics === null || topics.has(topic);
    const answer = new Map(topic === undefined ? [] : [[topic, known ? 1 : 0]]);
    return Promise.resolve({ answeredBy: this.#owner.answeredBy, brokers: ['memory:9092'], topics: answer });
  }

  close(): Promise<void> {
    this.#owner.closed += 1;
    return Promise.resolve();
  }
}
