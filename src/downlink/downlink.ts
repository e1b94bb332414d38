/** The downlink side: consumer, group, reader, intake, dispatcher and committer, put together. */
import type { Command, CommandsOptions, DownlinkPreview, DownlinkRecord } from '../api/commands.js';
import { inTime, type Clock } from '../core/clock.js';
import type { ResolvedConfig } from '../config/resolve.js';
import { DownlinkCounters } from '../observability/counters.js';
import { type DownlinkMetrics } from '../api/metrics.js';
import type { DownlinkFacts } from '../observability/health.js';
import type { NorthwardError } from '../api/errors.js';
import { own } from '../core/fault.js';
import type {
  ConsumeFailure,
  ConsumerListener,
  ConsumerPort,
  ConsumerSource,
  TopicPartition,
} from '../kafka/port/consumer-port.js';
import type { ClientListener, ClientPort } from '../kafka/port/ports.js';
import { GroupReadiness } from '../kafka/port/readiness.js';
import type { ConnectionStatus } from '../kafka/port/status.js';
import { Supervisor } from '../kafka/watch/supervisor.js';
import type { LossLog } from '../observability/loss-log.js';
import { topicsMeant, troubleOf } from './group/trouble.js';
import { CommandIterator } from './handover/iterator.js';
import type { QueueLimits } from './handover/queue.js';
import type { Outward } from '../record/outward.js';
import { previewRecord } from './preview.js';
import type { RouteTable } from './decode/routes.js';
import { DownlinkStages } from './stages.js';
import type { DownlinkContext, HealthListener } from './context.js';
import { DownlinkEmitter, type EventSink } from './events.js';

/** After the deadline, a client that hangs while it leaves the group holds up `stop()` no longer than this. */
const CLOSE_GRACE_MS = 500;

/** A `stop()` that waits for the host so long is told: it may have been called inside of the loop. */
const SLOW_STOP_MS = 1_000;

export interface DownlinkParts {
  readonly config: ResolvedConfig;
  readonly routes: RouteTable;
  readonly clock: Clock;
  readonly source: ConsumerSource;
  readonly status: ConnectionStatus;
  readonly outward: Outward;
  readonly events: EventSink;
  readonly losses: LossLog;
  readonly commitWaitMs: number | undefined;
  onError(error: NorthwardError): void;
  onLog(level: number, facility: string, message: string): void;
}

export class Downlink {
  readonly #parts: DownlinkParts;
  readonly #counters = new DownlinkCounters();
  readonly #events: DownlinkEmitter;
  readonly #stages: DownlinkStages;
  readonly #readiness: GroupReadiness;
  readonly #supervisor: Supervisor<ConsumerListener, ConsumerPort>;
  /** A topic was refused: it cannot be told from a missing one. */
  #forbidden = false;

  constructor(parts: DownlinkParts) {
    this.#parts = parts;
    const { config, routes, clock, losses, outward, commitWaitMs } = parts;
    this.#events = new DownlinkEmitter(clock, parts.events, losses);
    this.#readiness = new GroupReadiness(parts.status);
    const context: DownlinkContext = {
      config: config.downlink,
      clock,
      counters: this.#counters,
      events: this.#events,
      losses,
      onError: (error) => {
        parts.onError(error);
      },
    };
    const health: HealthListener = {
      works: (places, answered) => {
        this.#works(places, answered);
      },
      fails: (failure) => {
        this.#failure(failure);
      },
      outdated: (why) => {
        this.#supervisor.renew(why);
      },
    };
    this.#stages = new DownlinkStages(context, routes, outward, this.#readiness, health, commitWaitMs);
    this.#supervisor = this.#makeSupervisor();
    if (!this.enabled) this.#stages.handOutNoMore();
  }

  /** Whether there is any route. */
  get enabled(): boolean {
    return this.#parts.routes.size > 0;
  }

  /** The client of now. */
  get port(): ClientPort | null {
    return this.#supervisor.port;
  }

  async start(): Promise<void> {
    if (this.enabled) await this.#supervisor.start();
  }

