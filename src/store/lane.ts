import type { LossCause } from '../api/store.js';
import { bytesOf } from '../record/outgoing-record.js';
import type { Clock } from '../core/clock.js';
import { AcceptedTimes } from './accepted-times.js';
import type { Ages } from './age.js';
import { CommitSchedule, Turns, type CommitTurns } from './commit-scheduler.js';
import type { Disk } from './disk.js';
import { LaneFiles } from './lane-files.js';
import { LaneReader } from './lane-reader.js';
import { LaneWriter, type StoreIdentity } from './lane-writer.js';
import type { LaneOptions, RecordToStore, StoredRecord, StoreLane } from './port.js';
import { Portion } from './portion.js';
import { Positions } from './positions.js';
import type { RecoveredLane } from './recovery.js';
import { SegmentList } from './segments.js';
import type { LaneState } from './state.js';
import type { Lost } from './stored-record.js';
import { errnoOf } from './trouble.js';

const LARGEST_SEGMENT = 8 * 1024 * 1024;
/** A segment is at most this part of what its lane may take, and of the time that it keeps records. */
const SEGMENTS_A_LANE = 64;
/** The bound of what was handed over moves in steps of so many records: each step is a write of the state. */
const BOUND_STEP = 8_192;
/** A segment of which nothing is left is removed after this time without a commit. */
const IDLE_MS = 10_000;
/** So often it is tried to read a place on disk. */
const MOST_ATTEMPTS = 3;
/** So much of what is done beyond the mark is remembered over a crash. */
const MOST_DONE_RANGES = 512;

