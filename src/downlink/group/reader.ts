/**
 * The loop that reads: as much as there is room for, and on and on even where there is none, because the group
 * is served only there (contract §6, §7).
 */
import { pause } from '../../core/clock.js';
import { libraryFault } from '../../core/fault.js';
import type { Consumed, ConsumeFailure, ConsumerPort } from '../../kafka/port/consumer-port.js';
import { type IncomingRecord, bytesOf } from '../../record/incoming-record.js';
import type { RecordPlace } from '../../api/events.js';
import type { DownlinkContext } from '../context.js';
import type { Lag } from './lag.js';
import type { OwnedPartition, Ownership } from './partition.js';
import type { DeliveryQueue } from '../handover/queue.js';

const MAX_RECORDS = 500;
/** A full queue may stop the reading for so long; then the partitions are paused. */
const PAUSE_AFTER_MS = 1_000;
const AFTER_FAILURE_MS = 200;
/** Size of a record before any was seen, in bytes. */
const FIRST_GUESS_BYTES = 16_384;
/** Most offsets that are unfinished or held in a partition; at half of it reading goes on. */
export const MAX_OPEN = 10_000;

/** Takes what is read. */
export interface ReadSink {
  records(records: readonly IncomingRecord[], port: ConsumerPort): void;
  /** Ends of partitions that were reached, with the records that came with them. */
  ends(ends: readonly RecordPlace[], records: readonly IncomingRecord[]): void;
  /** What the client tells instead of records. */
  failure(failure: ConsumeFailure): void;
}

type Context = Pick<DownlinkContext, 'clock' | 'events' | 'onError'>;

export class Reader {
  readonly #context: Context;
  readonly #ownership: Ownership;
  readonly #queue: DeliveryQueue;
  readonly #lag: Lag;
  #port: ConsumerPort | null = null;
  #over = new AbortController();
  #consuming: Promise<unknown> = Promise.resolve();
  #running: Promise<void> = Promise.resolve();
  #pausedAll = false;
  #roomEnds: (() => void) | undefined;
  #recordBytes = FIRST_GUESS_BYTES;
  /** Records asked for at once. Few until their size is known, and again after a silence; then twice what came. */
  #portion = 1;
  /** To be called while no `consume()` is under way. */
  #alone: Array<() => Promise<void>> = [];
  /** When the loop last turned, monotonic ms. */
  #turnedAt = 0;

  constructor(context: Context, ownership: Ownership, queue: DeliveryQueue, lag: Lag) {
    this.#context = context;
    this.#ownership = ownership;
    this.#queue = queue;
    this.#lag = lag;
  }

  start(port: ConsumerPort, sink: ReadSink): void {
    this.#port = port;
    this.#over = new AbortController();
    this.#pausedAll = false;
    this.#alone = [];
    this.#turnedAt = this.#context.clock.monotonic();
    this.#running = this.#keepReading(port, sink, this.#over.signal);
  }

  /** Resolves when the loop has ended. */
  async stop(): Promise<void> {
    this.#over.abort();
    this.#roomEnds?.();
    this.#port?.wake();
    this.#port = null;
    await this.#running;
  }

  /** How long the loop has stood still, ms; 0: there is none. It turns at least every two seconds. */
  get stoodMs(): number {
    return this.#port === null ? 0 : this.#context.clock.monotonic() - this.#turnedAt;
  }

  /** Resolves when a `consume()` that is under way now has ended. */
  async quiet(): Promise<void> {
    this.#port?.wake();
    await this.#consuming;
  }

  /** Calls `task`, which never rejects, while no `consume()` is under way; never when the loop ends before. */
  alone(task: () => Promise<void>): void {
    this.#alone.push(task);
    this.#port?.wake();
  }

  /** Commands left the queue, or offsets were settled. */
  roomMade(): void {
    if (this.#roomEnds !== undefined && this.#queue.halfEmpty) this.#roomEnds();
    else if (this.#pausedAll && this.#queue.halfEmpty) this.#port?.wake();
  }

  /** The owner of the loop: a fault is told, and reading goes on. */
  async #keepReading(port: ConsumerPort, sink: ReadSink, over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      try {
        await this.#run(port, sink, over);
      } catch (cause) {
        this.#context.onError(libraryFault('Reading', cause));
        await pause(this.#context.clock, AFTER_FAILURE_MS, over);
      }
    }
  }

