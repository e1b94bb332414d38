/**
 * The group's side of the downlink: partitions come and go, and each is read from where its group left off
 * (contract §6). The group's questions are answered at once, or after a bounded search for the positions.
 */
import { pause, type Clock } from '../../core/clock.js';
import type { DownlinkCounters } from '../../observability/counters.js';
import { ConnectionError, type NorthwardError } from '../../api/errors.js';
import { own } from '../../core/fault.js';
import type { ConsumerPort, TopicPartition } from '../../kafka/port/consumer-port.js';
import { ASK_IDS_MS } from './continuity.js';
import type { LogPosition } from './log-identity.js';
import type { OffsetResets } from './offset-resets.js';
import { OwnedPartition } from './partition.js';
import type { Ownership } from './partition.js';
import { startPosition, type PositionFacts, type StartPosition } from './positions.js';
import type { RouteTable } from '../decode/routes.js';
import type { Tell } from '../events.js';

/** How long one question for positions may take, and how often it is asked before the partitions go back. */
const ASK_MS = 4_000;
const ASKS = 3;
const ASK_AGAIN_MS = 300;
/** Wait before joining again after giving the partitions back. */
const REJOIN_MS = 2_000;

export interface GroupParts {
  readonly autoOffsetReset: PositionFacts['autoOffsetReset'];
  readonly routes: RouteTable;
  readonly clock: Clock;
  readonly counters: DownlinkCounters;
  readonly ownership: Ownership;
  readonly resets: OffsetResets;
  readonly tell: Tell;
  /** Resolves when no `consume()` from before now is under way. */
  quiet(): Promise<void>;
  /** Partitions were given, none perhaps; each has its position. */
  onPositioned(): void;
  /** Positions could not be found: nothing is read for now. */
  onUnpositioned(): void;
  /** About to lose these: the last chance to commit. */
  beforeRevoke(partitions: readonly OwnedPartition[]): void;
  onRevoked(partition: OwnedPartition): void;
  onError(error: NorthwardError): void;
}

export class Group {
  readonly #parts: GroupParts;
  /** Topics that were missing when looked for: when they come, all that is in them is new. */
  readonly #missing = new Set<string>();
  /** Where each partition was left that was ours: Kafka erases what is committed of a topic together with the topic. */
  readonly #left = new Map<string, LogPosition>();
  #port: ConsumerPort | null = null;
  #over = new AbortController();

  constructor(parts: GroupParts) {
    this.#parts = parts;
  }

  /** Joins the group by this client. */
  join(port: ConsumerPort): void {
    this.#port = port;
    this.#over = new AbortController();
    port.subscribe([...this.#parts.routes.keys()]);
  }

  /** The client is gone, or going: everything that it owned is another's. */
  leave(): void {
    this.#over.abort();
    this.#port = null;
    this.#drop(this.#parts.ownership.all, 'lost');
  }

  /** The broker says that a topic does not exist: which? Not called where topics are forbidden: they look the same. */
  async lookForTopics(): Promise<void> {
    const port = this.#port;
    for (const topic of port === null ? [] : this.#parts.routes.keys()) {
      const cluster = await port?.metadata(ASK_MS, topic).catch(() => null);
      if (cluster?.topics.get(topic) === 0) this.#missing.add(topic);
    }
  }

  assigned(partitions: readonly TopicPartition[]): void {
    const port = this.#port;
    if (port === null) return;
    own(this.#assign(port, partitions, this.#over.signal), 'An assignment', this.#parts);
  }

  revoked(partitions: readonly TopicPartition[], lost: boolean): void {
    const owned = partitions.flatMap((each) => this.#parts.ownership.find(each) ?? []);
    if (!lost) this.#parts.beforeRevoke(owned);
    this.#drop(owned, lost ? 'lost' : 'revoked');
    this.#port?.unassign(partitions);
  }

  async #assign(port: ConsumerPort, partitions: readonly TopicPartition[], over: AbortSignal): Promise<void> {
    // What a consume() from before brings belongs to the former assignment.
    await this.#parts.quiet();
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
    for (const start of starts) this.#own(start);
    this.#parts.counters.rebalances += 1;
    this.#parts.tell.tell('rebalance', () => ({ type: 'assigned', partitions }));
    this.#parts.onPositioned();
  }

  #own(start: StartPosition): void {
    const routes = this.#parts.routes.get(start.topic);
    if (routes === undefined) return;
    const partition = new OwnedPartition(start, routes);
    this.#parts.ownership.add(partition);
    const { offset, lost, reason } = start;
    if (lost === null || reason === null) return;
    // Without commits every start is the first one.
    if (reason === 'not-committed' && !partition.commits) return;
    this.#parts.resets.add(partition, lost, offset, reason);
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
        if (!over.aborted) this.#parts.onError(new ConnectionError('POSITIONS_UNKNOWN', message, { cause }));
      }
      if (asked === ASKS) break;
      await pause(this.#parts.clock, ASK_AGAIN_MS, over);
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
    const { autoOffsetReset } = this.#parts;
    return { autoOffsetReset, appeared: this.#missing, counts, topicIds, committed, bounds, remembered };
  }

  /** Nothing is read without a position; so the partitions go back, and are asked for again later. */
  #giveBack(port: ConsumerPort, partitions: readonly TopicPartition[], over: AbortSignal): void {
    // Nobody owns them here, so what comes before the group has taken them is not looked at.
    port.assign(partitions.map((each) => ({ ...each, offset: 0 })));
    port.pause(partitions);
    port.unsubscribe();
    this.#parts.onUnpositioned();
    const rejoined = pause(this.#parts.clock, REJOIN_MS, over).then(() => {
      if (!over.aborted) port.subscribe([...this.#parts.routes.keys()]);
    });
    own(rejoined, 'Joining the group again', this.#parts);
  }

  #drop(partitions: readonly OwnedPartition[], type: 'revoked' | 'lost'): void {
    for (const partition of partitions) {
      this.#parts.ownership.remove(partition);
      this.#left.set(nameOf(partition), partition.position);
      this.#parts.onRevoked(partition);
    }
    if (partitions.length === 0) return;
    this.#parts.counters.rebalances += 1;
    const places = partitions.map(({ topic, partition }) => ({ topic, partition }));
    this.#parts.tell.tell('rebalance', () => ({ type, partitions: places }));
  }
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic} ${partition}`;
}
