/** The end of a lane that is written: what is appended gathers in memory as bytes, and a commit brings it to disk. */
import type { Clock } from '../core/clock.js';
import type { Disk } from './disk.js';
import { packFrame } from './frame.js';
import { FrameBuffers, Gathering } from './gathering.js';
import type { RecordToStore, StoredRecord } from './port.js';
import type { Portion } from './portion.js';
import { RouteTable } from './route-table.js';
import { makeSegmentHead, SegmentWriter, writeFooter } from './segment.js';
import type { Segment, SegmentList } from './segments.js';

/** A frame is closed when it has so many bytes: a little less than a MiB, so that its buffer stays that large. */
const FRAME_BYTES = 960 * 1024;
const SPARE_BUFFERS = 1;

/** What the store is, to all of its lanes. */
export interface StoreIdentity {
  readonly id: string;
  readonly life: number;
}

export interface WriterOptions {
  readonly segmentBytes: number;
  /** A segment is sealed after this time. */
  readonly segmentMs: number;
  readonly compress: boolean;
}

/** The segment that is being written. */
interface Active {
  readonly segment: Segment;
  readonly writer: SegmentWriter;
  readonly table: RouteTable;
  readonly since: number;
}

export class LaneWriter {
  readonly #disk: Disk;
  readonly #clock: Clock;
  readonly #options: WriterOptions;
  readonly #identity: StoreIdentity;
  readonly #segments: SegmentList;
  /** Frames that are complete, and wait. */
  #closed: Gathering[] = [];
  #open: Gathering | null = null;
  #underWay: Gathering[] = [];
  /** Of the segment that what gathers now belongs to. */
  #table = new RouteTable();
  #tableBytes = 0;
  /** Of the frames that are complete, or on their way to the disk. */
  #closedBytes = 0;
  #tableSince: number;
  #active: Active | null = null;
  readonly #spare: FrameBuffers[] = [];
  #files = 0;
  #durable: number;
  bytesWritten = 0;

  /** @param durable everything below is on disk */
  constructor(
    disk: Disk,
    clock: Clock,
    options: WriterOptions,
    identity: StoreIdentity,
    segments: SegmentList,
    durable: number,
  ) {
    this.#disk = disk;
    this.#clock = clock;
    this.#options = options;
    this.#identity = identity;
    this.#segments = segments;
    this.#durable = durable;
    this.#tableSince = clock.monotonic();
  }

  get durable(): number {
    return this.#durable;
  }

  get waits(): boolean {
    return this.#open !== null || this.#closed.length > 0;
  }

  get busy(): boolean {
    return this.#underWay.length > 0;
  }

