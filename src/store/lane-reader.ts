/** Reads a lane in order, frame by frame, and finds out what is missing in it. */
import type { Clock } from '../core/clock.js';
import type { Ages } from './age.js';
import { ByteReader, Malformed } from './bytes.js';
import type { Disk } from './disk.js';
import type { FrameHead } from './frame.js';
import type { Lost } from './stored-record.js';
import type { StoredRecord } from './port.js';
import type { Portion } from './portion.js';
import type { Positions } from './positions.js';
import { RecordCursor, type Route } from './record-codec.js';
import { lostRecord, storedRecord } from './stored-record.js';
import { SegmentReader } from './segment-reader.js';
import type { Segment, SegmentList } from './segments.js';

/** After so many records other work of the process gets its turn. */
const SLICE_RECORDS = 2_048;

/** What is found on the way. */
export interface LaneFindings {
  onExpired(records: readonly Lost[]): void;
  /** From these unread positions nothing can be read. */
  onMissing(from: number, to: number): void;
}

export interface ReaderOptions {
  readonly life: number;
  readonly maxAgeMs: number;
  /** Records of former lives below it may have been with a client. */
  readonly formerBound: number;
}

/** A frame that is partly read. */
interface OpenFrame {
  readonly head: FrameHead;
  readonly cursor: RecordCursor;
  readonly routes: ReadonlyMap<number, Route>;
  readonly segment: Segment;
  position: number;
}

export class LaneReader {
  readonly #disk: Disk;
  readonly #clock: Clock;
  readonly #ages: Ages;
  readonly #options: ReaderOptions;
  readonly #segments: SegmentList;
  readonly #positions: Positions;
  readonly #findings: LaneFindings;
  /** The position that comes next. */
  #next: number;
  #segment: Segment | null = null;
  #reader: SegmentReader | null = null;
  #frame: OpenFrame | null = null;
  #sinceTurn = 0;

  constructor(
    disk: Disk,
    clock: Clock,
    ages: Ages,
    options: ReaderOptions,
    segments: SegmentList,
    positions: Positions,
    findings: LaneFindings,
  ) {
    this.#disk = disk;
    this.#clock = clock;
    this.#ages = ages;
    this.#options = options;
    this.#segments = segments;
    this.#positions = positions;
    this.#findings = findings;
    this.#next = positions.mark;
  }

  get next(): number {
    return this.#next;
  }

  /**
   * Unread records below `durable`; they are held from now on. Rejects with what the disk says; `found` has what it found before.
   */
  async read(
    portion: Portion,
    durable: number,
    wanted: ((topic: string) => boolean) | undefined,
    found: StoredRecord[],
  ): Promise<void> {
    const expires = this.#ages.mayExpire();
    while (!portion.isFull) {
      this.#frame ??= await this.#nextFrame(durable);
      if (this.#frame === null) return;
      const lost: Lost[] = [];
      const ended = this.#readFrame(this.#frame, portion, wanted, expires, found, lost);
      if (lost.length > 0) this.#findings.onExpired(lost);
      if (ended) this.#frame = null;
      if (this.#sinceTurn >= SLICE_RECORDS) await this.#giveTurn();
    }
  }

  async #giveTurn(): Promise<void> {
    this.#sinceTurn = 0;
    await new Promise<void>((resolve) => {
      this.#clock.soon(resolve);
    });
  }

  /** Begins again at the oldest position that is not done. */
  async rewind(): Promise<void> {
    this.#next = this.#positions.mark;
    await this.#leave();
  }

  /** What is left of the segment cannot be read, however often it is tried. */
  async passOver(durable: number): Promise<void> {
    const segment = this.#segment ?? this.#nextSegment(durable);
    if (segment !== null) await this.#endSegment(segment, durable);
  }

  /** The segment is about to go. */
  async leave(segment: Segment): Promise<void> {
    if (this.#segment === segment) await this.#leave();
  }

  /** The segment is opened again with the next call. */
  retry(): Promise<void> {
    return this.#leave();
  }

  async #leave(): Promise<void> {
    const reader = this.#reader;
    this.#segment = null;
    this.#reader = null;
    this.#frame = null;
    await reader?.file.close();
  }

  /** @returns whether the frame is at its end */
  #readFrame(
    frame: OpenFrame,
    portion: Portion,
    wanted: ((topic: string) => boolean) | undefined,
    expires: boolean,
    found: StoredRecord[],
    lost: Lost[],
  ): boolean {
    const end = frame.head.first + frame.head.count;
    const { cursor } = frame;
    const isOpen = (): boolean => !portion.isFull && this.#sinceTurn < SLICE_RECORDS;
    while (frame.position < end && isOpen()) {
      const { position } = frame;
      try {
        cursor.next();
      } catch (error) {
        if (!(error instanceof Malformed)) throw error;
        this.#missing(frame.segment, position, end);
        return true;
      }
      frame.position += 1;
      this.#sinceTurn += 1;
      this.#next = Math.max(this.#next, frame.position);
      if (!this.#positions.isUnread(position)) continue;
      const route = frame.routes.get(cursor.route);
      if (route === undefined) this.#missing(frame.segment, position, position + 1);
      else if (expires && this.#isExpired(frame)) lost.push(this.#lostAt(position, cursor, route));
      else if (wanted === undefined || wanted(route.topic)) {
        const record = this.#take(frame, position, route);
        portion.add(record);
        found.push(record);
      }
    }
    return frame.position >= end;
  }

  #isExpired({ cursor, head, segment }: OpenFrame): boolean {
    const written = segment.head.life === this.#options.life ? head : null;
    return this.#ages.of(cursor.acceptedAtMs, written) > this.#options.maxAgeMs;
  }

  #lostAt(position: number, cursor: RecordCursor, route: Route): Lost {
    this.#positions.finish(position);
    return lostRecord(position, cursor, route, this.#options.life);
  }

  #take(frame: OpenFrame, position: number, route: Route): StoredRecord {
    this.#positions.hold(position);
    const { life, formerBound } = this.#options;
    const { cursor, segment } = frame;
    const wasOut = segment.head.life !== life && position < formerBound;
    const record = storedRecord(position, cursor, route, life, wasOut);
    return record;
  }

