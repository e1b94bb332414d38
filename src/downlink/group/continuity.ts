/**
 * Whether what comes goes on where reading was, in the same log; and where to go on when it does not. The client goes back by
 * itself when a log has lost its end, and does not notice at all that a topic was deleted and created again with more
 * records than before: it goes on at the same offset of another log.
 */
import { pause, type Timer } from '../../core/clock.js';
import { ConnectionError } from '../../api/errors.js';
import { own } from '../../core/fault.js';
import type { ConsumerPort } from '../../kafka/port/consumer-port.js';
import type { IncomingRecord } from '../../record/incoming-record.js';
import type { OffsetResetReason, RecordPlace } from '../../api/events.js';
import { reasonOf } from '../../api/reason.js';
import { isNewer, resumeAfter, type LogFacts, type Resumption, type Surprise } from './log-identity.js';
import { tellOffsetReset } from './offset-resets.js';
import type { CurrentClient, DownlinkContext, HealthListener } from '../context.js';
import type { Committer } from './committer.js';
import type { OwnedPartition, Ownership } from './partition.js';
import type { Reader } from './reader.js';
import type { RouteTable } from '../decode/routes.js';

const ASK_MS = 4_000;
/** The client cannot be closed while it is asked for topic ids, so not for long. */
export const ASK_IDS_MS = 1_000;
const SEEK_MS = 1_000;
const AGAIN_MS = 1_000;
/** How soon the ids of the topics are asked for, and how often after that. */
const FIRST_LOOK_MS = 1_000;
const WATCH_MS = 10_000;
/** How soon the client is made again for a topic that was. */
const RENEW_MS = 2_000;

type Context = Pick<DownlinkContext, 'clock' | 'counters' | 'events' | 'losses' | 'onError'>;

export class Continuity {
  readonly #context: Context;
  readonly #client: CurrentClient;
  readonly #ownership: Ownership;
  readonly #reader: Reader;
  readonly #committer: Committer;
  readonly #routes: RouteTable;
  readonly #health: Pick<HealthListener, 'outdated'>;
  /** What this client has met each topic as. */
  readonly #ids = new Map<string, string>();
  /** Those that are others now. */
  readonly #again = new Set<string>();
  #watch: Timer | undefined;

  /**
   * @param routes of all topics that the group reads, owned here or not
   * @param health hears that the client has to be made again: librdkafka keeps the leader epochs of a topic that is gone, and takes
   * the leaders of the new one for older ones
   */
  constructor(
    context: Context,
    client: CurrentClient,
    ownership: Ownership,
    reader: Reader,
    committer: Committer,
    routes: RouteTable,
    health: Pick<HealthListener, 'outdated'>,
  ) {
    this.#routes = routes;
    this.#health = health;
    this.#context = context;
    this.#client = client;
    this.#ownership = ownership;
    this.#reader = reader;
    this.#committer = committer;
  }

  /** A client is there: asks for the ids of its topics, soon and then now and then. */
  start(): void {
    this.#ids.clear();
    this.#again.clear();
    this.#lookAfter(FIRST_LOOK_MS);
  }

  stop(): void {
    this.#watch?.cancel();
    this.#watch = undefined;
  }

