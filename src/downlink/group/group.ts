/**
 * The group's side of the downlink: partitions come and go, and each is read from where its group left off
 * (contract §6). The group's questions are answered at once, or after a bounded search for the positions.
 */
import { pause } from '../../core/clock.js';
import { ConnectionError } from '../../api/errors.js';
import { own } from '../../core/fault.js';
import type { ConsumerPort, TopicPartition } from '../../kafka/port/consumer-port.js';
import { ASK_IDS_MS } from './continuity.js';
import type { LogPosition } from './log-identity.js';
import { tellOffsetReset } from './offset-resets.js';
import { OwnedPartition, type Ownership } from './partition.js';
import { startPosition, type PositionFacts, type StartPosition } from './positions.js';
import type { RouteTable } from '../decode/routes.js';
import type { GroupReadiness } from '../../kafka/port/readiness.js';
import type { DownlinkContext } from '../context.js';
import type { Dispatcher } from '../handover/dispatcher.js';
import type { Committer } from './committer.js';
import type { Reader } from './reader.js';

/** How long one question for positions may take, and how often it is asked before the partitions go back. */
const ASK_MS = 4_000;
const ASKS = 3;
const ASK_AGAIN_MS = 300;
/** Wait before joining again after giving the partitions back. */
const REJOIN_MS = 2_000;

type Context = Pick<DownlinkContext, 'config' | 'clock' | 'counters' | 'events' | 'onError'>;

export class Group {
  readonly #context: Context;
  readonly #routes: RouteTable;
  readonly #ownership: Ownership;
  readonly #reader: Reader;
  readonly #committer: Committer;
  readonly #dispatcher: Dispatcher;
  readonly #readiness: GroupReadiness;
  /** Topics that were missing when looked for: when they come, all that is in them is new. */
  readonly #missing = new Set<string>();
  /** Those that are missing now, as far as the brokers have said, and since when, monotonic ms. */
  readonly #absent = new Map<string, number>();
  /** Where each partition was left that was ours: Kafka erases what is committed of a topic together with the topic. */
  readonly #left = new Map<string, LogPosition>();
  #port: ConsumerPort | null = null;
  #over = new AbortController();

  constructor(
    context: Context,
    routes: RouteTable,
    ownership: Ownership,
    reader: Reader,
    committer: Committer,
    dispatcher: Dispatcher,
    readiness: GroupReadiness,
  ) {
    this.#context = context;
    this.#routes = routes;
    this.#ownership = ownership;
    this.#reader = reader;
    this.#committer = committer;
    this.#dispatcher = dispatcher;
    this.#readiness = readiness;
  }

