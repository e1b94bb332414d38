import { safeLogger } from '../../src/core/host-call.js';
import type { DeliveredReceipt } from '../../src/api/uplink.js';
import { NorthwardError } from '../../src/api/errors.js';
import { deliveryFailure } from '../../src/kafka/port/codes.js';
import { LossLog } from '../../src/observability/loss-log.js';
import { UplinkCounters } from '../../src/observability/counters.js';
import { MemoryClock } from '../../src/testing/memory-clock.js';
import { Outbox } from '../../src/uplink/delivery/outbox.js';
import { Outcomes } from '../../src/uplink/delivery/outcomes.js';
import type { Owner, ReturnedMessage } from '../../src/uplink/delivery/owner.js';
import { IDLE, type Pending } from '../../src/uplink/delivery/pending.js';
import type { OutboxLimits } from '../../src/uplink/delivery/limits.js';
import { UndeliveredEvents } from '../../src/uplink/delivery/undelivered.js';
import { FaultyProducers } from './memory-producer.js';

export const SILENT_MS = 30_000;

const LIMITS: OutboxLimits = {
  maxMessages: 1_000,
  maxBytes: 1_000_000,
  whenFull: 'reject',
  waitMs: 1,
  messageTimeoutMs: 0,
  maxMessageBytes: 1_000,
  onFatal: 'resend',
  offsetsTold: true,
  noReportMs: 5_000,
  makesTopics: false,
};

/**
 * An outbox whose messages are kept by their owner, as a store does it. Reports, answers about topics and new clients are the
 * test's; every outcome is a line in `outcomes`.
 */
export class KeptOutbox {
  readonly clock = new MemoryClock(1_700_000_000_000);
  readonly producers = new FaultyProducers({ clock: this.clock });
  readonly box: Outbox;
  readonly asked: string[] = [];
  readonly outcomes: string[] = [];
  readonly errors: NorthwardError[] = [];
  /** What came back by `returned()`. */
  readonly returned: string[] = [];
  /** What the outbox told of topics. */
  readonly told: string[] = [];
  renewals = 0;
  keeps = true;
  #seen = 0;
  #offset = 0;
  readonly owner: Owner;

  constructor(limits: Partial<OutboxLimits> = {}, silentMs = SILENT_MS) {
    this.producers.hold = true;
    this.owner = this.#owner();
    const losses = new LossLog(safeLogger(undefined), this.clock);
    const undelivered = new UndeliveredEvents(this.clock, () => null);
    const outcomes = new Outcomes(new UplinkCounters(), losses, undelivered);
    const link = {
      connected: true,
      because: undefined,
      rivalOf: () => undefined,
      fatal: () => undefined,
      renewClient: () => (this.renewals += 1),
      askTopic: (topic: string) => this.asked.push(topic),
      progress: () => undefined,
      noReports: () => undefined,
      onTopicFault: (error: NorthwardError) => this.errors.push(error),
      topicTakes: () => undefined,
    };
    this.box = new Outbox({ ...LIMITS, ...limits }, this.clock, outcomes, link, {
      silentMs,
      onTopicFault: (queue, { code }) => this.told.push(`${code} ${queue.topic}`),
      onSilent: (queue) => this.told.push(`silent ${queue.topic}`),
      onFound: (queue) => this.told.push(`found ${queue.topic}`),
    });
  }

  #owner(): Owner {
    const nameOf = (message: unknown): string => String((message as ReturnedMessage).value);
    return {
      delivered: (message, receipt) => {
        const { maybeDuplicate } = receipt as DeliveredReceipt;
        this.outcomes.push(`${nameOf(message)} delivered${maybeDuplicate === true ? ', perhaps twice' : ''}`);
      },
      failed: (message, error) => this.outcomes.push(`${nameOf(message)} ${error.code}`),
      keeps: (_message, error) => this.keeps && error.retryable,
      returned: (message) => {
        this.returned.push(`${nameOf(message)}${message.resent ? ', perhaps sent' : ''}`);
        this.box.release(message as Pending);
      },
    };
  }

  /** A client is there; the former one is gone. */
  async open(): Promise<this> {
    if (this.producers.opened > 0) this.box.clientGone();
    const { box } = this;
    const nothing = (): undefined => undefined;
    const ofClient = { onCause: nothing, onAllBrokersDown: nothing, onFatal: nothing, onLog: nothing };
    const port = await this.producers.open({
      ...ofClient,
      onReport: (...report) => {
        box.report(...report);
      },
      onTakes: (topics) => {
        box.takes(topics);
      },
      onReturned: (ids) => {
        box.returned(ids);
      },
      onRetry: (topic) => {
        box.queue(topic).retries();
      },
      onNewEpoch: () => {
        box.newEpoch();
      },
    });
    this.box.attach(port);
    await this.clock.settle();
    return this;
  }

  /** Publishes messages with these names to a topic. */
  async publish(topic: string, ...names: readonly string[]): Promise<void> {
    for (const name of names) {
      const pending = this.box.take();
      pending.owner = this.owner;
      pending.topic = topic;
      pending.value = Buffer.from(name);
      pending.timestampMs = this.clock.now();
      pending.bytes = name.length;
      this.box.submit(pending);
    }
    await this.clock.settle();
  }

  /** The names of what was handed over since the last time, in order. */
  handed(): string[] {
    const handed = this.producers.handed.slice(this.#seen).map(({ value }) => String(value));
    this.#seen += handed.length;
    return handed;
  }

  /** Reports on what the client holds of these names. @param code of librdkafka; 0: delivered */
  async report(code: number, ...names: readonly string[]): Promise<void> {
    const { listener, handed } = this.producers;
    for (const name of names) {
      const record = handed.findLast(({ value }) => String(value) === name);
      if (record === undefined) throw new Error(`${name} was not handed over`);
      if (code === 0) listener?.onReport(record.id, null, 0, this.#offset++);
      else listener?.onReport(record.id, deliveryFailure(code), 0, null);
    }
    await this.clock.settle();
  }

  /** What `park()` returns of a topic; what has left the outbox is released. */
  park(topic: string): string[] {
    const messages = this.box.park(this.box.queue(topic));
    return messages.map((pending) => {
      const name = `${String(pending.value)}${pending.state === IDLE ? '' : ' held'}`;
      if (pending.state === IDLE) this.box.release(pending);
      return name;
    });
  }
}
