/** The stages of the downlink and how they hang together: group → reader → intake → dispatcher → committer. */
import type { Clock } from '../core/clock.js';
import type { ResolvedDownlink } from '../config/resolve.js';
import type { DownlinkCounters } from '../observability/counters.js';
import type { DownlinkMetrics } from '../api/metrics.js';
import type { NorthwardError } from '../api/errors.js';
import { own } from '../core/fault.js';
import type {
  CommitAnswer,
  ConsumeFailure,
  ConsumerPort,
  TopicPartition,
} from '../kafka/port/consumer-port.js';
import type { IncomingRecord } from '../record/incoming-record.js';
import type { RecordPlace } from '../api/events.js';
import type { LossLog } from '../observability/loss-log.js';
import { Committer } from './group/committer.js';
import { Continuity } from './group/continuity.js';
import { Dispatcher } from './handover/dispatcher.js';
import { Group } from './group/group.js';
import { Intake } from './handover/intake.js';
import { Lag } from './group/lag.js';
import { LastResort } from './handover/last-resort.js';
import { OffsetResets } from './group/offset-resets.js';
import type { Outward } from '../record/outward.js';
import { Ownership } from './group/partition.js';
import { Reader } from './group/reader.js';
import { commitTrouble } from './group/trouble.js';
import type { RouteTable } from './decode/routes.js';
import { DispatcherStream } from './handover/iterator.js';
import type { Tell } from './events.js';

export interface StagesParts {
  readonly config: ResolvedDownlink;
  readonly routes: RouteTable;
  readonly clock: Clock;
  readonly counters: DownlinkCounters;
  readonly outward: Outward;
  readonly tell: Tell;
  readonly losses: LossLog;
  readonly commitWaitMs: number | undefined;
  /** The client of now. */
  port(): ConsumerPort | null;
  onPositioned(): void;
  onUnpositioned(): void;
  /** Records came from there, or marks were committed. */
  /** @param answered by a broker; else the records may come from the client's stock */
  onWorks(places: readonly TopicPartition[], answered: boolean): void;
  onFailure(failure: ConsumeFailure): void;
  onError(error: NorthwardError): void;
}

export class DownlinkStages {
  readonly group: Group;
  readonly stream: DispatcherStream;
  readonly #parts: StagesParts;
  readonly #ownership = new Ownership();
  readonly #resets: OffsetResets;
  readonly #lastResort: LastResort;
  readonly #dispatcher: Dispatcher;
  readonly #intake: Intake;
  readonly #committer: Committer;
  readonly #reader: Reader;
  readonly #continuity: Continuity;
  readonly #lag: Lag;
  #whenIdle: (() => void) | undefined;

  constructor(parts: StagesParts) {
    this.#parts = parts;
    this.#resets = new OffsetResets(parts.counters, parts.tell);
    this.#lastResort = this.#makeLastResort();
    this.#dispatcher = this.#makeDispatcher();
    this.stream = new DispatcherStream(this.#dispatcher);
    this.#intake = this.#makeIntake();
    this.#committer = this.#makeCommitter();
    this.#lag = new Lag({ clock: parts.clock, owned: () => this.#ownership.all, port: () => parts.port() });
    this.#reader = this.#makeReader();
    this.#continuity = this.#makeContinuity();
    this.group = this.#makeGroup();
  }

  /** A client is there. */
  attach(port: ConsumerPort): void {
    this.group.join(port);
    this.#reader.start(port);
    this.#continuity.start();
  }

  /** The client is going; what it owned is another's. */
  detach(): void {
    this.#continuity.stop();
    own(this.#reader.stop(), 'Reading', this.#parts);
    this.group.leave();
    this.#committer.restart();
  }

  committed(answer: CommitAnswer, offsets: readonly RecordPlace[]): void {
    const { outcome, fromBroker } = answer;
    this.#committer.gate.sign(fromBroker);
    if (outcome === 'committed') {
      // The last marks of what was given back say nothing about the reading.
      if (this.#ownership.all.length > 0) this.#parts.onWorks(offsets, true);
    } else if (outcome !== 'unclear') this.#commitFailed(answer, offsets);
    this.#committer.answer(outcome, offsets);
  }

  /** A connection failed. */
  trouble(): void {
    this.#committer.gate.sign(false);
  }

  /** A topic was refused. */
  refused(): void {
    this.#committer.reassert();
  }

  releaseHeld(place: TopicPartition, offset: number): boolean {
    const partition = this.#ownership.find(place);
    if (partition?.tracker.release(offset) !== true) return false;
    this.#settled();
    return true;
  }

  /** No further command for the host; its loops end. */
  handOutNoMore(): void {
    this.#dispatcher.close();
    this.stream.end();
  }

  /**
   * Ends the work: resolves when all is settled and committed, or at the deadline.
   * @returns commands that were left in the host's hands, and partitions with finished ones that are not committed
   */
  async finish(deadline: Promise<'timeout'>): Promise<{ commands: number; uncommitted: number }> {
    this.handOutNoMore();
    this.#lag.close();
    const idle = new Promise<void>((resolve) => {
      this.#whenIdle = resolve;
    });
    this.#checkIdle();
    await Promise.race([idle, deadline]);
    const commands = this.#dispatcher.inHand;
    this.#lastResort.stop();
    const uncommitted = await this.#committer.finish(deadline);
    this.#continuity.stop();
    await this.#reader.stop();
    return { commands, uncommitted };
  }

  /** After the client is closed. */
  close(): void {
    this.group.leave();
    this.#committer.close();
  }

  gauges(): Pick<DownlinkMetrics, 'queue' | 'lag'> {
    const { queue, inHand } = this.#dispatcher;
    const { all } = this.#ownership;
    return {
      queue: {
        commands: queue.commands,
        bytes: queue.bytes,
        inHand,
        heldNow: all.reduce((sum, { tracker }) => sum + tracker.held, 0),
      },
      lag: this.#lag.all(),
    };
  }

  // --- how they hang together

  #makeLastResort(): LastResort {
    return new LastResort({
      ...this.#parts,
      onIdle: this.#checkIdle,
    });
  }

  #makeDispatcher(): Dispatcher {
    return new Dispatcher({
      ...this.#parts,
      lastResort: this.#lastResort,
      onSettled: this.#settled,
      onReady: () => {
        this.stream.ready();
      },
      onRoom: () => {
        this.#reader.roomMade();
      },
      onHandEmpty: this.#checkIdle,
    });
  }

  #makeIntake(): Intake {
    return new Intake({
      ...this.#parts,
      dispatcher: this.#dispatcher,
      lastResort: this.#lastResort,
      onSettled: this.#settled,
      onRoom: () => {
        this.#reader.roomMade();
      },
    });
  }

