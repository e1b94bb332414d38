/** The gateway of one test of the downlink's contract, its topic, and what tests do with both. */
import { expect } from 'vitest';
import type { Command, EventName, KafkaNorthward } from '../../src/index.js';
import { takeAll, writePoint } from '../support/downlink-gateway.js';
import { uniqueTopic } from '../support/kafka-cluster.js';
import type { Harness } from './harness.js';

export const LONG_MS = 60_000;
const BACKOFF_MS = 50;

const EVENTS = ['command-ignored', 'decode-error', 'command-dropped', 'dead-letter', 'offset-held'] as const;

export class DownlinkUnderTest {
  readonly harness: Harness;
  /** The events of `EVENTS` that the last gateway has told. */
  told: EventName[] = [];
  topic = '';
  #northward: KafkaNorthward | undefined;

  constructor(harness: Harness) {
    this.harness = harness;
  }

  /** The one that was made last. */
  get northward(): KafkaNorthward {
    if (this.#northward === undefined) throw new Error('none was made yet');
    return this.#northward;
  }

  /** Not started. `more`: what differs from one write-point route. */
  async make(more: (topic: string) => object = () => ({}), uplink: object = {}): Promise<void> {
    const topic = uniqueTopic('contract-downlink');
    await this.harness.prepare(topic);
    const redelivery = { maxAttempts: 2, initialBackoffMs: BACKOFF_MS, maxBackoffMs: BACKOFF_MS };
    const writePointRoute = { writePoint: { enabled: true, topic } };
    const downlink = {
      groupId: topic,
      autoOffsetReset: 'earliest',
      redelivery,
      ...writePointRoute,
      ...more(topic),
    };
    const northward = this.harness.make({ app: { id: 3 }, uplink, downlink });
    const told: EventName[] = [];
    for (const event of EVENTS) northward.on(event, () => void told.push(event));
    this.topic = topic;
    this.told = told;
    this.#northward = northward;
  }

  /** Started, with its partitions. */
  async start(...given: Parameters<DownlinkUnderTest['make']>): Promise<void> {
    await this.make(...given);
    await this.northward.start();
    await this.northward.ready({ timeoutMs: LONG_MS });
  }

  async end(): Promise<void> {
    await this.#northward?.stop({ timeoutMs: 1_000 });
  }

  send(id: string, key: string | null = null): Promise<number> {
    return this.harness.send(this.topic, { key, value: writePoint(id) });
  }

  async take(count = 1): Promise<Command[]> {
    return [...(await takeAll(this.northward, count))];
  }

  backoff(): Promise<void> {
    return this.harness.passTime(BACKOFF_MS);
  }

  lag(): number | null | undefined {
    return this.northward.metrics().downlink.lag.find(({ partition }) => partition === 0)?.lag;
  }

  /** What the broker has, by its own word. */
  mark(): Promise<number | null> {
    return this.harness.committed(this.topic, this.topic);
  }

  /** Waits until the broker has the mark. */
  async committed(mark: number): Promise<void> {
    const end = performance.now() + LONG_MS;
    let stored: number | null = null;
    do stored = await this.mark();
    while (stored !== mark && performance.now() < end);
    expect(stored).toBe(mark);
  }
}