  /** Joins the group by this client. */
  join(port: ConsumerPort): void {
    this.#port = port;
    this.#over = new AbortController();
    port.subscribe([...this.#routes.keys()]);
  }

  /** The client is gone, or going: everything that it owned is another's. */
  leave(): void {
    this.#over.abort();
    this.#port = null;
    this.#drop(this.#ownership.all, 'lost');
  }

  /** The broker says that a topic does not exist: which? Not called where topics are forbidden: they look the same. */
  async lookForTopics(): Promise<void> {
    const port = this.#port;
    for (const topic of port === null ? [] : this.#routes.keys()) {
      const cluster = await port?.metadata(ASK_MS, topic).catch(() => null);
      const partitions = cluster?.topics.get(topic);
      if (partitions === 0) {
        this.#missing.add(topic);
        if (!this.#absent.has(topic)) this.#absent.set(topic, this.#context.clock.monotonic());
      } else if (partitions !== undefined) this.#absent.delete(topic);
    }
  }

  /** Topics of routes that do not exist, and since when that is known, monotonic ms. */
  get absent(): ReadonlyMap<string, number> {
    return this.#absent;
  }

  assigned(partitions: readonly TopicPartition[]): void {
    const port = this.#port;
    if (port === null) return;
    own(this.#assign(port, partitions, this.#over.signal), 'An assignment', this.#context);
  }

  revoked(partitions: readonly TopicPartition[], lost: boolean): void {
    const owned = partitions.flatMap((each) => this.#ownership.find(each) ?? []);
    // The last chance to commit.
    if (!lost) this.#committer.commitLast(owned);
    this.#drop(owned, lost ? 'lost' : 'revoked');
    this.#port?.unassign(partitions);
  }

  async #assign(port: ConsumerPort, partitions: readonly TopicPartition[], over: AbortSignal): Promise<void> {
    // What a consume() from before brings belongs to the former assignment.
    await this.#reader.quiet();
    const starts = await this.#findPositions(port, partitions, over);
    if (over.aborted) return;
    if (starts === null) {
      this.#giveBack(port, partitions, over);
      return;
    }
    const positions = starts.map(({ topic, partition, offset, rereadFrom }) => ({
      topic,
      partition,
      offset: rereadFrom ?? offset,
    }));
    // The client keeps a pause() across assignments, its own excepted; here each of them begins as not paused.
    port.resume(partitions);
    if (!port.assign(positions)) return;
    // No record comes before this turn of the event loop is over.
    for (const start of starts) this.#takeOver(start);
    this.#context.counters.rebalances += 1;
    this.#context.events.emit('rebalance', () => ({ type: 'assigned', partitions }));
    // Who waits for the group meets no commit on its way.
    this.#committer.commitPositions(() => {
      this.#readiness.positioned();
    });
    // The group gives partitions again when a topic appears, to whichever member.
    if (this.#absent.size > 0) own(this.lookForTopics(), 'Looking for topics', this.#context);
  }

  #takeOver(start: StartPosition): void {
    const routes = this.#routes.get(start.topic);
    if (routes === undefined) return;
    const partition = new OwnedPartition(start, routes);
    this.#ownership.add(partition);
    const { offset, lost, reason } = start;
    if (lost === null || reason === null) return;
    // Without commits every start is the first one.
    if (reason === 'not-committed' && !partition.commits) return;
    tellOffsetReset(this.#context, partition, lost, offset, reason);
  }

  async #findPositions(
    port: ConsumerPort,
    partitions: readonly TopicPartition[],
    over: AbortSignal,
  ): Promise<StartPosition[] | null> {
    if (partitions.length === 0) return [];
    for (let asked = 1; !over.aborted; asked += 1) {
      try {
        const facts = await this.#facts(port, partitions);
        return partitions.map((partition) => startPosition(partition, facts));
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        const message = `Where to start reading is not known: ${reason}`;
        if (!over.aborted)
          this.#context.onError(new ConnectionError('POSITIONS_UNKNOWN', message, { cause }));
      }
      if (asked === ASKS) break;
      await pause(this.#context.clock, ASK_AGAIN_MS, over);
    }
    return null;
  }

  async #facts(port: ConsumerPort, partitions: readonly TopicPartition[]): Promise<PositionFacts> {
    const topics = [...new Set(partitions.map(({ topic }) => topic))];
    const counts = new Map<string, number>();
    for (const topic of topics) {
      const known = (await port.metadata(ASK_MS, topic)).topics.get(topic) ?? 0;
      const assigned = partitions.filter((each) => each.topic === topic).map((each) => each.partition);
      counts.set(topic, Math.max(known, ...assigned.map((partition) => partition + 1)));
    }
    const all = topics.flatMap((topic) =>
      Array.from({ length: counts.get(topic) ?? 0 }, (_, partition) => ({ topic, partition })),
    );
    const committed = await port.committed(all, ASK_MS);
    const bounds = await port.bounds(partitions, ASK_MS);
    const topicIds = await port.topicIds(topics, ASK_IDS_MS);
    const remembered = (place: TopicPartition): LogPosition | undefined => this.#left.get(nameOf(place));
    const { autoOffsetReset } = this.#context.config;
    return { autoOffsetReset, appeared: this.#missing, counts, topicIds, committed, bounds, remembered };
  }

  /** Nothing is read without a position; so the partitions go back, and are asked for again later. */
  #giveBack(port: ConsumerPort, partitions: readonly TopicPartition[], over: AbortSignal): void {
    // Nobody owns them here, so what comes before the group has taken them is not looked at.
    port.assign(partitions.map((each) => ({ ...each, offset: 0 })));
    port.pause(partitions);
    port.unsubscribe();
    this.#readiness.unpositioned();
    const rejoined = pause(this.#context.clock, REJOIN_MS, over).then(() => {
      if (!over.aborted) port.subscribe([...this.#routes.keys()]);
    });
    own(rejoined, 'Joining the group again', this.#context);
  }

  #drop(partitions: readonly OwnedPartition[], type: 'revoked' | 'lost'): void {
    for (const partition of partitions) {
      this.#ownership.remove(partition);
      this.#left.set(nameOf(partition), partition.position);
      this.#committer.forgetPositions();
      this.#dispatcher.drop(partition);
      this.#committer.partitionGone();
    }
    if (partitions.length === 0) return;
    this.#context.counters.rebalances += 1;
    const places = partitions.map(({ topic, partition }) => ({ topic, partition }));
    this.#context.events.emit('rebalance', () => ({ type, partitions: places }));
  }
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic} ${partition}`;
}