/** What a lane asks of its store. */
export interface LaneOwner {
  readonly identity: StoreIdentity;
  readonly working: boolean;
  /** What is done, or on disk, is more than the state says. */
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
  readonly #turns = new Turns();
  #segments = new SegmentList('');
  #positions = new Positions(0, 0);
  #accepted = new AcceptedTimes();
  #writer: LaneWriter | null = null;
  #reader: LaneReader | null = null;
  #sentBound = 0;
  /** As it is on disk. */
  #syncedBound = 0;
  /** Somebody wants what is not synced yet. */
  #following = false;
  /** Where `takeUnsynced()` goes on; 0: at the beginning. */
  #takeFrom = 0;
  /** Behind the highest position that anybody had. */
  #handedEnd = 0;
  #lastCommit = -Infinity;
  #files: LaneFiles | null = null;
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
  begin(recovered: RecoveredLane): void {
    const { segments, positions, sentBound, formerBound } = recovered;
    const { maxBytes, maxAgeMs } = this.options;
    const { identity } = this.#owner;
    this.#segments = segments;
    this.#positions = positions;
    this.#accepted = new AcceptedTimes();
    // Of what this life appends, nobody has anything yet.
    this.#sentBound = Math.min(sentBound, positions.end);
    this.#syncedBound = this.#sentBound;
    this.#handedEnd = this.#sentBound;
    const writing = {
      segmentBytes: Math.min(LARGEST_SEGMENT, maxBytes / SEGMENTS_A_LANE),
      segmentMs: maxAgeMs / SEGMENTS_A_LANE,
      compress: this.#compress,
    };
    this.#writer = new LaneWriter(this.#disk, this.#clock, writing, identity, segments, positions.end);
    const reading = { life: identity.life, maxAgeMs, formerBound };
    const files = this.#filesOf(recovered);
    this.#files = files;
    this.#reader = new LaneReader(this.#disk, this.#clock, this.#ages, reading, segments, positions, {
      onExpired: (records) => {
        this.#lose('expired', records);
      },
      onMissing: (from, to) => {
        files.missing([from, to]);
      },
    });
  }

  #filesOf(recovered: RecoveredLane): LaneFiles {
    const { life } = this.#owner.identity;
    const { maxAgeMs } = this.options;
    return new LaneFiles(this.#disk, this.#clock, this.#ages, life, maxAgeMs, recovered, {
      onLost: (cause, records) => {
        this.#lose(cause, records);
      },
      onMissing: (cause, from, count) => {
        this.lost += count;
        this.#owner.onMissing(this, cause, from, count);
      },
      writeState: () => this.#owner.writeState(),
      leave: async (segment) => this.#reader?.leave(segment),
      keepDamaged: (path) => this.#owner.keepDamaged(path),
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
    return this.#files?.bytes ?? 0;
  }

  /** On disk and not done. */
  get messages(): number {
    return Math.max(0, this.#positions.open - this.unsynced.messages);
  }

  get unsyncedBytes(): number {
    return this.#writer?.unsyncedBytes ?? 0;
  }

  /** Age of the oldest record on disk that is not done, about; `null`: there is none. */
  get oldestMs(): number | null {
    const { mark } = this.#positions;
    const segment = this.#segments.all.find(({ end }) => end > mark);
    if (segment === undefined) return null;
    const { head, written } = segment;
    return this.#ages.of(this.#accepted.at(mark, head.first) ?? head.acceptedMs, written);
  }

  append(record: RecordToStore, held: boolean): number | null {
    const writer = this.#writer;
    if (writer === null || !this.#owner.working || this.#owner.isFull(this, bytesOf(record))) return null;
    const position = this.#positions.add(held);
    this.#accepted.add(position, record.acceptedAtMs, this.#positions.mark);
    if (held) this.#handedEnd = position + 1;
    if (writer.append(position, record, held && !record.handedOver)) void this.#schedule.now();
    else this.#schedule.request();
    return position;
  }

  read(
    maxRecords: number,
    wanted?: (topic: string) => boolean,
    maxBytes = Infinity,
    maxEvents = Infinity,
  ): Promise<readonly StoredRecord[]> {
    return this.#turns.take(() => this.#read(new Portion(maxRecords, maxBytes, maxEvents), wanted));
  }

  async #read(
    portion: Portion,
    wanted: ((topic: string) => boolean) | undefined,
  ): Promise<readonly StoredRecord[]> {
    const reader = this.#reader;
    const found: StoredRecord[] = [];
    if (reader === null || this.#ended || this.#unreadOnDisk() === 0) return found;
    try {
      await reader.read(portion, this.synced, wanted, found);
      this.#unreadable = 0;
    } catch (cause) {
      await this.#passUnreadable(reader, cause);
    }
    if (!(await this.#note(found))) {
      for (const { position } of found) this.#positions.release(position);
      await reader.rewind();
      return [];
    }
    const [first] = found;
    if (first !== undefined) this.#accepted.add(first.position, first.acceptedAtMs, this.#positions.mark);
    this.replayed += found.length;
    return found;
  }

  /** What cannot be read now may be readable soon; what never is, is missing. */
  async #passUnreadable(reader: LaneReader, cause: unknown): Promise<void> {
    this.#unreadable += errnoOf(cause) === 'EIO' ? 1 : 0;
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
    this.#takeFrom = 0;
    void this.#turns.take(async () => this.#reader?.rewind());
  }

  get caughtUp(): boolean {
    return (this.#reader?.next ?? 0) >= this.synced || this.#unreadOnDisk() === 0;
  }

  #unreadOnDisk(): number {
    return this.#positions.unread - this.#positions.unreadIn([this.synced, this.end]);
  }

  get takesOn(): boolean {
    return this.#takeFrom > 0;
  }

  /** None while a commit under way has records of which the state does not say yet that a client may have them; the next one says so. */
  takeUnsynced(maxRecords = Infinity, maxBytes = Infinity): readonly StoredRecord[] {
    const writer = this.#writer;
    if (writer === null) return [];
    const { untakenFrom } = writer;
    this.#following = this.#positions.unreadIn([Math.max(this.synced, this.#syncedBound), untakenFrom]) > 0;
    if (this.#following) return [];
    const portion = new Portion(maxRecords, maxBytes);
    const taken = writer.take((position) => this.#positions.isUnread(position), this.#takeFrom, portion);
    for (const { position } of taken) this.#positions.hold(position);
    const last = taken.at(-1);
    if (last !== undefined) this.#handedEnd = Math.max(this.#handedEnd, last.position + 1);
    this.#takeFrom = last !== undefined && portion.isFull ? last.position + 1 : 0;
    this.replayed += taken.length;
    return taken;
  }

  peekUnsynced(): readonly StoredRecord[] {
    return this.#writer?.records((position) => !this.#positions.isDone(position)) ?? [];
  }

  acknowledge(position: number): void {
    if (this.#positions.finish(position)) this.#owner.stateChanged();
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
    try {
      await this.#bringDown(writer);
    } catch (cause) {
      this.#owner.degrade(cause);
    }
  }

  async #bringDown(writer: LaneWriter): Promise<void> {
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
    const open = this.peekUnsynced();
    writer.dropAll();
    // Should a part of it be on disk all the same, it may be double.
    this.#handedEnd = this.end;
    this.#sentBound = Math.max(this.#sentBound, this.end);
    this.#positions.finishAll([writer.durable, this.end]);
    if (open.length > 0) this.#owner.onUnstored(this, open);
  }

  #lose(cause: LossCause, records: readonly Lost[]): void {
    this.lost += records.length;
    this.#owner.onLost(this, cause, records);
  }

  /**
   * Gives up the oldest file. Only while no commit is under way.
   *
   * @returns false: there is none
   */
  evictOldest(cause: LossCause): Promise<boolean> {
    return this.#turns.take(async () => {
      if (this.#files?.allActive === true) await this.#writer?.sealIdle();
      return (await this.#files?.evictOldest(cause)) ?? false;
    });
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
    await this.#turns.take(async () => this.#files?.expire());
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
      evicted: [],
      unknown: [],
      ...this.#files?.state,
    };
  }

  /** Resolves when nothing reads or removes files any more. */
  settle(): Promise<void> {
    return this.#turns.take(async () => this.#reader?.retry());
  }

  /** Removes the files in which everything is done; the state with this mark is on disk. */
  removeDone(mark: number): Promise<void> {
    return this.#turns.take(async () => this.#files?.removeDone(mark));
  }

  /** A clean end: nothing is committed any more, and the state will say exactly what anybody had. */
  async seal(): Promise<void> {
    this.#ended = true;
    this.#schedule.cancel();
    await this.#writer?.sealIdle();
    this.#sentBound = this.#handedEnd;
  }
}
