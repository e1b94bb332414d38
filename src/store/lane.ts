import type { LossCause } from '../api/store.js';
import { bytesOf } from '../record/outgoing-record.js';
import type { Clock } from '../core/clock.js';
import type { Ages } from './age.js';
import { CommitSchedule, type CommitTurns } from './commit-scheduler.js';
import type { Disk } from './disk.js';
import { LaneReader } from './lane-reader.js';
import { LaneWriter, type StoreIdentity } from './lane-writer.js';
import type { LaneOptions, RecordToStore, StoredRecord, StoreLane } from './port.js';
import { Positions } from './positions.js';
import { SegmentList, type Segment } from './segments.js';
import { Serial } from './serial.js';
import type { LaneState } from './state.js';
import type { Lost } from './stored-record.js';

const LARGEST_SEGMENT = 8 * 1024 * 1024;
/** A segment is at most this part of what its lane may take, and of the time that it keeps records. */
const SEGMENTS_A_LANE = 64;
/** The bound of what was handed over moves in steps of so many records: each step is a write of the state. */
const BOUND_STEP = 8_192;
/** So much of what is done beyond the mark is remembered over a crash. */
const MOST_DONE_RANGES = 512;

/** What a lane asks of its store. */
export interface LaneOwner {
  readonly identity: StoreIdentity;
  readonly working: boolean;
  /** The mark of a lane has moved. */
  stateChanged(): void;
  /** Rejects with what the disk says. */
  writeState(): Promise<void>;
  onSynced(lane: Lane): void;
  /** Enters it into the ledger and tells of it. */
  onLost(lane: Lane, cause: LossCause, records: readonly Lost[]): void;
  onMissing(lane: Lane, from: number, count: number): void;
  onUnstored(lane: Lane, records: readonly StoredRecord[]): void;
  /** The disk has refused something. @returns whether to try once more */
  makeRoom(cause: unknown): Promise<boolean>;
  degrade(cause: unknown): void;
  /** Whether there is no room for so many bytes more. */
  isFull(lane: Lane, bytes: number): boolean;
}

/** What `open()` found of a lane. */
export interface RecoveredLane {
  readonly segments: SegmentList;
  readonly positions: Positions;
  readonly sentBound: number;
  /** Of former lives. */
  readonly formerBound: number;
}

/** One lane: the writer at its end, the reader, and what became of each position between. */
export class Lane implements StoreLane {
  readonly name: string;
  readonly options: LaneOptions;
  readonly #disk: Disk;
  readonly #clock: Clock;
  readonly #ages: Ages;
  readonly #owner: LaneOwner;
  readonly #compress: boolean;
  readonly #schedule: CommitSchedule;
  /** The reader, and what removes files, take turns. */
  readonly serial = new Serial();
  #segments = new SegmentList('');
  #positions = new Positions(0, 0);
  #writer: LaneWriter | null = null;
  #reader: LaneReader | null = null;
  #sentBound = 0;
  /** As it is on disk. */
  #syncedBound = 0;
  /** Somebody wants what is not synced yet. */
  #following = false;
  /** Behind the highest position that anybody had. */
  #handedEnd = 0;
  #lastAppend = -Infinity;
  written = 0;
  replayed = 0;
  lost = 0;

  constructor(
    options: LaneOptions,
    disk: Disk,
    clock: Clock,
    ages: Ages,
    turns: CommitTurns,
    compress: boolean,
    owner: LaneOwner,
  ) {
    this.name = options.name;
    this.options = options;
    this.#disk = disk;
    this.#clock = clock;
    this.#ages = ages;
    this.#owner = owner;
    this.#compress = compress;
    this.#schedule = new CommitSchedule(clock, turns, options.commitIntervalMs, () => this.#commit());
  }