  #lookAfter(ms: number): void {
    this.stop();
    this.#watch = this.#context.clock.after(ms, () => {
      this.#renewClient();
      if (this.#watch === undefined) return;
      const looked = this.#lookAtIds().finally(() => {
        if (this.#watch !== undefined) this.#lookAfter(this.#again.size > 0 ? RENEW_MS : WATCH_MS);
      });
      own(looked, 'Asking for topic ids', this.#context);
    });
  }

  /** For a record that is not the next one of the epoch that is being read. @returns whether it is to be taken. */
  accepts(record: IncomingRecord, partition: OwnedPartition, port: ConsumerPort): boolean {
    if (partition.doubted) return false; // it comes again
    const { offset, leaderEpoch } = record;
    const { next } = partition.tracker;
    const behind = offset < next;
    const newer = isNewer(leaderEpoch, partition.leaderEpoch);
    if (partition.reread !== null && (behind || newer)) return this.#reread(record, partition, newer);
    // An epoch never goes back in a log.
    if (behind || isNewer(partition.leaderEpoch, leaderEpoch)) {
      this.#doubt(partition, { offset, leaderEpoch, isEnd: false });
      return false;
    }
    partition.reread = null;
    // A gap is usual (transactions, compaction) unless what should have come is gone.
    if (offset > next && (port.knownBounds(partition)?.low ?? 0) > next) {
      tellOffsetReset(this.#context, partition, next, offset, 'retention');
    }
    if (leaderEpoch !== partition.leaderEpoch) partition.noteEpoch(offset, leaderEpoch);
    return true;
  }

  /** The client has reached the end of a partition, after these records. */
  reached({ topic, partition: number, offset }: RecordPlace, records: readonly IncomingRecord[]): void {
    const partition = this.#ownership.find({ topic, partition: number });
    if (partition === undefined || partition.doubted) return;
    const last = records.findLast((each) => each.partition === number && each.topic === topic);
    // It was reached before the last of them came.
    if (last !== undefined && last.offset >= offset) return;
    const { next } = partition.tracker;
    if (offset < next) {
      this.#endsBefore(partition, offset);
      return;
    }
    partition.reread = null;
    if (offset === next) return;
    partition.tracker.skip(offset - 1);
    this.#committer.settled();
  }

  /** Nothing is taken until it shows where the logs part. */
  #reread(
    { topic, offset, leaderEpoch }: IncomingRecord,
    partition: OwnedPartition,
    newer: boolean,
  ): boolean {
    const { reread } = partition;
    if (reread === null) return true;
    if (!newer) {
      reread.common = true;
      this.#context.losses.note('repeatedRecord', topic);
      return false;
    }
    const { next } = partition.tracker;
    if (!reread.common && reread.from > reread.low) {
      this.#rereadAll(partition);
      return false;
    }
    partition.reread = null;
    if (offset < next)
      this.#restart(partition, { offset, leaderEpoch: null }, partition.topicId, 'truncated');
    partition.noteEpoch(offset, leaderEpoch);
    return true;
  }

  #endsBefore(partition: OwnedPartition, offset: number): void {
    const { reread } = partition;
    if (reread === null) {
      this.#doubt(partition, { offset, leaderEpoch: null, isEnd: true });
    } else if (!reread.common && reread.from > reread.low) {
      this.#rereadAll(partition);
    } else {
      partition.reread = null;
      this.#restart(
        partition,
        { offset, leaderEpoch: partition.leaderEpoch },
        partition.topicId,
        'truncated',
      );
    }
  }

  /** The logs part before the place where reading again began. */
  #rereadAll(partition: OwnedPartition): void {
    partition.doubted = true;
    const { low } = partition;
    this.#goOnAt(partition, { offset: partition.tracker.next, reason: null, rereadFrom: low }, null);
  }

  #doubt(partition: OwnedPartition, surprise: Surprise | null): void {
    partition.doubted = true;
    own(this.#resolve(partition, surprise), 'Finding where to go on', this.#context);
  }

  async #resolve(partition: OwnedPartition, surprise: Surprise | null): Promise<void> {
    while (!partition.revoked) {
      try {
        const log = await this.#facts(partition);
        const { tracker, leaderEpoch, topicId } = partition;
        const position = { offset: tracker.next, leaderEpoch, topicId };
        this.#goOnAt(partition, resumeAfter(position, log, surprise), log);
        return;
      } catch (cause) {
        this.#failed(partition, cause);
      }
      await pause(this.#context.clock, AGAIN_MS, partition.gone);
    }
  }

  async #facts({ topic, partition }: OwnedPartition): Promise<LogFacts> {
    const port = this.#client.port;
    if (port === null) throw new ConnectionError('REQUEST_TIMEOUT', 'There is no client');
    const ids = await port.topicIds([topic], ASK_IDS_MS);
    const [bounds] = await port.bounds([{ topic, partition }], ASK_MS);
    return {
      low: bounds?.low ?? 0,
      high: bounds?.high ?? 0,
      leaderEpoch: bounds?.leaderEpoch ?? null,
      topicId: ids.get(topic) ?? null,
    };
  }

  /** Moves the client; what it has fetched already is dropped by it. */
  #goOnAt(partition: OwnedPartition, resumption: Resumption, log: LogFacts | null): void {
    const { topic, partition: number } = partition;
    const { offset, reason, rereadFrom } = resumption;
    this.#reader.alone(async () => {
      try {
        if (partition.revoked) return;
        await this.#client.port?.seek({ topic, partition: number, offset: rereadFrom ?? offset }, SEEK_MS);
      } catch (cause) {
        this.#failed(partition, cause);
        const again = pause(this.#context.clock, AGAIN_MS, partition.gone).then(() => {
          this.#goOnAt(partition, resumption, log);
        });
        own(again, 'Going on', this.#context);
        return;
      }
      if (partition.revoked) return;
      partition.doubted = false;
      if (log !== null) partition.low = log.low;
      partition.rereadFrom(rereadFrom);
      const known = log?.topicId ?? partition.topicId;
      const leaderEpoch = offset === log?.high ? log.leaderEpoch : null;
      if (reason !== null) this.#restart(partition, { offset, leaderEpoch }, known, reason);
    });
  }

  #restart(
    partition: OwnedPartition,
    { offset, leaderEpoch }: { readonly offset: number; readonly leaderEpoch: number | null },
    topicId: string | null,
    reason: OffsetResetReason,
  ): void {
    // Its id may have been found here first, with nothing to compare it to but what the partition was started with.
    if (reason === 'recreated') this.#again.add(partition.topic);
    const from = partition.tracker.next;
    partition.restart({ offset, leaderEpoch, topicId });
    tellOffsetReset(this.#context, partition, from, offset, reason);
    this.#committer.settled();
  }

  #failed({ topic, partition }: OwnedPartition, cause: unknown): void {
    const message = `Where to go on in ${topic} ${partition} is not known: ${reasonOf(cause)}; it is tried again`;
    this.#context.onError(new ConnectionError('POSITIONS_UNKNOWN', message, { cause }));
  }

  async #lookAtIds(): Promise<void> {
    const ids = await this.#client.port?.topicIds([...this.#routes.keys()], ASK_IDS_MS);
    if (ids === undefined) return;
    for (const partition of this.#ownership.all) {
      const id = ids.get(partition.topic);
      if (id === undefined || id === partition.topicId || partition.doubted) continue;
      if (partition.topicId === null) partition.identify(id);
      else {
        this.#again.add(partition.topic);
        this.#doubt(partition, null);
      }
    }
    for (const topic of this.#routes.keys())
      if (this.#isAnother(topic, ids.get(topic))) this.#again.add(topic);
  }

  /** Where to go on in the new topic has been found and told before the client goes. */
  #renewClient(): void {
    if (this.#again.size === 0 || this.#ownership.all.some(({ doubted }) => doubted)) return;
    const why = `${[...this.#again].join(', ')} was created again`;
    this.#again.clear();
    this.#health.outdated(why);
  }

  /** Another topic of this name than the one that the client has met. */
  #isAnother(topic: string, id: string | undefined): boolean {
    if (id === undefined) return false;
    const known = this.#ids.get(topic);
    this.#ids.set(topic, id);
    return known !== undefined && known !== id;
  }
}