  /** What is not synced yet. */
  get unsynced(): { readonly messages: number; readonly bytes: number } {
    let messages = 0;
    for (const { count } of this.#inMemory()) messages += count;
    return { messages, bytes: this.unsyncedBytes };
  }

  /** Of all that is not synced. */
  get unsyncedBytes(): number {
    return this.#closedBytes + (this.#open?.bytes ?? 0);
  }

  /** @returns whether a frame is full, so that a commit should start */
  append(position: number, record: RecordToStore, awaited: boolean): boolean {
    this.#open ??= this.#begin(position);
    const gathering = this.#open;
    gathering.add(record);
    if (awaited) gathering.awaited = true;
    if (gathering.bytes < FRAME_BYTES) return false;
    this.#close(gathering);
    return true;
  }

  /** Whether the commit under way, or the one to come, has what goes to a client as soon as it is synced. */
  get awaitedEnd(): number | null {
    let end: number | null = null;
    for (const gathering of this.#inMemory()) if (gathering.awaited) end = gathering.end;
    return end;
  }

  /** Brings all that waits to disk. Rejects with what the disk says; then `rest()` has what is not there. */
  async commit(): Promise<void> {
    if (this.#open !== null) this.#close(this.#open);
    this.#underWay = this.#closed;
    this.#closed = [];
    while (this.#underWay.length > 0) {
      const active = await this.#activeFor(this.#underWay);
      const count = this.#underWay.findIndex(({ table }) => table !== active.table);
      const batch = count === -1 ? [...this.#underWay] : this.#underWay.slice(0, count);
      await this.#write(active, batch);
      this.#underWay.splice(0, batch.length);
      for (const gathering of batch) this.#finished(gathering);
    }
  }

  async #activeFor([first]: readonly Gathering[]): Promise<Active> {
    const active = this.#active;
    if (first === undefined) throw new Error('nothing to write');
    if (active !== null && active.table === first.table) return active;
    await this.seal();
    return this.#beginSegment(first);
  }

  #beginSegment(first: Gathering): Active {
    this.#files += 1;
    const { id, life } = this.#identity;
    const name = { first: first.first, life, number: this.#files };
    const acceptedMs = first.firstAcceptedMs;
    const head = makeSegmentHead({
      life,
      first: first.first,
      previousEnd: this.#durable,
      store: id,
      acceptedMs,
    });
    const path = this.#segments.pathOf(name);
    const writer = new SegmentWriter(this.#disk, path, head);
    const written = { wallMs: this.#clock.now(), monotonicMs: this.#clock.monotonic() };
    const segment: Segment = {
      name,
      path,
      head,
      end: first.first,
      bytes: 0,
      lastAcceptedMs: null,
      written,
      writer,
      damaged: false,
    };
    this.#segments.add(segment);
    this.#active = { segment, writer, table: first.table, since: written.monotonicMs };
    return this.#active;
  }

  async #write(active: Active, batch: readonly Gathering[]): Promise<void> {
    const { segment, writer } = active;
    const seed = segment.head.seed;
    for (const gathering of batch) {
      const parts = gathering.parts(this.#clock.now(), this.#clock.monotonic());
      const { compress } = this.#options;
      const { onTheSpot } = this.#disk;
      const frame = await packFrame(parts, compress, seed, gathering.buffers.frame, onTheSpot);
      await writer.write(frame, this.#segments.folder);
      this.bytesWritten += frame.length;
    }
    await writer.sync();
    const last = batch.at(-1);
    if (last === undefined) return;
    this.#segments.resize(segment, writer.bytes);
    segment.end = last.end;
    segment.lastAcceptedMs = Math.max(
      segment.lastAcceptedMs ?? -Infinity,
      ...batch.map((gathering) => gathering.lastAcceptedMs),
    );
    segment.written = { wallMs: this.#clock.now(), monotonicMs: this.#clock.monotonic() };
    this.#durable = last.end;
  }

  /** When the segment that is being written was begun, on the clock that only grows; `null`: there is none. */
  get activeSince(): number | null {
    return this.#active === null ? null : this.#active.since;
  }

  /** Seals the segment that is being written, if nothing gathers for it. Never rejects. */
  async sealIdle(): Promise<void> {
    if (!this.waits && !this.busy) await this.seal();
  }

  /** What gathers next goes into a new segment. Never rejects. */
  async seal(): Promise<void> {
    const active = this.#active;
    if (active === null) return;
    this.#active = null;
    if (this.#table === active.table) this.#newTable();
    const { segment, writer, table } = active;
    const footer = writeFooter(
      segment.end,
      segment.lastAcceptedMs ?? 0,
      table.tallies.values(),
      table.definitions,
    );
    try {
      await writer.seal(footer);
      this.bytesWritten += footer.length;
    } catch {
      // All that it held is synced: without a footer it is read all the same.
    }
    this.#segments.resize(segment, writer.bytes);
    segment.writer = null;
  }

  /**
   * After a failure: the file is not trusted any more. What is not on disk gathers again, for a file of its own.
   */
  async startOver(): Promise<void> {
    const active = this.#active;
    this.#active = null;
    if (active !== null) {
      await active.writer.abandon();
      this.#segments.resize(active.segment, active.writer.durableBytes);
      active.segment.writer = null;
      if (active.writer.durableBytes === 0) await this.#removeEmpty(active.segment);
    }
    this.#gatherAgain();
  }

  async #removeEmpty(segment: Segment): Promise<void> {
    this.#segments.drop(segment);
    await this.#disk.remove(segment.path).catch(() => undefined);
  }

  #gatherAgain(): void {
    const records = this.records(() => true);
    this.#drop();
    for (const record of records) this.append(record.position, record, !record.handedOver);
  }

  /** Gives up what is not on disk. */
  dropAll(): void {
    this.#drop();
  }

  #drop(): void {
    this.#underWay = [];
    this.#closed = [];
    this.#closedBytes = 0;
    this.#open = null;
    this.#newTable();
  }

  /** Records that are not synced yet, and wanted. */
  records(wanted: (position: number) => boolean): StoredRecord[] {
    return [...this.#inMemory()].flatMap((gathering) => gathering.records(wanted));
  }

  /** The same from a position on, as many as are in the portion: they go to a client now, and their bytes say so. */
  take(wanted: (position: number) => boolean, from: number, portion: Portion): StoredRecord[] {
    const taken: StoredRecord[] = [];
    for (const gathering of this.#inMemory()) {
      if (portion.isFull) break;
      if (gathering.end <= from) continue;
      const isWanted = (position: number): boolean => position >= from && wanted(position);
      for (const record of gathering.records(isWanted, portion)) taken.push(record);
    }
    return taken;
  }

  /** Everything below is on disk, or on its way there. */
  get untakenFrom(): number {
    return this.#underWay.at(-1)?.end ?? this.#durable;
  }

  *#inMemory(): Generator<Gathering> {
    yield* this.#underWay;
    yield* this.#closed;
    if (this.#open !== null) yield this.#open;
  }

  #begin(position: number): Gathering {
    const { segmentBytes, segmentMs } = this.#options;
    const now = this.#clock.monotonic();
    if (this.#tableBytes === 0) this.#tableSince = now;
    if (this.#tableBytes >= segmentBytes || now - this.#tableSince >= segmentMs) this.#newTable();
    const buffers = this.#spare.pop() ?? new FrameBuffers();
    return new Gathering(this.#table, buffers, position, this.#identity.life);
  }

  #close(gathering: Gathering): void {
    this.#open = null;
    this.#closed.push(gathering);
    this.#closedBytes += gathering.bytes;
    this.#tableBytes += gathering.bytes;
  }

  #newTable(): void {
    this.#table = new RouteTable();
    this.#tableBytes = 0;
    this.#tableSince = this.#clock.monotonic();
  }

  #finished({ buffers, bytes }: Gathering): void {
    this.#closedBytes -= bytes;
    if (buffers.clear() && this.#spare.length < SPARE_BUFFERS) this.#spare.push(buffers);
  }
}
