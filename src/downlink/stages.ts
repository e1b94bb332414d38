/** The stages of the downlink and how they hang together: group → reader → intake → dispatcher → committer. */
import type { DownlinkMetrics } from '../api/metrics.js';
import type { DownlinkFacts, HeldFacts } from '../observability/health.js';
import type { RecordPlace } from '../api/events.js';
import { own } from '../core/fault.js';
import type { CommitAnswer, ConsumerPort, TopicPartition } from '../kafka/port/consumer-port.js';
import type { GroupReadiness } from '../kafka/port/readiness.js';
import type { Outward } from '../record/outward.js';
import { Arrivals } from './arrivals.js';
import type { DownlinkContext, HealthListener } from './context.js';
import type { RouteTable } from './decode/routes.js';
import { Committer } from './group/committer.js';
import { Continuity } from './group/continuity.js';
import { Group } from './group/group.js';
import { Lag } from './group/lag.js';
import { Ownership } from './group/partition.js';
import { Reader } from './group/reader.js';
import { Dispatcher } from './handover/dispatcher.js';
import { Intake } from './handover/intake.js';
import type { CommandStream } from './handover/iterator.js';
import { LastResort } from './handover/last-resort.js';
import { OpenWork } from './handover/open-work.js';
import { DeliveryQueue, type QueueLimits } from './handover/queue.js';

export class DownlinkStages {
  readonly group: Group;
  readonly #context: DownlinkContext;
  readonly #health: HealthListener;
  readonly #client: { port: ConsumerPort | null } = { port: null };
  readonly #ownership = new Ownership();
  readonly #openWork: OpenWork;
  readonly #queue: DeliveryQueue;
  readonly #limits: { maxQueued: number; maxQueuedBytes: number };
  readonly #lag: Lag;
  readonly #committer: Committer;
  readonly #reader: Reader;
  readonly #lastResort: LastResort;
  readonly #dispatcher: Dispatcher;
  readonly #continuity: Continuity;
  readonly #arrivals: Arrivals;

  /** From the last stage to the first, as each is given those that it calls. */
  constructor(
    context: DownlinkContext,
    routes: RouteTable,
    outward: Outward,
    readiness: GroupReadiness,
    health: HealthListener,
    commitWaitMs: number | undefined,
  ) {
    const { config, clock } = context;
    const client = this.#client;
    const ownership = this.#ownership;
    const openWork = new OpenWork(clock);
    const { maxQueued, maxQueuedBytes } = config;
    this.#limits = { maxQueued, maxQueuedBytes };
    const queue = new DeliveryQueue(this.#limits);
    const lag = new Lag(context, client, ownership);
    const committer = new Committer(context, client, ownership, commitWaitMs);
    const reader = new Reader(context, ownership, queue, lag);
    const lastResort = new LastResort(context, outward, openWork);
    const dispatcher = new Dispatcher(context, outward, queue, lastResort, committer, reader, openWork);
    const intake = new Intake(context, routes, queue, dispatcher, lastResort, committer, reader);
    const continuity = new Continuity(context, client, ownership, reader, committer, routes, health);
    this.#arrivals = new Arrivals(context, ownership, continuity, intake, health);
    this.group = new Group(context, routes, ownership, reader, committer, dispatcher, readiness);
    this.#context = context;
    this.#health = health;
    this.#openWork = openWork;
    this.#queue = queue;
    this.#lag = lag;
    this.#committer = committer;
    this.#reader = reader;
    this.#lastResort = lastResort;
    this.#dispatcher = dispatcher;
    this.#continuity = continuity;
  }

  /** Where the iterators get their commands. */
  get stream(): CommandStream {
    return this.#dispatcher.stream;
  }

  /** A client is there. */
  attach(port: ConsumerPort): void {
    this.#client.port = port;
    this.group.join(port);
    this.#reader.start(port, this.#arrivals);
    this.#continuity.start();
  }

  /** The client is going; what it owned is another's. */
  detach(): void {
    this.#client.port = null;
    this.#continuity.stop();
    own(this.#reader.stop(), 'Reading', this.#context);
    this.group.leave();
    this.#committer.clientGone();
  }

  /** A request to commit was answered. */
  commitAnswered(answer: CommitAnswer, offsets: readonly RecordPlace[]): void {
    // The last marks of what was given back say nothing about the reading.
    if (answer.outcome === 'committed' && this.#ownership.all.length > 0) this.#health.works(offsets, true);
    this.#committer.answer(answer, offsets);
  }

  connectionFailed(): void {
    this.#committer.connectionFailed();
  }

  topicRefused(): void {
    this.#committer.reassert();
  }

  releaseHeld(place: TopicPartition, offset: number): boolean {
    const partition = this.#ownership.find(place);
    if (partition?.tracker.release(offset) !== true) return false;
    this.#committer.settled();
    return true;
  }

  /** From now on so many commands wait for the host, at most. */
  resize({ maxQueued, maxQueuedBytes }: QueueLimits): void {
    Object.assign(this.#limits, { maxQueued, maxQueuedBytes });
    this.#reader.roomMade();
  }

  /** No further command for the host; its loops end. */
  handOutNoMore(): void {
    this.#dispatcher.close();
  }

  /**
   * Ends the work: resolves when all is settled and committed, or at the deadline.
   * @returns commands that were left in the host's hands, and partitions with finished ones that are not committed
   */
  async finish(deadline: Promise<'timeout'>): Promise<{ commands: number; uncommitted: number }> {
    this.handOutNoMore();
    this.#lag.close();
    await Promise.race([this.#openWork.done(), deadline]);
    const commands = this.#openWork.inHand;
    this.#lastResort.stop();
    const uncommitted = await this.#committer.finish(deadline);
    this.#continuity.stop();
    await this.#reader.stop();
    this.#client.port = null;
    return { commands, uncommitted };
  }

  /** After the client is closed. */
  close(): void {
    this.group.leave();
    this.#committer.close();
  }

  /** What `health()` looks at. */
  facts(): Omit<DownlinkFacts, 'connection'> {
    const inDoubt = this.#ownership.all.filter(({ tracker, blocked }) => tracker.held > 0 || blocked);
    const held = inDoubt.map(({ topic, partition, tracker, blocked, heldAt }): HeldFacts => {
      return { topic, partition, held: tracker.held, paused: blocked, at: tracker.held > 0 ? heldAt : null };
    });
    return { stoodMs: this.#reader.stoodMs, missing: this.group.absent, held };
  }

  gauges(): Pick<DownlinkMetrics, 'queue' | 'lag'> {
    const { commands, bytes } = this.#queue;
    const { inHand } = this.#openWork;
    const heldNow = this.#ownership.all.reduce((sum, { tracker }) => sum + tracker.held, 0);
    return { queue: { commands, bytes, inHand, heldNow }, lag: this.#lag.all() };
  }
}
