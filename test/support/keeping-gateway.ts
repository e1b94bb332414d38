import { systemClock } from '../../src/core/clock.js';
import { parseConfig } from '../../src/config/parse.js';
import { safeLogger } from '../../src/core/host-call.js';
import type { NorthwardError } from '../../src/api/errors.js';
import { nativeProducerSource } from '../../src/kafka/client/source.js';
import { ConnectionStatus } from '../../src/kafka/port/status.js';
import type { ProducerListener, ProducerPort } from '../../src/kafka/port/ports.js';
import { Supervisor } from '../../src/kafka/watch/supervisor.js';
import { LossLog } from '../../src/observability/loss-log.js';
import { UplinkCounters } from '../../src/observability/counters.js';
import { Outbox } from '../../src/uplink/delivery/outbox.js';
import { Outcomes } from '../../src/uplink/delivery/outcomes.js';
import type { Owner, OwnerSlots } from '../../src/uplink/delivery/owner.js';
import { IDLE, type Pending, type TopicQueue } from '../../src/uplink/delivery/pending.js';
import { errorFor } from '../../src/uplink/delivery/receipts.js';
import { UndeliveredEvents } from '../../src/uplink/delivery/undelivered.js';

type ProducerSupervisor = Supervisor<ProducerListener, ProducerPort>;

/** An outbox and its client against a real broker. What fails and may arrive later is kept, in memory: as a store does it. */
export class KeepingGateway {
  /** What happened to topics, in order: their name after `parked`, `found`, or a code. */
  readonly told: string[] = [];
  /** By topic, the numbers that were delivered, in the order of their reports. */
  readonly delivered = new Map<string, number[]>();
  readonly failed: NorthwardError[] = [];
  renewals = 0;
  readonly outbox: Outbox;
  readonly supervisor: ProducerSupervisor;
  /** Messages of parked topics in the order of acceptance; those that the client holds, too. */
  readonly #parked = new Map<string, Set<Pending>>();
  readonly #clock = systemClock();
  readonly #owner: Owner;
  #published = 0;

  /** @param silentMs how long a topic may be silent while others are not */
  constructor(bootstrapServers: string, silentMs: number, producer: Record<string, unknown> = {}) {
    const { config } = parseConfig(
      { connection: { bootstrapServers }, uplink: { producer: { messageTimeoutMs: 0, ...producer } } },
      {},
    );
    this.#owner = this.#makeOwner();
    this.outbox = this.#makeOutbox(silentMs);
    const { outbox } = this;
    const status = new ConnectionStatus(() => undefined);
    this.supervisor = new Supervisor(nativeProducerSource(config), config.retryPolicy, this.#clock, status, {
      fatalCode: 'PRODUCER_FATAL',
      listener: (base, current) => ({
        ...base,
        onReport: (...report) => {
          if (current()) outbox.report(...report);
        },
        onTakes: () => undefined,
        onReturned: () => undefined,
        onRetry: () => undefined,
        onNewEpoch: () => undefined,
      }),
      onPort: (port) => {
        outbox.attach(port);
      },
      onPortDying: () => {
        outbox.detach();
      },
      onPortGone: () => {
        outbox.clientGone();
      },
      onGivenUp: ({ code }) => this.told.push(code),
      onError: () => undefined,
      onLog: () => undefined,
    });
  }

  /** Publishes the next number to a topic. @returns it */
  publish(
    topic: string,
    { aheadMs = 0, key = null }: { aheadMs?: number; key?: string | null } = {},
  ): number {
    const pending = this.outbox.take();
    const number = this.#published++;
    pending.owner = this.#owner;
    pending.index = number;
    pending.topic = topic;
    pending.value = Buffer.from(String(number));
    pending.bytes = pending.value.length;
    pending.timestampMs = Date.now() + aheadMs;
    if (key !== null) pending.key = Buffer.from(key);
    const parked = this.#parked.get(topic);
    if (parked === undefined) this.outbox.submit(pending);
    else parked.add(pending);
    return number;
  }

  deliveredOf(topic: string): readonly number[] {
    return this.delivered.get(topic) ?? [];
  }

  async stop(): Promise<void> {
    this.outbox.giveUp((pending) => errorFor(pending, 'DELIVERY_UNKNOWN', 'the end'));
    this.outbox.close();
    await this.supervisor.stop(100);
  }

  #makeOwner(): Owner {
    const ended = (message: OwnerSlots): Pending => {
      const pending = message as Pending;
      this.#parked.get(pending.topic)?.delete(pending);
      return pending;
    };
    return {
      delivered: (message) => {
        const { topic, index } = ended(message);
        const known = this.delivered.get(topic);
        if (known === undefined) this.delivered.set(topic, [index]);
        else known.push(index);
      },
      failed: (message, error) => {
        ended(message);
        this.failed.push(error);
      },
      keeps: (_message, { retryable }) => retryable,
      // It keeps its place among those that are parked.
      returned: () => undefined,
    };
  }

  #makeOutbox(silentMs: number): Outbox {
    const outcomes = new Outcomes(
      new UplinkCounters(),
      new LossLog(safeLogger(undefined), this.#clock),
      new UndeliveredEvents(this.#clock, () => null),
    );
    const limits = {
      maxMessages: 100_000,
      maxBytes: 100_000_000,
      whenFull: 'reject',
      waitMs: 1,
      messageTimeoutMs: 0,
      maxMessageBytes: 1_000_000,
      onFatal: 'resend',
      offsetsTold: true,
      noReportMs: 5_000,
      makesTopics: false,
    } as const;
    const link = {
      connected: true,
      because: undefined,
      rivalOf: () => undefined,
      fatal: () => {
        this.supervisor.refuses();
      },
      renewClient: (reason: string) => {
        this.renewals += 1;
        this.supervisor.renew(reason);
      },
      askTopic: (topic: string) => void this.#ask(topic),
      progress: () => {
        this.supervisor.delivered();
      },
      noReports: (ms: number) => {
        this.supervisor.noReports(ms);
      },
      onTopicFault: () => undefined,
      topicTakes: () => undefined,
    };
    return new Outbox(limits, this.#clock, outcomes, link, {
      silentMs,
      onTopicFault: (queue, { code }) => {
        this.#park(queue, code);
      },
      onSilent: (queue) => {
        this.#park(queue, 'silent');
      },
      onFound: (queue) => {
        this.#unpark(queue);
      },
    });
  }

  async #ask(topic: string): Promise<void> {
    try {
      const cluster = await this.supervisor.port?.metadata(2_000, topic);
      const exists = cluster === undefined ? null : (cluster.topics.get(topic) ?? 0) > 0;
      this.outbox.topicAnswer(topic, exists, cluster?.leaderless.has(topic) === false);
    } catch {
      this.outbox.topicAnswer(topic, null);
    }
  }

  #park(queue: TopicQueue, why: string): void {
    this.told.push(`${why} ${queue.topic}`);
    this.#parked.set(queue.topic, new Set(this.outbox.park(queue)));
  }

  #unpark(queue: TopicQueue): void {
    this.told.push(`found ${queue.topic}`);
    const parked = this.#parked.get(queue.topic) ?? [];
    this.#parked.delete(queue.topic);
    this.outbox.unpark(queue);
    for (const pending of parked) if (pending.state === IDLE) this.outbox.submit(pending);
  }
}