  commands(options: CommandsOptions): AsyncIterableIterator<Command, undefined> & AsyncDisposable {
    return new CommandIterator(this.#stages.stream, options);
  }

  preview(record: DownlinkRecord): DownlinkPreview {
    return previewRecord(this.#parts.routes, record, this.#parts.clock.now());
  }

  /** @returns false: that offset is not held here. */
  releaseHeld(topic: string, partition: number, offset: number): boolean {
    return this.#stages.releaseHeld({ topic, partition }, offset);
  }

  /** Other sizes of the queue of commands. */
  resize(limits: QueueLimits): void {
    this.#stages.resize(limits);
  }

  /** No further command for the host, from now on: `stop()` was called. */
  handOutNoMore(): void {
    this.#stages.handOutNoMore();
  }

  /** Iterators end, commands in hand are waited for until `deadline` resolves, marks committed, the group left. */
  async stop(
    deadline: Promise<'timeout'>,
  ): Promise<{ commands: number; uncommitted: number; closed: boolean }> {
    const slow = this.#parts.clock.after(SLOW_STOP_MS, () => {
      const { inHand } = this.#stages.gauges().queue;
      if (inHand > 0) this.#parts.losses.note('awaited', 'downlink', { count: inHand });
    });
    const unfinished = await this.#stages.finish(deadline);
    slow.cancel();
    const { commands } = unfinished;
    if (commands > 0) this.#parts.losses.note('unfinished', 'downlink', { count: commands });
    const closed = await inTime(this.#parts.clock, this.#supervisor.stop(0), deadline, CLOSE_GRACE_MS);
    // With no broker there, librdkafka may go on closing for a while: nobody listens to it any more.
    this.#supervisor.silence();
    this.#stages.close();
    await this.#events.allHeard();
    return { ...unfinished, closed };
  }

  metrics(): DownlinkMetrics {
    return {
      ...this.#counters.counts(),
      ...this.#stages.gauges(),
      latency: this.#counters.latency.snapshot(),
      reconnects: this.#supervisor.reconnects,
    };
  }

  /** What `health()` looks at. */
  facts(): Omit<DownlinkFacts, 'connection'> & { readonly ended: boolean } {
    return { ...this.#stages.facts(), ended: this.#supervisor.ended };
  }

  #makeSupervisor(): Supervisor<ConsumerListener, ConsumerPort> {
    const { source, config, clock } = this.#parts;
    const stages = this.#stages;
    return new Supervisor(source, config.retryPolicy, clock, this.#readiness, {
      fatalCode: 'CONSUMER_FATAL',
      listener: (base, current) => this.#listener(base, current),
      onPort: (port) => {
        stages.attach(port);
      },
      onPortDying: () => {
        this.#readiness.unpositioned();
        stages.detach();
      },
      onPortGone: () => undefined,
      onGivenUp: () => undefined,
      onError: (error) => {
        this.#parts.onError(error);
      },
      onLog: (level, facility, message) => {
        this.#parts.onLog(level, facility, message);
      },
    });
  }

  #listener(base: ClientListener, current: () => boolean): ConsumerListener {
    const { group } = this.#stages;
    return {
      ...base,
      onCause: (cause) => {
        if (current()) this.#stages.connectionFailed();
        base.onCause(cause);
      },
      onAllBrokersDown: () => {
        if (current()) this.#stages.connectionFailed();
        base.onAllBrokersDown();
      },
      onAssigned: (partitions) => {
        if (current()) group.assigned(partitions);
      },
      onRevoked: (partitions, lost) => {
        if (!current()) return;
        if (lost) this.#readiness.unpositioned();
        group.revoked(partitions, lost);
      },
      onCommitAnswer: (answer, offsets) => {
        if (!current()) return;
        if (answer.topicForbidden) this.#readiness.commitRefused(offsets);
        this.#stages.commitAnswered(answer, offsets);
        // Whether the rest is granted shows only by committing again.
        if (this.#readiness.anyRefused) this.#stages.topicRefused();
      },
    };
  }

  /** Records come, which may be the client's stock; or commits are confirmed: the surest sign of life. */
  #works(places: readonly TopicPartition[], answered: boolean): void {
    if (this.#parts.status.state !== 'connected') this.#readiness.works(places);
    // Attempts are counted again from here, connected or not (contract §8.13).
    this.#supervisor.delivered(answered);
  }

  #failure(failure: ConsumeFailure): void {
    const { config, routes } = this.#parts;
    const reading = { groupId: config.downlink.groupId, topics: [...routes.keys()] };
    const trouble = troubleOf(failure, reading);
    if (trouble === null) return;
    if (trouble.error.code === 'CONSUMER_FATAL') {
      this.#supervisor.fatal(failure.message);
      return;
    }
    this.#parts.onError(trouble.error);
    if (trouble.error.code === 'TOPIC_FORBIDDEN') {
      this.#forbidden = true;
      this.#readiness.topicsRefused(trouble.error, topicsMeant(failure, reading.topics));
      this.#stages.topicRefused();
    } else if (trouble.refused) this.#readiness.refused(trouble.error);
    else this.#readiness.hindered(trouble.error);
    if (trouble.error.code === 'TOPIC_NOT_FOUND' && !this.#forbidden) {
      own(this.#stages.group.lookForTopics(), 'Looking for topics', this.#parts);
    }
  }
}
