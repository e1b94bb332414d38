/** What is on disk when the store opens: names, heads and sizes of segments, and of each lane the last segment. Never the backlog. */
import path from 'node:path';
import type { Disk, DiskFile } from './disk.js';
import type { RecoveredLane } from './lane.js';
import { Positions } from './positions.js';
import {
  byAge,
  parseSegmentName,
  readAt,
  readSegmentHead,
  segmentName,
  SEGMENT_HEAD_BYTES,
  type SegmentHead,
  type SegmentName,
} from './segment.js';
import { SegmentReader } from './segment-reader.js';
import { SegmentList, type Segment } from './segments.js';
import type { LaneState } from './state.js';

/** Behind these, files are no segments of this lane. */
export const DAMAGED = '.damaged';

export interface LaneFound {
  readonly recovered: RecoveredLane;
  /** The highest life that a segment tells of. */
  readonly life: number;
  /** Id of the store, where a segment tells it. */
  readonly store: string | null;
}

/**
 * Rejects with what the disk says, never because of what a file holds.
 *
 * @param state `null`: nothing is known of this lane
 * @param lost what the store remembered is lost: every record may have been with a client
 */
export async function recoverLane(
  disk: Disk,
  folder: string,
  state: LaneState | null,
  lost: boolean,
): Promise<LaneFound> {
  await disk.makeFolder(folder);
  const segments = new SegmentList(folder);
  const found = await readHeads(disk, folder);
  found.forEach((segment, at) => {
    const next = found[at + 1];
    segment.end = next === undefined ? Infinity : next.head.previousEnd;
    segment.lastAcceptedMs = next?.head.acceptedMs ?? null;
  });
  const last = found.at(-1);
  if (last !== undefined) last.end = Math.max(await endOf(disk, last), state?.end ?? 0);
  const end = Math.max(last?.end ?? 0, state?.end ?? 0);
  const mark = Math.min(state?.mark ?? found[0]?.head.first ?? 0, end);
  const positions = new Positions(mark, end);
  for (const segment of found) {
    segments.add(segment);
    positions.finishAll([segment.head.previousEnd, segment.head.first]);
  }
  for (const range of state?.done ?? []) positions.finishAll(range);
  const formerBound = lost ? Infinity : (state?.sentBound ?? 0);
  return {
    recovered: { segments, positions, sentBound: lost ? end : (state?.sentBound ?? 0), formerBound },
    life: found.reduce((life, { head }) => Math.max(life, head.life), 0),
    store: last?.head.store ?? null,
  };
}

async function readHeads(disk: Disk, folder: string): Promise<Segment[]> {
  const names = (await disk.list(folder)).flatMap((name) => parseSegmentName(name) ?? []).toSorted(byAge);
  const found: Segment[] = [];
  for (const name of names) {
    const at = path.join(folder, segmentName(name));
    const file = await disk.open(at, 'read');
    try {
      const segment = await readSegment(file, name, at);
      if (segment !== null) found.push(segment);
    } finally {
      await file.close();
    }
  }
  return found;
}

async function readSegment(file: DiskFile, name: SegmentName, at: string): Promise<Segment | null> {
  const bytes = await file.size();
  const head = readSegmentHead((await readAt(file, 0, SEGMENT_HEAD_BYTES)) ?? Buffer.alloc(0));
  if (typeof head === 'string') return null;
  return segmentOf(name, at, head, bytes);
}

function segmentOf(name: SegmentName, at: string, head: SegmentHead, bytes: number): Segment {
  const { first: end } = head;
  return {
    name,
    path: at,
    head,
    end,
    bytes,
    lastAcceptedMs: null,
    begun: null,
    writer: null,
    damaged: false,
  };
}

/** Behind the last record of a segment. Its records are not looked at. */
async function endOf(disk: Disk, segment: Segment): Promise<number> {
  const file = await disk.open(segment.path, 'read');
  try {
    let end = segment.head.first;
    await new SegmentReader(file, segment.head, segment.bytes).next(({ first, count }) => {
      if (first >= end) end = first + count;
      return false;
    });
    return end;
  } finally {
    await file.close();
  }
}
