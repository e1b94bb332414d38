import type { LossCause } from '../api/store.js';
import { bytesOf } from '../record/outgoing-record.js';
import type { Clock } from '../core/clock.js';
import type { Ages } from './age.js';
import { CommitSchedule, type CommitTurns } from './commit-scheduler.js';
import type { Disk } from './disk.js';
import { LaneReader } from './lane-reader.js';
import { LaneWriter, type StoreIdentity } from './lane-writer.js';
import type { LaneOptions, RecordToStore, StoredRecord, StoreLane } from './port.js';
import { Positions, type Range } from './positions.js';
import type { RecoveredLane, UnknownSegment } from './recovery.js';
import { scanSegment } from './segment-scan.js';
import { SegmentList, type Segment } from './segments.js';
import { Serial } from './serial.js';
import type { LaneState } from './state.js';
import type { Lost } from './stored-record.js';
import { isFull } from './trouble.js';

const LARGEST_SEGMENT = 8 * 1024 * 1024;
/** A segment is at most this part of what its lane may take, and of the time that it keeps records. */
const SEGMENTS_A_LANE = 64;
/** The bound of what was handed over moves in steps of so many records: each step is a write of the state. */
const BOUND_STEP = 8_192;
/** A segment of which nothing is left is removed after this time without a commit. */
const IDLE_MS = 10_000;
/** So often it is tried to read a place on disk. */
const MOST_ATTEMPTS = 3;
const MOST_EVICTED = 64;
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
  /** Of these nothing is known but their number. */
  onMissing(lane: Lane, cause: LossCause, from: number, count: number): void;
  onUnstored(lane: Lane, records: readonly StoredRecord[]): void;
  /** The disk has refused something. @returns whether to try once more */
  makeRoom(cause: unknown): Promise<boolean>;
  degrade(cause: unknown): void;
  /** Whether there is no room for so many bytes more. */
  isFull(lane: Lane, bytes: number): boolean;
  /** Before so many bytes are written. */
  makeWay(lane: Lane, bytes: number): Promise<void>;
  /** In the place of a removal. */
  keepDamaged(path: string): Promise<void>;
  /** A place on disk cannot be read; it is tried again later. */
  onUnreadable(lane: Lane, cause: unknown): void;
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
  readonly #serial = new Serial();
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
  #lastCommit = -Infinity;
  /** Evicted while a part of it was held: should it be missing in the next life, this is why. */
  #evicted: Range[] = [];
  #unknown: UnknownSegment[] = [];
  #unreadable = 0;
  #ended = false;
  commits = 0;
  /** When the last sync ended, on the clock that only grows, and how long it took. */
  lastSync: { readonly at: number; readonly tookMs: number } | null = null;
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
  begin({ segments, positions, sentBound, formerBound, evicted, unknown }: RecoveredLane): void {
    const { maxBytes, maxAgeMs } = this.options;
    const { identity } = this.#owner;
    this.#segments = segments;
    this.#positions = positions;
    // Of what this life appends, nobody has anything yet.
    this.#sentBound = Math.min(sentBound, positions.end);
    this.#syncedBound = this.#sentBound;
    this.#handedEnd = this.#sentBound;
    this.#evicted = [...evicted];
    this.#unknown = [...unknown];
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

  get mark(): number {
    return this.#positions.mark;
  }

  get bytesWritten(): number {
    return this.#writer?.bytesWritten ?? 0;
  }

  /** On disk. */
  get bytes(): number {
    return this.#unknown.reduce((sum, { bytes }) => sum + bytes, this.#segments.bytes);
  }

  /** On disk and not done. */
  get messages(): number {
    return Math.max(0, this.#positions.open - this.unsynced.messages);
  }

  get unsyncedBytes(): number {
    return this.#writer?.unsyncedBytes ?? 0;
  }

  /** Age of the oldest record on disk, about; `null`: there is none. */
  get oldestMs(): number | null {
    const oldest = this.#segments.all.find(({ end }) => end > this.#positions.mark);
    if (oldest === undefined) return null;
    return this.#ages.of(oldest.head.acceptedMs, oldest.written);
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
    return this.#serial.run(() => this.#read(maxRecords, wanted));
  }

  async #read(
    maxRecords: number,
    wanted: ((topic: string) => boolean) | undefined,
  ): Promise<readonly StoredRecord[]> {
    const reader = this.#reader;
    const found: StoredRecord[] = [];
    if (reader === null || this.#ended || this.#unreadOnDisk() === 0) return found;
    try {
      await reader.read(maxRecords, this.synced, wanted, found);
      this.#unreadable = 0;
    } catch (cause) {
      await this.#passUnreadable(reader, cause);
    }
    if (!(await this.#note(found))) {
      for (const { position } of found) this.#positions.release(position);
      await reader.rewind();
      return [];
    }
    this.replayed += found.length;
    return found;
  }

  /** What cannot be read now may be readable soon; what never is, is missing. */
  async #passUnreadable(reader: LaneReader, cause: unknown): Promise<void> {
    this.#unreadable += 1;
    if (this.#unreadable < MOST_ATTEMPTS) await reader.retry();
    else await reader.passOver(this.synced);
    this.#owner.onUnreadable(this, cause);
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
    // The last state says already what was handed out.
    if (this.#ended) return false;
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
    void this.#serial.run(async () => this.#reader?.rewind());
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

  release(position: number): void {
    this.#positions.release(position);
  }

  acknowledge(position: number): void {
    const { mark } = this.#positions;
    if (this.#positions.finish(position) && this.#positions.mark !== mark) this.#owner.stateChanged();
  }

  release(position: number): void {
    this.#positions.release(position);
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
    this.#lastCommit = this.#clock.monotonic();
    this.written += writer.durable - before;
    this.#owner.onSynced(this);
    // Should the end of the file be damaged later, the state tells how much is missing.
    this.#owner.stateChanged();
    if (writer.waits) this.#schedule.request();
  }

  async #writeDown(writer: LaneWriter): Promise<void> {
    await this.#owner.makeWay(this, writer.unsyncedBytes);
    const end = this.#following ? this.end : writer.awaitedEnd;
    if (end !== null) await this.#raiseBound(end);
    const started = this.#clock.monotonic();
    await writer.commit();
    const at = this.#clock.monotonic();
    this.commits += 1;
    this.lastSync = { at, tookMs: at - started };
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
    const evicted = this.#evicted.filter(([start, end]) => start < to && end > from);
    for (const [start, end] of evicted) this.#lose('evicted', [Math.max(start, from), Math.min(end, to)]);
    this.#lose('corrupt', [from, to]);
  }

  #lose(cause: LossCause, range: Range): void {
    const count = this.#positions.finishUnread(range);
    if (count === 0) return;
    this.lost += count;
    this.#owner.onMissing(this, cause, range[0], count);
  }

  /**
   * Gives up the oldest segment of which nobody has anything, else the oldest one. Only while no commit is under way.
   *
   * @returns false: there is none
   */
  evictOldest(cause: LossCause): Promise<boolean> {
    return this.#serial.run(async () => {
      if (this.#unknown.length > 0) return this.#evictUnknown();
      if (this.#segments.all.every(({ writer }) => writer !== null)) await this.#writer?.sealIdle();
      const sealed = this.#segments.all.filter(({ writer }) => writer === null);
      const segment = sealed.find((each) => !this.#positions.anyHeld(rangeOf(each))) ?? sealed[0];
      if (segment !== undefined) await this.#evict(segment, cause);
      return segment !== undefined;
    });
  }

  async #evict(segment: Segment, cause: LossCause): Promise<void> {
    const { life } = this.#owner.identity;
    const range = rangeOf(segment);
    const unread = (position: number): boolean => this.#positions.isUnread(position);
    const found = await scanSegment(this.#disk, this.#clock, segment, life, unread);
    // A record may have been handed out meanwhile.
    const lost = found.filter(({ position }) => unread(position) && this.#positions.finish(position));
    if (lost.length > 0) this.lose(cause, lost);
    this.#lose('corrupt', range);
    if (this.#positions.anyHeld(range)) this.#evicted = [...this.#evicted.slice(1 - MOST_EVICTED), range];
    await this.#noteLoss();
    await this.remove(segment);
  }

  async #evictUnknown(): Promise<boolean> {
    const [oldest] = this.#unknown;
    if (oldest === undefined) return false;
    this.#unknown = this.#unknown.slice(1);
    this.lost += oldest.count;
    if (oldest.count > 0) this.#owner.onMissing(this, 'unknown_version', oldest.range[0], oldest.count);
    await this.#noteLoss();
    await this.#disk.remove(oldest.path);
    return true;
  }

  /** State before deed. On a disk that is full the deed is what makes room, and what the state does not tell shows by what is missing. */
  async #noteLoss(): Promise<void> {
    try {
      await this.#owner.writeState();
    } catch (cause) {
      if (!isFull(cause)) throw cause;
    }
  }

  /** Every few seconds, while no commit is under way: seals what is old or no longer needed, and gives up what has expired as a whole. */
  async tidy(): Promise<void> {
    const now = this.#clock.monotonic();
    const since = this.#writer?.activeSince ?? null;
    const old = since !== null && now - since >= this.options.maxAgeMs / SEGMENTS_A_LANE;
    const idle = since !== null && this.#positions.open === 0 && now - this.#lastCommit >= IDLE_MS;
    if (old || idle) await this.#writer?.sealIdle();
    if (idle) this.#owner.stateChanged();
    if (!this.#ages.mayExpire()) return;
    await this.#serial.run(async () => {
      for (const segment of this.#segments.all.filter((each) => this.#hasExpired(each))) {
        await this.#evict(segment, 'expired');
      }
      while (this.#unknown.some(({ sinceMs }) => this.#ages.of(sinceMs, null) > this.options.maxAgeMs)) {
        await this.#evictUnknown();
      }
    });
  }

  #hasExpired({ writer, lastAcceptedMs, written }: Segment): boolean {
    if (writer !== null || lastAcceptedMs === null) return false;
    return this.#ages.of(lastAcceptedMs, written) > this.options.maxAgeMs;
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
      evicted: this.#evicted.filter(([, to]) => to > this.#positions.mark),
      unknown: this.#unknown.map(({ file, range, count, sinceMs }) => ({ file, range, count, sinceMs })),
    };
  }

  /** Resolves when nothing reads or removes files any more. */
  settle(): Promise<void> {
    return this.#serial.run(async () => this.#reader?.retry());
  }

  /** Removes the files of segments of which everything is done; the state with this mark is on disk. */
  removeDone(mark: number): Promise<void> {
    return this.#serial.run(async () => {
      for (const segment of this.#segments.all.filter(({ end, writer }) => writer === null && end <= mark)) {
        await this.remove(segment);
      }
    });
  }

  /** Only in `serial`. */
  async remove(segment: Segment): Promise<void> {
    await this.#reader?.leave(segment);
    if (segment.damaged) await this.#owner.keepDamaged(segment.path);
    else await this.#disk.remove(segment.path);
    this.#segments.drop(segment);
  }

  /** A clean end: nothing is committed any more, and the state will say exactly what anybody had. */
  async seal(): Promise<void> {
    this.#ended = true;
    this.#schedule.cancel();
    await this.#writer?.sealIdle();
    this.#sentBound = this.#handedEnd;
  }
}

function rangeOf({ head, end }: Segment): Range {
  return [head.first, end];
}
