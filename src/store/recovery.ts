/** What is on disk when the store opens: names, heads and sizes of segments, and of each lane the last segment. Never the backlog. */
import path from 'node:path';
import type { Disk, DiskFile } from './disk.js';
import type { DamagedSegments } from './kept-aside.js';
import { Positions, type Range } from './positions.js';
import {
  byAge,
  parseSegmentName,
  readAt,
  readSegmentHead,
  segmentName,
  SEGMENT_HEAD_BYTES,
  type HeadTrouble,
  type SegmentHead,
  type SegmentName,
} from './segment.js';
import { SegmentReader } from './segment-reader.js';
import { SegmentList, type Segment } from './segments.js';
import type { LaneState } from './state.js';

/** So many positions a file may be away from what is known. */
const FURTHEST_NAME = 16_777_216;

/** A segment that only another version can read. */
export interface UnknownSegment {
  readonly file: string;
  readonly path: string;
  readonly bytes: number;
  readonly range: Range;
  /** Records that nobody has had. */
  readonly count: number;
  readonly sinceMs: number;
}

/** A lane as it was left. */
export interface RecoveredLane {
  readonly segments: SegmentList;
  readonly positions: Positions;
  readonly sentBound: number;
  /** Records of former lives below it may have been with a client. */
  readonly formerBound: number;
  readonly evicted: readonly Range[];
  readonly unknown: readonly UnknownSegment[];
}

export interface LaneFound {
  readonly recovered: RecoveredLane;
  /** The highest life that a segment tells of. */
  readonly life: number;
  /** Id of the store, where a segment tells it. */
  readonly store: string | null;
}

/** A file with the name of a segment. */
interface NamedFile {
  readonly name: SegmentName;
  readonly path: string;
  readonly bytes: number;
  readonly head: SegmentHead | HeadTrouble;
}

/**
 * Rejects with what the disk says, never because of what a file holds.
 *
 * @param state `null`: nothing is known of this lane
 * @param forgotten what the store remembered is lost: every record may have been with a client
 * @param nowMs Unix ms
 */
export async function recoverLane(
  disk: Disk,
  folder: string,
  state: LaneState | null,
  forgotten: boolean,
  damaged: DamagedSegments,
  nowMs: number,
): Promise<LaneFound> {
  await disk.makeFolder(folder);
  await damaged.find(folder);
  const files = await readFiles(disk, folder);
  const segments = new SegmentList(folder);
  const found = segmentsOf(files);
  for (const segment of found) segments.add(segment);
  const last = found.at(-1);
  if (last !== undefined) last.end = Math.max(await endOf(disk, last), state?.end ?? 0);
  const end = endOfLane(Math.max(last?.end ?? 0, state?.end ?? 0), files, forgotten);
  const positions = positionsOf(state, found, files[0]?.name.first ?? 0, end);
  const unknown = unknownOf(files, state, positions, nowMs);
  for (const { name, path: at, head } of files) {
    if (head === 'damaged') await setAside(disk, at, name.first < end, damaged);
  }
  const sentBound = forgotten ? end : (state?.sentBound ?? 0);
  const formerBound = forgotten ? Infinity : sentBound;
  return {
    recovered: { segments, positions, sentBound, formerBound, evicted: state?.evicted ?? [], unknown },
    life: files.reduce((life, { name }) => Math.max(life, name.life), 0),
    store: last?.head.store ?? null,
  };
}

/**
 * A name alone is believed as far as it is near: it may be anybody's. A file without a head was begun when the power failed; only where the state is
 * lost it may have held more.
 */
function endOfLane(known: number, files: readonly NamedFile[], forgotten: boolean): number {
  const named = files
    .filter(({ head }) => head === 'unknown_version' || forgotten)
    .map(({ name }) => name.first)
    .filter((first) => first <= known + FURTHEST_NAME);
  return Math.max(known, ...named);
}

/** Without a head nothing in it can be read. What it should hold shows by the positions around it. */
async function setAside(disk: Disk, at: string, holds: boolean, damaged: DamagedSegments): Promise<void> {
  // One that was begun when the power failed holds nothing that was promised.
  await (holds ? damaged.keep(at) : disk.remove(at));
}