  #makeCommitter(): Committer {
    return new Committer({
      ...this.#parts,
      waitMs: this.#parts.commitWaitMs,
      owned: () => this.#ownership.all,
      onCommitted: (offsets) => {
        this.#parts.counters.commits += 1;
        const places = offsets.map(({ topic, partition, offset }) => ({ topic, partition, offset }));
        this.#parts.tell.tell('committed', () => places);
      },
    });
  }

  #makeReader(): Reader {
    return new Reader({
      ...this.#parts,
      ownership: this.#ownership,
      queue: this.#dispatcher.queue,
      onRecords: (records, port) => {
        this.#parts.onWorks(records, false);
        const takenAt = this.#parts.clock.monotonic();
        for (const record of records) this.#take(record, port, takenAt);
      },
      onEnds: (ends, records) => {
        for (const end of ends) this.#continuity.reached(end, records);
      },
      onPaused: () => {
        this.#lag.paused();
      },
      onBlocked: ({ topic, partition, tracker }) => {
        const { mark, held, size } = tracker;
        const unfinished = size - held;
        this.#parts.tell.tell('partition-paused', () => ({ topic, partition, mark, unfinished, held }));
      },
    });
  }

  #makeContinuity(): Continuity {
    return new Continuity({
      ...this.#parts,
      resets: this.#resets,
      ownership: this.#ownership,
      alone: (task) => {
        this.#reader.alone(task);
      },
      onSettled: this.#settled,
    });
  }

  #makeGroup(): Group {
    return new Group({
      ...this.#parts,
      resets: this.#resets,
      autoOffsetReset: this.#parts.config.autoOffsetReset,
      ownership: this.#ownership,
      quiet: () => this.#reader.quiet(),
      onPositioned: () => {
        this.#committer.positions(() => {
          this.#parts.onPositioned();
        });
      },
      beforeRevoke: (partitions) => {
        this.#committer.last(partitions);
      },
      onRevoked: (partition) => {
        this.#committer.forgetPositions();
        this.#dispatcher.drop(partition);
        this.#committer.gone();
        this.#checkIdle();
      },
    });
  }

  #take(record: IncomingRecord, port: ConsumerPort, takenAt: number): void {
    const partition = this.#ownership.find(record);
    // Not owned (any more): its owner reads it.
    if (partition === undefined) return this.#parts.losses.note('notOwned', record.topic);
    const { tracker, leaderEpoch, doubted } = partition;
    const isNext = record.offset === tracker.next && record.leaderEpoch === leaderEpoch && !doubted;
    if (!isNext && !this.#continuity.accepts(record, partition, port)) return;
    this.#intake.take(record, partition, takenAt);
  }

  readonly #settled = (): void => {
    this.#committer.settled();
    this.#checkIdle();
  };

  #commitFailed(answer: CommitAnswer, offsets: readonly RecordPlace[]): void {
    this.#parts.counters.commitFailures += 1;
    this.#parts.onError(commitTrouble(answer, offsets));
  }

  readonly #checkIdle = (): void => {
    if (this.#whenIdle === undefined) return;
    if (this.#dispatcher.inHand > 0 || this.#lastResort.sending > 0) return;
    this.#whenIdle();
  };
}
