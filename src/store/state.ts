/** What the store remembers over its lives, as the one document of its state file. */
import type { LossCause } from '../api/store.js';
import type { DataGap } from './port.js';
import type { Range } from './positions.js';

export interface LaneState {
  readonly name: string;
  /** Everything below is done. */
  readonly mark: number;
  /** Behind the last position that was synced. */
  readonly end: number;
  /** From here on no client had anything that was not marked as handed over. */
  readonly sentBound: number;
  /** What is done beyond the mark. */
  readonly done: readonly Range[];
  /** What was evicted beyond the mark while somebody had a part of it. */
  readonly evicted: readonly Range[];
  /** Segments of a format that this version cannot read. */
  readonly unknown: readonly UnknownState[];
}

/** A segment of a format that is not known, kept for a version that knows it. */
export interface UnknownState {
  readonly file: string;
  /** Positions that it is about. */
  readonly range: Range;
  /** Records that nobody has had. */
  readonly count: number;
  /** Since when it is known, Unix ms. */
  readonly sinceMs: number;
}

/** A lane's name is one of a folder. */
const LANE_NAME = /^[A-Za-z][\w-]{0,39}(?:\.parked)?$/;

export interface StoreState {
  readonly id: string;
  readonly life: number;
  readonly lanes: readonly LaneState[];
  /** Of the LossLedger. */
  readonly ledger: unknown;
  readonly gaps: readonly DataGap[];
}

const CAUSES: ReadonlySet<unknown> = new Set<LossCause>([
  'expired',
  'evicted',
  'disk_full',
  'corrupt',
  'unknown_version',
  'refused',
  'purged',
]);

/**
 * What `JSON.parse` gave, as far as it makes sense.
 *
 * @returns `null`: nothing of it can be used
 */
export function readState(json: unknown): StoreState | null {
  const { id, life, lanes, ledger, gaps } = fieldsOf(json);
  if (typeof id !== 'string' || !/^[a-z0-9]{1,16}$/.test(id) || !isCount(life)) return null;
  return {
    id,
    life,
    lanes: listOf(lanes).flatMap((lane) => readLane(fieldsOf(lane)) ?? []),
    ledger,
    gaps: listOf(gaps).flatMap((gap) => readGap(fieldsOf(gap)) ?? []),
  };
}

function readLane(fields: Fields): LaneState | null {
  const { name, mark, end, sentBound, done, evicted, unknown } = fields;
  if (typeof name !== 'string' || !LANE_NAME.test(name)) return null;
  if (!isCount(mark) || !isCount(end) || !isCount(sentBound)) return null;
  if (mark > end) return null;
  const ranges = (json: unknown): Range[] => listOf(json).flatMap((range) => readRange(range, end));
  const files = listOf(unknown).flatMap((file) => readUnknown(fieldsOf(file)) ?? []);
  return { name, mark, end, sentBound, done: ranges(done), evicted: ranges(evicted), unknown: files };
}

function readUnknown({ file, range, count, sinceMs }: Fields): UnknownState | null {
  const [known] = readRange(range, Infinity);
  if (typeof file !== 'string' || known === undefined) return null;
  return isCount(count) && isCount(sinceMs) ? { file, range: known, count, sinceMs } : null;
}

function readRange(range: unknown, end: number): Range[] {
  const [from, to] = listOf(range);
  return isCount(from) && isCount(to) && from < to && to <= end ? [[from, to]] : [];
}

function readGap(fields: Fields): DataGap | null {
  const { id, lane, kind, fromMs, toMs, count, cause, before } = fields;
  if (typeof lane !== 'string' || typeof kind !== 'string' || !CAUSES.has(cause)) return null;
  if (!isCount(id) || !isCount(count) || !isCount(before)) return null;
  const gap = { id, lane, kind, fromMs: timeOf(fromMs), toMs: timeOf(toMs), count, cause, before };
  return gap as DataGap;
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(json: unknown): Fields {
  return typeof json === 'object' && json !== null ? (json as Fields) : {};
}

function listOf(json: unknown): readonly unknown[] {
  return Array.isArray(json) ? (json as readonly unknown[]) : [];
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function timeOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
