/** A gateway on memory with many topics, whose time is driven: what its clients did is kept, and what must not be is refused. */
import type { NorthwardError } from '../../src/api/errors.js';
import type { CreateOptions, KafkaNorthward } from '../../src/api/northward.js';
import type { Receipt } from '../../src/api/uplink.js';
import type { ProduceAnswer } from '../../src/kafka/port/ports.js';
import { MemoryClock } from '../../src/testing/memory-clock.js';
import type { Handed } from '../../src/testing/memory-producer.js';
import { FaultyProducers } from './memory-producer.js';
import { memoryNorthward, reading } from './memory-northward.js';

const START = 1_700_000_000_000;

export class SpreadProducers extends FaultyProducers {
  /** Topics that each open client knows: none is ever forgotten. */
  readonly known = new Map<number, Set<string>>();
  /** Clients that were open at once, at most. */
  mostClients = 0;
  /** What must never be. */
  readonly broken: string[] = [];
  /** Numbers by topic, in the order in which they arrived first. */
  readonly arrived = new Map<string, number[]>();
  readonly #inFlight = new Map<string, { client: number; records: number }>();

  override take(record: Handed): ProduceAnswer {
    const answer = super.take(record);
    if (answer !== null) return answer;
    const { topic, client } = record;
    this.mostClients = Math.max(this.mostClients, this.clients);
    const known = this.known.get(client) ?? new Set();
    this.known.set(client, known.add(topic));
    const out = this.#inFlight.get(topic) ?? { client, records: 0 };
    if (out.records > 0 && out.client !== client)
      this.broken.push(`${topic} moved with ${out.records} in flight`);
    this.#inFlight.set(topic, { client, records: out.records + 1 });
    return null;
  }

  override close(client: number): void {
    super.close(client);
    this.known.delete(client);
    for (const [topic, out] of this.#inFlight) if (out.client === client) this.#inFlight.delete(topic);
  }

  /** To which clients the records of a topic went. */
  clientsOf(topic: string): number[] {
    return [...new Set(this.handed.filter((record) => record.topic === topic).map(({ client }) => client))];
  }

  protected override delivered({ topic, client, timestampMs }: Handed): void {
    const out = this.#inFlight.get(topic);
    if (out?.client === client) out.records -= 1;
    const arrived = this.arrived.get(topic) ?? [];
    this.arrived.set(topic, arrived);
    const n = timestampMs - START;
    if (arrived.includes(n)) return;
    if (n < (arrived.at(-1) ?? -1)) this.broken.push(`${topic}: ${n} arrived behind ${arrived.at(-1)}`);
    arrived.push(n);
  }
}

export class SpreadGateway {
  readonly clock = new MemoryClock(START);
  readonly producers = new SpreadProducers({ clock: this.clock });
  readonly northward: KafkaNorthward;
  readonly errors: NorthwardError[] = [];
  readonly states: string[] = [];
  readonly receipts: Receipt[] = [];
  readonly failures: NorthwardError[] = [];
  readonly #next = new Map<string, number>();

  constructor(
    producer: Record<string, unknown>,
    over: Record<string, unknown> = {},
    options: CreateOptions = {},
  ) {
    const { uplink, ...rest } = over as { uplink?: object };
    const config = { ...rest, uplink: { ...uplink, producer } };
    this.northward = memoryNorthward(config, options, this.clock, this.producers).northward;
    this.northward.on('error', (error) => this.errors.push(error));
    this.northward.on('state', ({ state }) => this.states.push(state));
  }

  async start(): Promise<this> {
    await this.northward.start();
    await this.clock.settle();
    this.states.length = 0;
    return this;
  }

  /** Publishes the next number to each of these topics, and waits until nothing more happens by itself. */
  async publish(...topics: readonly string[]): Promise<void> {
    for (const topic of topics) this.send(topic);
    await this.clock.settle();
  }

  send(topic: string): void {
    const n = this.#next.get(topic) ?? 0;
    this.#next.set(topic, n + 1);
    this.northward.publishTelemetry(reading(topic, n)).then(
      (receipt) => this.receipts.push(receipt),
      (error: unknown) => this.failures.push(error as NorthwardError),
    );
  }

  /** Topics of which all that was published arrived, in order. */
  get whole(): string[] {
    const { arrived } = this.producers;
    return [...this.#next].filter(([topic, n]) => arrived.get(topic)?.length === n).map(([topic]) => topic);
  }

  /** Topics of the receipts that say that a record may be there twice. */
  get perhapsTwice(): string[] {
    return this.receipts.flatMap((each) =>
      each.status === 'delivered' && each.maybeDuplicate === true ? [each.topic] : [],
    );
  }

  get clients(): number {
    return this.northward.metrics().uplink.clients;
  }

  async stop(timeoutMs = 1_000): ReturnType<KafkaNorthward['stop']> {
    return this.clock.runUntilEnd(this.northward.stop({ timeoutMs }), () => false);
  }
}

/** `name0`, `name1`, … */
export function topics(count: number, name = 't'): string[] {
  return Array.from({ length: count }, (_, n) => `${name}${n}`);
}
