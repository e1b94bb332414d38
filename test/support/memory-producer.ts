/** The producer port of the test double, with faults that only the tests of the library itself need. */
import { ConnectionError } from '../../src/api/errors.js';
import { deliveryFailure, produceAnswer, RD } from '../../src/kafka/port/codes.js';
import type {
  ClusterInfo,
  DeliveryFailure,
  ProduceAnswer,
  ProducerListener,
  ProducerPort,
} from '../../src/kafka/port/ports.js';
import { MemoryProducers, type Handed } from '../../src/testing/memory-producer.js';

export class FaultyProducers extends MemoryProducers {
  /** Every record handed to any client, in order. */
  readonly handed: Handed[] = [];
  /** librdkafka's code with which `produce` refuses a topic's records. */
  readonly refusals = new Map<string, number>();
  /** Topics whose next record is taken by another client than the last one. */
  readonly moved = new Set<string>();
  /** Topics whose records are answered `later`, and how often. */
  readonly later = new Map<string, number>();
  /** librdkafka's code in the reports of a topic; absent: delivered. */
  readonly outcomes = new Map<string, number>();
  /** librdkafka's code in the report of a record; `null`: as `outcomes` says. */
  judge: ((record: Handed) => number | null) | null = null;
  /** librdkafka's code with which `produce` refuses a record; `null`: as `refusals` says. */
  judgeAtOnce: ((record: Handed) => number | null) | null = null;
  /** Topics without a leader: of them nothing is reported. And what the client holds of them. */
  readonly silent = new Map<string, Handed[]>();
  /** Topics that exist, for metadata; `null`: all do. */
  topics: Set<string> | null = null;
  /** So many records more fail for a moment. */
  failNext = 0;
  onDelivered: ((record: Handed) => void) | null = null;
  openFailure: Error | null = null;
  secretsChanged = false;
  /** Broker id in the answer; -1: by a bootstrap address. */
  answeredBy = 1;
  /** Takes the place of the answer to a question. */
  answer: (() => Promise<ClusterInfo>) | null = null;
  /** Questions for metadata so far. */
  asked = 0;
  readonly askedAbout: string[] = [];
  /** Clients that get no answer. */
  readonly unanswered = new Set<number>();
  onOpen: (() => void) | null = null;
  closed = 0;

  /** `null`: as `openFailure`. */
  besideFailure: Error | null = null;
  /** A further client is made when this resolves. */
  besideGate: Promise<void> = Promise.resolve();
  /** Further clients that are made from now on are closed when this resolves; `null`: at once. */
  closeGate: Promise<void> | null = null;

  override async open(listener: ProducerListener): Promise<ProducerPort> {
    await Promise.resolve();
    if (this.openFailure !== null) throw this.openFailure;
    this.listener = listener;
    const port = await super.beside(listener);
    this.onOpen?.();
    return port;
  }

  override async beside(listener: ProducerListener): Promise<ProducerPort> {
    await this.besideGate;
    const failure = this.besideFailure ?? this.openFailure;
    if (failure !== null) throw failure;
    const port = await super.beside(listener);
    const { closeGate } = this;
    const close = port.close.bind(port);
    if (closeGate !== null) port.close = (flushMs) => closeGate.then(() => close(flushMs));
    return port;
  }

  override changed(): Promise<boolean> {
    return Promise.resolve(this.secretsChanged);
  }

  override take(record: Handed): ProduceAnswer {
    const asked = this.later.get(record.topic);
    if (asked !== undefined) {
      this.later.set(record.topic, asked + 1);
      return 'later';
    }
    const refusal = this.judgeAtOnce?.(record) ?? this.refusals.get(record.topic);
    if (refusal !== undefined) return produceAnswer(refusal);
    this.handed.push(record);
    const held = this.silent.get(record.topic);
    if (held !== undefined) {
      held.push(record);
      return null;
    }
    const answer = super.take(record);
    return answer === null && this.moved.delete(record.topic) ? 'moved' : answer;
  }

  /** The topic answers again. */
  speak(topic: string): void {
    const held = this.silent.get(topic) ?? [];
    this.silent.delete(topic);
    for (const record of held) super.take(record);
  }

  override async ask(timeoutMs: number, topic: string | undefined, client: number): Promise<ClusterInfo> {
    this.asked += 1;
    if (this.answer !== null) return this.answer();
    if (topic !== undefined) this.askedAbout.push(`${topic} of ${client}`);
    if (this.unanswered.has(client)) throw new ConnectionError('REQUEST_TIMEOUT', 'not this one');
    const leaderless = new Set([...this.silent.keys()].filter((silent) => silent === topic));
    return { ...(await super.ask(timeoutMs, topic, client)), answeredBy: this.answeredBy, leaderless };
  }

  override close(client: number): void {
    this.closed += 1;
    super.close(client);
  }

  /** The client dies: what it holds gets no report. */
  die(reason = 'test', client = this.opened): void {
    this.forget(client);
    for (const [topic, held] of this.silent)
      this.silent.set(
        topic,
        held.filter((record) => record.client !== client),
      );
    this.listenerOf(client)?.onFatal(reason);
  }

  /** With `up` off questions alone have no answer. */
  protected override get flows(): boolean {
    return true;
  }

  protected override delivered(record: Handed): void {
    this.onDelivered?.(record);
  }

  protected override outcomeOf(record: Handed): DeliveryFailure | null {
    if (this.failNext > 0) {
      this.failNext -= 1;
      return deliveryFailure(RD.NOT_ENOUGH_REPLICAS);
    }
    const code = this.judge?.(record) ?? this.outcomes.get(record.topic);
    return code === undefined ? null : deliveryFailure(code);
  }

  protected override partitionsOf(topic: string): number {
    return this.topics === null || this.topics.has(topic) ? 1 : 0;
  }
}
