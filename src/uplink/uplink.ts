/** The uplink side: mapper, outbox, pipeline and the producer under, put together. */
import { inTime, type Clock } from '../core/clock.js';
import type { ResolvedConfig, ResolvedRetryPolicy, ResolvedStore } from '../config/resolve.js';
import type { NorthwardError } from '../api/errors.js';
import { isReplyKind } from '../api/kinds.js';
import { own } from '../core/fault.js';
import type {
  ClientListener,
  FurtherClients,
  ProducerListener,
  ProducerPort,
  ProducerSource,
} from '../kafka/port/ports.js';
import type { ConnectionStatus } from '../kafka/port/status.js';
import { Supervisor, type ClientReports } from '../kafka/watch/supervisor.js';
import type { LossLog } from '../observability/loss-log.js';
import { UplinkCounters } from '../observability/counters.js';
import { type UplinkMetrics } from '../api/metrics.js';
import type { UplinkFacts } from '../observability/health.js';
import type { LossEntry, StoreMetrics } from '../api/store.js';
import type { UplinkKind } from '../api/uplink.js';
import type { Store, StoreListener } from '../store/port.js';
import type { UplinkMapper } from './encode/mapper.js';
import { Forwarder, type ForwardLink } from './forward/forwarder.js';
import { StoredEvents, type StoredEventSinks } from './forward/stored-events.js';
import { FailingTopics } from './delivery/failing-topics.js';
import { Outbox } from './delivery/outbox.js';
import type { Keeper } from './delivery/parking.js';
import type { OutboxLimits, ProducerLink, QueueSize } from './delivery/limits.js';
import type { MakePacking } from './delivery/packing.js';
import { Outcomes } from './delivery/outcomes.js';
import { Outgoing } from './outward.js';
import type { Intake } from './delivery/intake.js';
import type { Pending } from './delivery/pending.js';
import { noReportMs } from './delivery/report-watch.js';
import { UplinkPipeline } from './pipeline.js';
import { errorFor, notMade } from './delivery/receipts.js';
import { TopicQuestions } from './delivery/topic-questions.js';
import { Packer } from './pack/packer.js';
import { UndeliveredEvents, type UndeliveredSink } from './delivery/undelivered.js';

const DEFAULT_MAX_MESSAGE_BYTES = 1_000_000;
const DEFAULT_SILENT_MS = 30_000;
const CLOSE_FLUSH_MS = 100;
/** After the deadline, a client that hangs holds up `stop()` no longer than this. */
const CLOSE_GRACE_MS = 500;

type ProducerSupervisor = Supervisor<ProducerListener, ProducerPort>;

/** What the uplink is given where a store is configured. */
export interface StoreParts {
  readonly config: ResolvedStore;
  readonly make: (listener: StoreListener) => Store;
  readonly sinks: StoredEventSinks;
  readonly onWarning: (message: string, hint: string) => void;
  /** The store works again after trouble. */
  readonly onWorking: () => void;
}

/** How the uplink ended. */
export interface UplinkEnd {
  readonly timedOut: boolean;
  readonly closed: boolean;
  /** Messages that are on disk for the next life. */
  readonly stored: number;
}

export class Uplink {
  readonly pipeline: UplinkPipeline;
  /** The way out of the downlink. */
  readonly outgoing: Outgoing;
  #mapper: UplinkMapper;
  readonly #limits: { -readonly [Limit in keyof OutboxLimits]: OutboxLimits[Limit] };
  readonly #outbox: Outbox;
  /** `null`: no store is configured. */
  readonly #forwarder: Forwarder | null;
  readonly #reports: ClientReports;
  readonly #supervisor: ProducerSupervisor;
  readonly #further: FurtherClients | undefined;
  readonly #counters = new UplinkCounters();
  readonly #clock: Clock;
  readonly #undelivered: UndeliveredEvents;
  readonly #outcomes: Outcomes;
  readonly #failing: FailingTopics;
  readonly #questions: TopicQuestions;
  /** A full store takes nothing new. */
  readonly #storeRejects: boolean;