  async #run(port: ConsumerPort, sink: ReadSink, over: AbortSignal): Promise<void> {
    let ahead: Promise<Consumed> | null = null;
    while (!over.aborted) {
      this.#turnedAt = this.#context.clock.monotonic();
      if (ahead === null) {
        for (const task of this.#alone.splice(0)) await task();
        await this.#waitForRoom(over);
      }
      if (over.aborted) return;
      const { records, ends, failure }: Consumed = await (ahead ?? this.#consume(port, 0));
      ahead = null;
      if (records.length > 0) {
        this.#measure(records);
        // The client gathers the next ones while these are worked on.
        const goesOn = !over.aborted && this.#alone.length === 0;
        if (goesOn && this.#room(records.length) > 0) ahead = this.#consume(port, records.length);
        sink.records(records, port);
      } else this.#portion = 1;
      if (ends.length > 0) sink.ends(ends, records);
      if (failure === null || over.aborted) continue;
      sink.failure(failure);
      await pause(this.#context.clock, AFTER_FAILURE_MS, over);
    }
  }

  /** For a short time; then the partitions are paused instead. */
  async #waitForRoom(over: AbortSignal): Promise<void> {
    if (this.#pausedAll) this.#pausedAll = !this.#queue.halfEmpty;
    else if (this.#queue.full) this.#pausedAll = !(await this.#waitForHalf(over));
  }

  /** @param coming records that came and are not in the queue yet */
  #consume(port: ConsumerPort, coming: number): Promise<Consumed> {
    this.#applyPauses(port);
    // Consuming serves the group, so it goes on even where nothing is to come.
    const consuming = port.consume(Math.max(1, this.#room(coming)));
    this.#consuming = consuming;
    return consuming;
  }

  #room(coming: number): number {
    if (this.#pausedAll) return 0;
    return Math.min(this.#portion, this.#queue.room(this.#recordBytes) - coming);
  }

  /** @returns whether room was made in time. */
  async #waitForHalf(over: AbortSignal): Promise<boolean> {
    const done = new AbortController();
    this.#roomEnds = () => {
      done.abort();
    };
    await pause(this.#context.clock, PAUSE_AFTER_MS, over, done.signal);
    this.#roomEnds = undefined;
    return this.#queue.halfEmpty;
  }

  #applyPauses(port: ConsumerPort): void {
    const toPause: OwnedPartition[] = [];
    const toResume: OwnedPartition[] = [];
    for (const partition of this.#ownership.all) {
      this.#blockOrFree(partition);
      const paused = this.#pausedAll || partition.blocked;
      if (paused === partition.paused) continue;
      partition.paused = paused;
      (paused ? toPause : toResume).push(partition);
    }
    port.pause(toPause.map(placeOf));
    port.resume(toResume.map(placeOf));
    if (toPause.length > 0) this.#lag.paused();
  }

  /** Too much is unfinished or held in the partition: it is not read for now. */
  #blockOrFree(partition: OwnedPartition): void {
    const { size } = partition.tracker;
    if (partition.blocked) {
      partition.blocked = size > MAX_OPEN / 2;
    } else if (size >= MAX_OPEN) {
      partition.blocked = true;
      this.#tellBlocked(partition);
    }
  }

  #tellBlocked({ topic, partition, tracker }: OwnedPartition): void {
    const { mark, held, size } = tracker;
    const unfinished = size - held;
    this.#context.events.emit('partition-paused', () => ({ topic, partition, mark, unfinished, held }));
  }

  /** Grows at once, shrinks slowly: room is measured by the larger records. */
  #measure(records: readonly IncomingRecord[]): void {
    let largest = 0;
    for (const record of records) largest = Math.max(largest, bytesOf(record));
    this.#portion = Math.min(MAX_RECORDS, 2 * records.length);
    this.#recordBytes = Math.max(largest, this.#recordBytes * 0.9, 1);
  }
}

function placeOf({ topic, partition }: OwnedPartition): { topic: string; partition: number } {
  return { topic, partition };
}