async function readFiles(disk: Disk, folder: string): Promise<NamedFile[]> {
  const names = (await disk.list(folder)).flatMap((name) => parseSegmentName(name) ?? []).toSorted(byAge);
  const found: NamedFile[] = [];
  for (const name of names) {
    const at = path.join(folder, segmentName(name));
    const file = await disk.open(at, 'read');
    try {
      found.push({ name, path: at, ...(await readHead(file, name)) });
    } finally {
      await file.close();
    }
  }
  return found;
}

async function readHead(file: DiskFile, name: SegmentName): Promise<Pick<NamedFile, 'bytes' | 'head'>> {
  const bytes = await file.size();
  const head = readSegmentHead((await readAt(file, 0, SEGMENT_HEAD_BYTES)) ?? Buffer.alloc(0));
  if (typeof head === 'string') return { bytes, head };
  return { bytes, head: head.first === name.first && head.life === name.life ? head : 'damaged' };
}

/** Each ends where the one after it says that it ends; the last one is still to be looked at. */
function segmentsOf(files: readonly NamedFile[]): Segment[] {
  const found: Segment[] = [];
  for (const { name, path: at, bytes, head } of files) {
    const before = found.at(-1);
    if (typeof head === 'string') continue;
    if (before !== undefined) {
      before.end = head.previousEnd;
      before.lastAcceptedMs = head.acceptedMs;
    }
    const unset = { lastAcceptedMs: null, written: null, writer: null, damaged: false };
    found.push({ name, path: at, head, end: head.first, bytes, ...unset });
  }
  return found;
}

/** Behind the last record of a segment. Its records are not looked at. */
async function endOf(disk: Disk, segment: Segment): Promise<number> {
  const file = await disk.open(segment.path, 'read');
  try {
    let end = segment.head.first;
    await new SegmentReader(file, segment.head, segment.bytes).next((head) => {
      if (head.first >= end) {
        end = head.first + head.count;
        segment.lastAcceptedMs = head.wallMs;
      }
      return false;
    });
    return end;
  } finally {
    await file.close();
  }
}

function positionsOf(
  state: LaneState | null,
  segments: readonly Segment[],
  first: number,
  end: number,
): Positions {
  // What a former version could not read, and this one can, was never had by anybody.
  const files = new Set(segments.map(({ name }) => segmentName(name)));
  const open = (state?.unknown ?? []).filter(({ file }) => files.has(file)).map(({ range }) => range);
  const mark = Math.min(state?.mark ?? first, end);
  const positions = new Positions(Math.min(mark, ...open.map(([from]) => from)), end);
  // Where one segment ends before the next one begins, nothing was ever written.
  for (const { head } of segments) positions.finishAll([head.previousEnd, head.first]);
  for (const done of [[positions.mark, mark] as const, ...(state?.done ?? [])]) {
    for (const range of without(done, open)) positions.finishAll(range);
  }
  return positions;
}

/** What is left of a range. */
function without(range: Range, holes: readonly Range[]): Range[] {
  return holes.reduce<Range[]>(
    (left, [from, to]) =>
      left.flatMap(([start, end]) =>
        [[start, Math.min(end, from)] as const, [Math.max(start, to), end] as const].filter(
          ([a, b]) => a < b,
        ),
      ),
    [range],
  );
}

/** They are done for this version; the count of what they hold is kept for the books. */
function unknownOf(
  files: readonly NamedFile[],
  state: LaneState | null,
  positions: Positions,
  nowMs: number,
): UnknownSegment[] {
  return files.flatMap(({ name, path: at, bytes, head }, index) => {
    if (head !== 'unknown_version') return [];
    const file = segmentName(name);
    const known = state?.unknown.find((each) => each.file === file);
    if (known !== undefined) return [{ ...known, path: at, bytes }];
    const next = files[index + 1];
    const end = typeof next?.head === 'object' ? next.head.previousEnd : (next?.name.first ?? positions.end);
    const range: Range = [name.first, end];
    const count = positions.finishUnread(range);
    return [{ file, path: at, bytes, range, count, sinceMs: nowMs }];
  });
}