  constructor(
    config: ResolvedConfig,
    clock: Clock,
    source: ProducerSource,
    status: ConnectionStatus,
    mapper: UplinkMapper,
    losses: LossLog,
    reports: ClientReports,
    undelivered: UndeliveredSink,
    store: StoreParts | null,
    onTopicMade: (topic: string, partitions: number | null) => void,
  ) {
    this.#mapper = mapper;
    this.#limits = limitsOf(config);
    this.#reports = reports;
    this.#clock = clock;
    this.#undelivered = new UndeliveredEvents(clock, undelivered);
    this.#outcomes = new Outcomes(this.#counters, losses, this.#undelivered);
    this.#failing = new FailingTopics(clock);
    this.#questions = this.#makeQuestions(config, reports, onTopicMade);
    const keeper = store === null ? null : this.#keeper(config);
    const link = this.#link(status, reports);
    const makePacking: MakePacking = (hooks) => new Packer(this.#limits, clock, this.#outcomes, hooks);
    this.#outbox = new Outbox(this.#limits, clock, this.#outcomes, link, keeper, makePacking);
    this.#forwarder = store === null ? null : this.#makeForwarder(config, store, status, losses);
    const intake: Intake = this.#forwarder ?? this.#outbox;
    this.pipeline = new UplinkPipeline(mapper, intake, this.#outcomes, clock, this.#limits);
    this.outgoing = new Outgoing(mapper, intake, this.#outcomes);
    this.#further = source.further;
    this.#storeRejects = config.uplink.store?.whenFull === 'reject_new';
    this.#supervisor = this.#makeSupervisor(config.retryPolicy, source, status, reports);
  }

  get mapper(): UplinkMapper {
    return this.#mapper;
  }

  /** What is published from now on goes by this mapper; what was accepted before stays as it is. Call `reconfigured()` when all is set. */
  reconfigure(mapper: UplinkMapper, { maxMessages, maxBytes }: QueueSize): void {
    this.#mapper = mapper;
    this.pipeline.use(mapper);
    this.outgoing.use(mapper);
    this.#limits.maxMessages = maxMessages;
    this.#limits.maxBytes = maxBytes;
  }

  /** What follows from that: the host's code that it calls may configure again, and would be overwritten before all is set. */
  reconfigured(): void {
    this.#outbox.packed.changed();
    this.#outbox.roomMade();
  }

  get supervisor(): ProducerSupervisor {
    return this.#supervisor;
  }

  async start(): Promise<void> {
    // A disk that hangs holds up no connection.
    if (this.#forwarder !== null) own(this.#forwarder.open(), 'Opening the store', this.#reports);
    try {
      await this.#supervisor.start();
    } catch (error) {
      // With a store they wait for the next start(), and end in time.
      if (this.#forwarder === null) this.#outbox.failAll(() => error as NorthwardError);
      throw error;
    }
  }

  /** Whether a store is configured. */
  get stores(): boolean {
    return this.#forwarder !== null;
  }

  /** Messages that ended so far: acknowledged, and with an error. */
  get ended(): { readonly success: number; readonly fail: number } {
    return { success: this.#counters.success, fail: this.#counters.fail };
  }

  /**
   * Waits for outcomes until `deadline` resolves, then ends the rest.
   *
   * @param storeBy when what has no outcome goes to disk, where there is a store
   */
  async stop(deadline: Promise<'timeout'>, storeBy: Promise<unknown>): Promise<UplinkEnd> {
    const drained = this.pipeline.takenIn().then(() => {
      this.#outbox.packed.end();
      return this.#outbox.idle();
    });
    const timedOut = await this.#endAll(drained, deadline, storeBy);
    const stored = this.#forwarder?.state.onDisk ?? 0;
    this.#outbox.close();
    this.#questions.close();
    const closing = this.#supervisor.stop(CLOSE_FLUSH_MS);
    const closed = await inTime(this.#clock, closing, deadline, CLOSE_GRACE_MS);
    this.#supervisor.silence();
    await this.#undelivered.told();
    return { timedOut, closed, stored };
  }

  /** @returns whether the time was up before every message had its outcome */
  async #endAll(
    drained: Promise<void>,
    deadline: Promise<'timeout'>,
    storeBy: Promise<unknown>,
  ): Promise<boolean> {
    if (this.#forwarder !== null) {
      await Promise.race([this.pipeline.takenIn(), deadline]);
      this.#outbox.packed.end();
      return this.#forwarder.end(drained, storeBy, deadline, unfinished);
    }
    const timedOut = (await Promise.race([drained, deadline])) === 'timeout';
    if (timedOut) {
      this.#outbox.giveUp(unfinished);
      // What is refused now and reports of this very turn have their outcome, too, before the end.
      await drained;
    }
    return timedOut;
  }

  /** A publish at the wrong time of the object's life. */
  refused(kind: UplinkKind, data: unknown, error: NorthwardError): void {
    this.#outcomes.refused(kind, data, error);
  }

  metrics(): UplinkMetrics {
    const { success, fail, skipped, failedByCode, latency } = this.#counters;
    const { messages, bytes, inFlight, waitingCallers } = this.#outbox;
    return {
      success,
      fail,
      skipped,
      failedByCode: { ...failedByCode },
      latency: latency.snapshot(),
      queue: { messages, bytes, inFlight, waitingCallers },
      clients: (this.#supervisor.port === null ? 0 : 1) + (this.#further?.clients ?? 0),
      reconnects: this.#supervisor.reconnects + (this.#further?.reconnects ?? 0),
      topics: this.#mapper.distinctTopics,
    };
  }

  /** What `health()` looks at. */
  facts(): Omit<UplinkFacts, 'connection'> & { readonly ended: boolean } {
    const store = this.#forwarder?.state.facts ?? null;
    return {
      ended: this.#supervisor.ended,
      topics: this.#failing.all,
      store: store === null ? null : { ...store, rejects: this.#storeRejects },
    };
  }

  get storeMetrics(): StoreMetrics | null {
    return this.#forwarder?.state.metrics ?? null;
  }

  get losses(): readonly LossEntry[] {
    return this.#forwarder?.store.ledger() ?? [];
  }

  #keeper({ uplink }: ResolvedConfig): Keeper {
    return {
      // Without a limit for promises there still has to be one for topics.
      silentMs: uplink.producer.messageTimeoutMs || DEFAULT_SILENT_MS,
      accepted: (pending) => this.#forwarder?.accepted(pending),
      onTopicFault: (queue) => this.#forwarder?.park(queue),
      onSilent: (queue) => this.#forwarder?.park(queue),
      onFound: (queue) => this.#forwarder?.unpark(queue),
    };
  }

  #makeForwarder(
    { uplink }: ResolvedConfig,
    { config, make, sinks, onWarning, onWorking }: StoreParts,
    status: ConnectionStatus,
    losses: LossLog,
  ): Forwarder {
    const { messageTimeoutMs } = uplink.producer;
    const options = { lanes: config.lanes, size: this.#limits, messageTimeoutMs, ...config.replay };
    const events = new StoredEvents(this.#clock, sinks, losses);
    const link: ForwardLink = {
      get connected() {
        return status.state === 'connected';
      },
      get because() {
        return status.reason;
      },
      sends: (kind) => uplink.enabled || isReplyKind(kind) || kind === 'dead_letter',
      onError: (error) => {
        this.#reports.onError(error);
      },
      encodeGap: (gap) => this.#mapper.encodeGap(gap, this.#clock.now()),
      onWarning,
      onWorking,
    };
    const forwarder = new Forwarder(make, options, this.#clock, this.#outbox, this.#outcomes, events, link);
    status.watch(() => {
      forwarder.connectionChanged();
    });
    return forwarder;
  }

  #link(status: ConnectionStatus, reports: ClientReports): ProducerLink {
    return {
      get connected() {
        return status.state === 'connected';
      },
      get because() {
        return status.reason;
      },
      rivalOf: (topic) => this.#mapper.rivalOf(topic),
      fatal: () => {
        this.#supervisor.refuses();
      },
      askTopic: (topic) => {
        own(this.#questions.ask(topic), 'Asking about a topic', reports);
      },
      renewClient: (why) => {
        this.#supervisor.renew(why);
      },
      progress: () => {
        this.#supervisor.delivered();
      },
      noReports: (ms) => {
        this.#supervisor.noReports(ms);
      },
      onTopicFault: (error, queue) => {
        if (queue !== null) this.#failing.note(queue, error);
        reports.onError(error);
      },
      topicTakes: (topic) => {
        this.#failing.arrived(topic);
      },
    };
  }

  #makeSupervisor(
    retryPolicy: ResolvedRetryPolicy,
    source: ProducerSource,
    status: ConnectionStatus,
    reports: ClientReports,
  ): ProducerSupervisor {
    const outbox = this.#outbox;
    return new Supervisor(source, retryPolicy, this.#clock, status, {
      fatalCode: 'PRODUCER_FATAL',
      listener: (base, current) => listenerOf(outbox, base, current),
      onPort: (port) => {
        outbox.attach(port);
      },
      onPortDying: () => {
        outbox.detach();
      },
      onPortGone: () => {
        outbox.clientGone();
      },
      onGivenUp: (error) => {
        const errorOf = (pending: Pending): NorthwardError =>
          errorFor(pending, error.code, error.message, error);
        if (this.#forwarder === null) outbox.giveUp(errorOf);
        else this.#forwarder.giveUp(errorOf);
      },
      onError: (error) => {
        reports.onError(error);
      },
      onLog: (level, facility, message) => {
        reports.onLog(level, facility, message);
      },
    });
  }

  #makeQuestions(
    config: ResolvedConfig,
    reports: ClientReports,
    made: (topic: string, partitions: number | null) => void,
  ): TopicQuestions {
    return new TopicQuestions(this.#clock, config.topics, {
      port: () => this.#supervisor.port,
      answered: (topic, answer) => {
        if (answer?.partitions === 0) this.#failing.again(topic);
        this.#outbox.topicAnswer(topic, answer && answer.partitions > 0, answer?.led);
      },
      refused: (topic, because) => {
        const error = notMade(topic, because, this.#mapper.rivalOf(topic));
        if (this.#failing.note(this.#outbox.queue(topic), error)) reports.onError(error);
        this.#outbox.topicAnswer(topic, false, true, { because, hint: error.hint });
      },
      made,
    });
  }
}

/** What a client tells of records counts while it is the current one. */
function listenerOf(outbox: Outbox, base: ClientListener, current: () => boolean): ProducerListener {
  return {
    ...base,
    onReport: (id, failure, partition, offset) => {
      if (current()) outbox.report(id, failure, partition, offset);
    },
    onTakes: (topics) => {
      if (current()) outbox.takes(topics);
    },
    onReturned: (ids) => {
      if (current()) outbox.returned(ids);
    },
    onRetry: (topic) => {
      if (current()) outbox.queue(topic).retries();
    },
    onNewEpoch: () => {
      if (current()) outbox.newEpoch();
    },
  };
}

function unfinished(pending: Pending): NorthwardError {
  return pending.resent
    ? errorFor(pending, 'DELIVERY_UNKNOWN', 'stop() ran out of time before its acknowledgement came')
    : errorFor(pending, 'STOPPED', 'stop() ran out of time before it was sent');
}

function limitsOf(config: ResolvedConfig): OutboxLimits {
  const { queue, producer, onFatal, store } = config.uplink;
  // With a store it ends promises only, and the forwarder does that.
  const messageTimeoutMs = store === null ? producer.messageTimeoutMs : 0;
  return {
    maxMessages: queue.maxMessages,
    maxBytes: queue.maxBytes,
    whenFull: queue.whenFull,
    waitMs: queue.waitMs,
    messageTimeoutMs,
    maxMessageBytes: maxMessageBytes(config),
    onFatal,
    offsetsTold: producer.acks !== 'none',
    noReportMs: noReportMs({ ...producer, messageTimeoutMs }),
    makesTopics: config.topics.create,
  };
}

/** librdkafka's `message.max.bytes`, which may be set by pass-through. */
function maxMessageBytes(config: ResolvedConfig): number {
  const name = 'message.max.bytes';
  const set = config.uplink.producer.properties[name] ?? config.connection.properties[name];
  const bytes = Number(set);
  return Number.isFinite(bytes) && bytes > 0 ? bytes : DEFAULT_MAX_MESSAGE_BYTES;
}
