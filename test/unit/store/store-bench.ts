/** What the tests of the store are written with: a store on a disk, and what it told. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { RecordHeaders } from '../../../src/record/outgoing-record.js';
import type { NorthwardError } from '../../../src/api/errors.js';
import type { LossCause, LossEntry } from '../../../src/api/store.js';
import { CommitTurns } from '../../../src/store/commit-scheduler.js';
import type { Disk } from '../../../src/store/disk.js';
import type {
  LaneOptions,
  LostRecord,
  RecordToStore,
  StoredRecord,
  StoreListener,
  StoreOptions,
} from '../../../src/store/port.js';
import { DiskStore } from '../../../src/store/store.js';
import { MemoryClock } from '../../../src/testing/memory-clock.js';

export const NOON = Date.UTC(2026, 5, 1, 12);
export const MIB = 1024 * 1024;
const HOUR_MS = 3_600_000;

export const headers = new RecordHeaders(
  [
    ['kind', 'telemetry'],
    ['ts_ms', ''],
  ],
  1,
);

export function laneOptions(overrides: Partial<LaneOptions> = {}): LaneOptions {
  return {
    name: 'telemetry',
    kinds: new Set(['telemetry'] as const),
    storeAfterMs: 1_000,
    commitIntervalMs: 200,
    maxBytes: 64 * MIB,
    maxAgeMs: 24 * HOUR_MS,
    evictable: true,
    ...overrides,
  };
}

/** What a store told, in order. */
export class Told implements StoreListener {
  readonly all: string[] = [];
  readonly unstored: StoredRecord[] = [];
  readonly lost: { lane: string; cause: LossCause; records: readonly LostRecord[]; count: number }[] = [];
  readonly degraded: NorthwardError[] = [];

  onSynced({ name }: { name: string }): void {
    this.all.push(`synced ${name}`);
  }

  onLost({ name }: { name: string }, cause: LossCause, records: readonly LostRecord[], count: number): void {
    this.all.push(`lost ${name} ${cause} ${records.length}`);
    this.lost.push({ lane: name, cause, records, count });
  }

  onUnstored({ name }: { name: string }, records: readonly StoredRecord[]): void {
    this.all.push(`unstored ${name} ${records.length}`);
    this.unstored.push(...records);
  }

  onDegraded(error: NorthwardError): void {
    this.all.push('degraded');
    this.degraded.push(error);
  }

  onWorking(): void {
    this.all.push('working');
  }

  onWarning(message: string): void {
    this.all.push(`warning ${message}`);
  }
}

/** A life of a store. */
export interface Life {
  readonly store: DiskStore;
  readonly told: Told;
  readonly clock: MemoryClock;
}

export async function live(
  disk: Disk,
  folder: string,
  options: Partial<StoreOptions> = {},
  clock = new MemoryClock(NOON),
): Promise<Life> {
  const told = new Told();
  const all: StoreOptions = {
    folder,
    maxBytes: 256 * MIB,
    minFreeBytes: 0,
    whenFull: 'drop_oldest',
    compress: false,
    allowNetworkFs: false,
    lanes: [laneOptions({ name: 'critical', kinds: new Set(['alarm']), evictable: false }), laneOptions()],
    ...options,
  };
  const store = new DiskStore(all, disk, clock, new CommitTurns(), told);
  await store.open();
  return { store, told, clock };
}

export function record(sequence: number, overrides: Partial<RecordToStore> = {}): RecordToStore {
  return {
    topic: 'plant',
    key: Buffer.from(`key-${sequence % 3}`),
    value: Buffer.from(`value ${sequence}`),
    headers,
    timestampMs: NOON + sequence,
    kind: 'telemetry',
    deviceId: sequence % 3,
    deviceName: `pump ${sequence % 3}`,
    life: 1,
    sequence,
    acceptedAtMs: NOON,
    handedOver: false,
    ...overrides,
  };
}

/** Appends records with these sequences to a lane, unread. */
export function appendAll(
  { store }: Life,
  from: number,
  to: number,
  overrides: Partial<RecordToStore> = {},
  lane = 'telemetry',
): void {
  for (let sequence = from; sequence < to; sequence += 1) {
    store.lane(lane).append(record(sequence, { life: store.life, ...overrides }), false);
  }
}

/** All that can be read now. */
export async function readAll({ store }: Life, lane = 'telemetry'): Promise<StoredRecord[]> {
  const found: StoredRecord[] = [];
  for (;;) {
    const more = await store.lane(lane).read(500);
    if (more.length === 0) return found;
    found.push(...more);
  }
}

export function sequences(records: readonly { sequence: number }[]): number[] {
  return records.map(({ sequence }) => sequence);
}

export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

export function countLost(entries: readonly LossEntry[], cause?: LossCause): number {
  return entries
    .filter((entry) => cause === undefined || entry.cause === cause)
    .reduce((sum, { count }) => sum + count, 0);
}

/** Real disks take their time, which a clock in memory does not know. */
export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await nextTurn();
}

export const NEVER = new Promise<never>(() => undefined);