  /** A life begins. */
  begin({ segments, positions, sentBound, formerBound }: RecoveredLane): void {
    const { maxBytes, maxAgeMs } = this.options;
    const { identity } = this.#owner;
    this.#segments = segments;
    this.#positions = positions;
    this.#sentBound = sentBound;
    this.#syncedBound = sentBound;
    this.#handedEnd = positions.mark;
    const writing = {
      segmentBytes: Math.min(LARGEST_SEGMENT, maxBytes / SEGMENTS_A_LANE),
      segmentMs: maxAgeMs / SEGMENTS_A_LANE,
      compress: this.#compress,
    };
    this.#writer = new LaneWriter(this.#disk, this.#clock, writing, identity, segments, positions.end);
    const reading = { life: identity.life, maxAgeMs, formerBound };
    this.#reader = new LaneReader(this.#disk, this.#clock, this.#ages, reading, segments, positions, {
      onLost: (cause, records) => {
        this.lose(cause, records);
      },
      onMissing: (from, to) => {
        this.#missing(from, to);
      },
    });
  }

  get segments(): SegmentList {
    return this.#segments;
  }

  get positions(): Positions {
    return this.#positions;
  }

  get end(): number {
    return this.#positions.end;
  }

  get synced(): number {
    return this.#writer?.durable ?? 0;
  }

  get unsynced(): { readonly messages: number; readonly bytes: number } {
    return this.#writer?.unsynced ?? { messages: 0, bytes: 0 };
  }

  get backlog(): number {
    return this.#positions.unread;
  }

  get bytesWritten(): number {
    return this.#writer?.bytesWritten ?? 0;
  }

  /** Since when nothing was appended, on the clock that only grows. */
  get quietSince(): number {
    return this.#lastAppend;
  }

  append(record: RecordToStore, held: boolean): number | null {
    const writer = this.#writer;
    if (writer === null || !this.#owner.working || this.#owner.isFull(this, bytesOf(record))) return null;
    const position = this.#positions.add(held);
    if (held) this.#handedEnd = position + 1;
    if (writer.append(position, record, held && !record.handedOver)) void this.#schedule.now();
    else this.#schedule.request();
    return position;
  }

  read(maxRecords: number, wanted?: (topic: string) => boolean): Promise<readonly StoredRecord[]> {
    return this.serial.run(() => this.#read(maxRecords, wanted));
  }

  async #read(
    maxRecords: number,
    wanted: ((topic: string) => boolean) | undefined,
  ): Promise<readonly StoredRecord[]> {
    const reader = this.#reader;
    const found: StoredRecord[] = [];
    if (reader === null || this.#unreadOnDisk() === 0) return found;
    try {
      await reader.read(maxRecords, this.synced, wanted, found);
    } catch (cause) {
      this.#owner.degrade(cause);
      await reader.rewind();
    }
    if (!(await this.#note(found))) {
      for (const { position } of found) this.#positions.release(position);
      await reader.rewind();
      return [];
    }
    this.replayed += found.length;
    return found;
  }

  /** Notes, where a crash does not forget it, that a client may have these. @returns false: the disk does not take it */
  async #note(found: readonly StoredRecord[]): Promise<boolean> {
    const last = found.at(-1);
    if (last === undefined) return true;
    try {
      await this.#raiseBound(last.position + 1);
    } catch (cause) {
      this.#owner.degrade(cause);
      return false;
    }
    this.#handedEnd = Math.max(this.#handedEnd, last.position + 1);
    return true;
  }

  async #raiseBound(end: number): Promise<void> {
    if (end <= this.#syncedBound) return;
    this.#sentBound = Math.max(this.#sentBound, end + BOUND_STEP);
    const bound = this.#sentBound;
    await this.#owner.writeState();
    this.#syncedBound = Math.max(this.#syncedBound, bound);
  }

  rewind(): void {
    void this.serial.run(async () => this.#reader?.rewind());
  }

  get caughtUp(): boolean {
    return (this.#reader?.next ?? 0) >= this.synced || this.#unreadOnDisk() === 0;
  }

  #unreadOnDisk(): number {
    return this.#positions.unread - this.#positions.unreadIn([this.synced, this.end]);
  }

  /** None while a commit under way has records of which the state does not say yet that a client may have them; the next one says so. */
  takeUnsynced(): readonly StoredRecord[] {
    const writer = this.#writer;
    if (writer === null) return [];
    const { untakenFrom } = writer;
    this.#following = this.#positions.unreadIn([Math.max(this.synced, this.#syncedBound), untakenFrom]) > 0;
    if (this.#following) return [];
    const taken = writer.records((position) => this.#positions.isUnread(position), true);
    for (const { position } of taken) this.#positions.hold(position);
    const last = taken.at(-1);
    if (last !== undefined) this.#handedEnd = Math.max(this.#handedEnd, last.position + 1);
    this.replayed += taken.length;
    return taken;
  }

  acknowledge(position: number): void {
    const { mark } = this.#positions;
    if (this.#positions.finish(position) && this.#positions.mark !== mark) this.#owner.stateChanged();
  }

  /** Commits all that waits. Resolves when it is synced, or cannot be. */
  async flush(): Promise<void> {
    if (this.#writer?.waits === true || this.#writer?.busy === true) await this.#schedule.now();
  }

  async #commit(): Promise<void> {
    const writer = this.#writer;
    if (writer === null || !writer.waits) return;
    const before = writer.durable;
    try {
      await this.#writeDown(writer);
    } catch (cause) {
      await this.#tryAgain(writer, cause);
    }
    if (writer.durable === before) return;
    this.written += writer.durable - before;
    this.#owner.onSynced(this);
    if (writer.waits) this.#schedule.request();
  }

  async #writeDown(writer: LaneWriter): Promise<void> {
    const end = this.#following ? this.end : writer.awaitedEnd;
    if (end !== null) await this.#raiseBound(end);
    await writer.commit();
  }

  async #tryAgain(writer: LaneWriter, cause: unknown): Promise<void> {
    await writer.startOver();
    let last = cause;
    if (await this.#owner.makeRoom(cause)) {
      try {
        await this.#writeDown(writer);
        return;
      } catch (second) {
        last = second;
        await writer.startOver();
      }
    }
    this.giveUp();
    this.#owner.degrade(last);
  }

  /** What is not on disk goes back to the caller. */
  giveUp(): void {
    const writer = this.#writer;
    if (writer === null) return;
    const open = writer.records((position) => !this.#positions.isDone(position), false);
    writer.dropAll();
    this.#positions.finishAll([writer.durable, this.end]);
    if (open.length > 0) this.#owner.onUnstored(this, open);
  }

  lose(cause: LossCause, records: readonly Lost[]): void {
    this.lost += records.length;
    this.#owner.onLost(this, cause, records);
  }

  #missing(from: number, to: number): void {
    const count = this.#positions.finishUnread([from, to]);
    this.lost += count;
    this.#owner.onMissing(this, from, count);
  }

  /** For the state file. */
  get state(): LaneState {
    const { synced } = this;
    return {
      name: this.name,
      mark: Math.min(this.#positions.mark, synced),
      end: synced,
      sentBound: this.#sentBound,
      done: this.#positions
        .doneRanges(MOST_DONE_RANGES)
        .flatMap(([from, to]) => (from < synced ? [[from, Math.min(to, synced)] as const] : [])),
    };
  }

  /** The bound as it is, for a clean end. */
  lowerBound(): void {
    this.#sentBound = this.#handedEnd;
  }

  /** Removes the files of segments of which everything is done; the state with this mark is on disk. */
  removeDone(mark: number): Promise<void> {
    return this.serial.run(async () => {
      for (const segment of this.#segments.all.filter(({ end, writer }) => writer === null && end <= mark)) {
        await this.remove(segment);
      }
    });
  }

  /** Only in `serial`. */
  async remove(segment: Segment): Promise<void> {
    await this.#reader?.leave(segment);
    await this.#disk.remove(segment.path);
    this.#segments.drop(segment);
  }

  /** Commits nothing more by itself, and ends the file. */
  async seal(): Promise<void> {
    this.#schedule.cancel();
    await this.#writer?.sealIdle();
  }
}
