/** The files of a lane that are not written any more: removed when all in them is done, evicted, or expired. */
import type { LossCause } from '../api/store.js';
import type { Clock } from '../core/clock.js';
import type { Ages } from './age.js';
import type { Disk } from './disk.js';
import type { Positions, Range } from './positions.js';
import type { RecoveredLane, UnknownSegment } from './recovery.js';
import { scanSegment } from './segment-scan.js';
import type { Segment, SegmentList } from './segments.js';
import type { LaneState } from './state.js';
import type { Lost } from './stored-record.js';
import { errnoOf, isFull } from './trouble.js';

const MOST_EVICTED = 64;

/** What the files ask of their lane. */
export interface LaneFilesOwner {
  onLost(cause: LossCause, records: readonly Lost[]): void;
  /** Of these nothing is known but their number. */
  onMissing(cause: LossCause, from: number, count: number): void;
  /** Rejects with what the disk says. */
  writeState(): Promise<void>;
  /** The file is about to go. */
  leave(segment: Segment): Promise<void>;
  /** In the place of a removal. */
  keepDamaged(path: string): Promise<void>;
}

/** One call at a time, and none beside the reader of the lane. */
export class LaneFiles {
  readonly #disk: Disk;
  readonly #clock: Clock;
  readonly #ages: Ages;
  readonly #life: number;
  readonly #maxAgeMs: number;
  readonly #owner: LaneFilesOwner;
  readonly #segments: SegmentList;
  readonly #positions: Positions;
  /** Evicted while a part of it was held: should it be missing in the next life, this is why. */
  #evicted: readonly Range[];
  #unknown: readonly UnknownSegment[];

  constructor(
    disk: Disk,
    clock: Clock,
    ages: Ages,
    life: number,
    maxAgeMs: number,
    { segments, positions, evicted, unknown }: RecoveredLane,
    owner: LaneFilesOwner,
  ) {
    this.#disk = disk;
    this.#clock = clock;
    this.#ages = ages;
    this.#life = life;
    this.#maxAgeMs = maxAgeMs;
    this.#owner = owner;
    this.#segments = segments;
    this.#positions = positions;
    this.#evicted = evicted;
    this.#unknown = unknown;
  }

  get bytes(): number {
    return this.#unknown.reduce((sum, { bytes }) => sum + bytes, this.#segments.bytes);
  }

  get state(): Pick<LaneState, 'evicted' | 'unknown'> {
    return {
      evicted: this.#evicted.filter(([, to]) => to > this.#positions.mark),
      unknown: this.#unknown.map(({ file, range, count, sinceMs }) => ({ file, range, count, sinceMs })),
    };
  }

  /** From these unread positions nothing can be read. */
  missing(range: Range): void {
    for (const [from, to] of this.#evicted) {
      this.#lose('evicted', [Math.max(from, range[0]), Math.min(to, range[1])]);
    }
    this.#lose('corrupt', range);
  }

  #lose(cause: LossCause, range: Range): void {
    const count = this.#positions.finishUnread(range);
    if (count > 0) this.#owner.onMissing(cause, range[0], count);
  }

  /** Whether all files are still written. */
  get allActive(): boolean {
    return this.#unknown.length === 0 && this.#segments.all.every(({ writer }) => writer !== null);
  }

  /**
   * Gives up the oldest file of which nobody has anything, else the oldest one.
   *
   * @returns false: there is none
   */
  async evictOldest(cause: LossCause): Promise<boolean> {
    if (this.#unknown.length > 0) return this.#evictUnknown();
    const sealed = this.#segments.all.filter(({ writer }) => writer === null);
    const segment = sealed.find((each) => !this.#positions.anyHeld(rangeOf(each))) ?? sealed[0];
    if (segment !== undefined) await this.#evict(segment, await this.#scan(segment), cause);
    return segment !== undefined;
  }

  /** Gives up what is too old as a whole. */
  async expire(): Promise<void> {
    for (const segment of this.#segments.all.filter((each) => this.#seemsExpired(each))) {
      const found = await this.#scan(segment);
      const newest = found.reduce((latest, { acceptedAtMs }) => Math.max(latest, acceptedAtMs), -Infinity);
      // Parked records are not in the order of their acceptance.
      if (this.#isOld(newest, segment)) await this.#evict(segment, found, 'expired');
      else segment.lastAcceptedMs = newest;
    }
    while (this.#unknown.some(({ sinceMs }) => this.#ages.of(sinceMs, null) > this.#maxAgeMs)) {
      await this.#evictUnknown();
    }
  }

  #seemsExpired(segment: Segment): boolean {
    const { writer, lastAcceptedMs } = segment;
    return writer === null && lastAcceptedMs !== null && this.#isOld(lastAcceptedMs, segment);
  }

  #isOld(acceptedMs: number, { written }: Segment): boolean {
    return acceptedMs === -Infinity || this.#ages.of(acceptedMs, written) > this.#maxAgeMs;
  }

  #scan(segment: Segment): Promise<Lost[]> {
    const unread = (position: number): boolean => this.#positions.isUnread(position);
    return scanSegment(this.#disk, this.#clock, segment, this.#life, unread);
  }

  async #evict(segment: Segment, found: readonly Lost[], cause: LossCause): Promise<void> {
    const range = rangeOf(segment);
    const lost = found.filter(({ position }) => this.#positions.finish(position));
    if (lost.length > 0) this.#owner.onLost(cause, lost);
    this.#lose('corrupt', range);
    if (this.#positions.anyHeld(range)) this.#evicted = [...this.#evicted.slice(1 - MOST_EVICTED), range];
    await this.#noteLoss();
    await this.#remove(segment);
  }

  async #evictUnknown(): Promise<boolean> {
    const [oldest] = this.#unknown;
    if (oldest === undefined) return false;
    this.#unknown = this.#unknown.slice(1);
    if (oldest.count > 0) this.#owner.onMissing('unknown_version', oldest.range[0], oldest.count);
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

  /** Removes the files in which everything is done; the state with this mark is on disk. */
  async removeDone(mark: number): Promise<void> {
    for (const segment of this.#segments.all.filter(({ end, writer }) => writer === null && end <= mark)) {
      await this.#remove(segment);
    }
  }

  async #remove(segment: Segment): Promise<void> {
    await this.#owner.leave(segment);
    if (segment.damaged) await this.#keep(segment);
    else await this.#disk.remove(segment.path);
    this.#segments.drop(segment);
  }

  async #keep({ path }: Segment): Promise<void> {
    try {
      await this.#owner.keepDamaged(path);
    } catch (cause) {
      // It is gone already.
      if (errnoOf(cause) !== 'ENOENT') throw cause;
    }
  }
}

function rangeOf({ head, end }: Segment): Range {
  return [head.first, end];
}