  /** @returns `null`: there is none up to `durable` */
  async #nextFrame(durable: number): Promise<OpenFrame | null> {
    for (;;) {
      const segment = this.#segment ?? this.#nextSegment(durable);
      if (segment === null) return null;
      this.#segment = segment;
      const reader = (this.#reader ??= await this.#openReader(segment));
      if (reader === null) {
        await this.#endSegment(segment, durable);
        continue;
      }
      const { writer } = segment;
      reader.extend(writer?.durableBytes ?? segment.bytes);
      const frame = await reader.next((head) => this.#arriveAt(segment, head));
      if (frame !== null) return this.#openFrame(segment, reader, frame.head, frame.body);
      // It was sealed meanwhile: there is more of it.
      if (writer !== segment.writer) continue;
      if (writer !== null) {
        this.#missing(segment, this.#next, durable);
        return null;
      }
      await this.#endSegment(segment, durable);
    }
  }

  /** Passes over segments without anything unread. */
  #nextSegment(durable: number): Segment | null {
    for (;;) {
      const segment = this.#segments.from(this.#next);
      if (segment === undefined) {
        this.#missing(null, this.#next, durable);
        return null;
      }
      if (segment.head.first > this.#next) this.#missing(null, this.#next, segment.head.first);
      const end = segment.writer === null ? segment.end : durable;
      if (this.#positions.unreadIn([this.#next, end]) > 0) return segment;
      this.#next = Math.max(this.#next, end);
      if (segment.writer !== null || this.#next >= durable) return null;
    }
  }

  async #openReader(segment: Segment): Promise<SegmentReader | null> {
    try {
      const file = await this.#disk.open(segment.path, 'read');
      return new SegmentReader(file, segment.head, segment.bytes);
    } catch (error) {
      // It was removed by somebody: what it held is missing, and the rest goes on.
      if ((error as { code?: unknown }).code === 'ENOENT') return null;
      throw error;
    }
  }

  async #endSegment(segment: Segment, durable: number): Promise<void> {
    const end = segment.writer === null ? segment.end : durable;
    this.#missing(segment, this.#next, end);
    await this.#leave();
  }

  #openFrame(segment: Segment, reader: SegmentReader, head: FrameHead, body: Buffer): OpenFrame {
    const from = new ByteReader(body, head.routesLength);
    const cursor = new RecordCursor(from, segment.head.life);
    return { head, cursor, routes: reader.routes, segment, position: head.first };
  }

  /** @returns whether anything in the frame is unread */
  #arriveAt(segment: Segment, head: FrameHead): boolean {
    const last = segment.writer === null ? segment.end : Infinity;
    // What a later segment has again, or what no segment of ours can have.
    if (head.first < segment.head.first || head.first >= last) return false;
    if (head.first > this.#next) this.#missing(segment, this.#next, head.first);
    const end = head.first + head.count;
    this.#sinceTurn += 1;
    if (this.#positions.unreadIn([head.first, end]) > 0) return true;
    this.#next = Math.max(this.#next, Math.min(end, last));
    return false;
  }

  #missing(segment: Segment | null, from: number, to: number): void {
    if (from >= to) return;
    this.#next = Math.max(this.#next, to);
    if (this.#positions.unreadIn([from, to]) === 0) return;
    if (segment !== null) segment.damaged = true;
    this.#findings.onMissing(from, to);
  }
}
