/**
 * The records and the ledger of a store on disk, for those who do not own it: no lock is taken, and nothing is written. A gateway may own it and
 * go on; then this is about a second old, and what it delivers and removes meanwhile is missing.
 */
import path from 'node:path';
import type { LossEntry } from '../api/store.js';
import type { Clock } from '../core/clock.js';
import { Ages } from './age.js';
import type { Disk } from './disk.js';
import { DamagedSegments } from './kept-aside.js';
import { LaneReader } from './lane-reader.js';
import { mainLaneOf } from './lanes.js';
import { LossLedger } from './ledger.js';
import { laneNames } from './look.js';
import type { LaneOptions, StoredRecord } from './port.js';
import { Portion } from './portion.js';
import { ReadingDisk } from './reading-disk.js';
import { recoverLane, type RecoveredLane } from './recovery.js';
import { StateFile } from './state-file.js';
import { readState, type StoreState } from './state.js';
import { errnoOf } from './trouble.js';

/** A gateway removes files while they are looked for. */
const MOST_TRIES = 5;
const PORTION_RECORDS = 1_000;
const PORTION_BYTES = 4 * 1024 * 1024;

export interface ReadableLane {
  /** As the configuration calls it. */
  readonly name: string;
  /** It holds what waits for topics that are missing. */
  readonly parked: boolean;
  /** Of its files. */
  readonly bytes: number;
  /** What is not delivered, in order, oldest first; to be read once. Rejects with what the disk says. */
  records(): AsyncGenerator<readonly StoredRecord[]>;
  /** So many records could not be read: damaged, or removed meanwhile. */
  readonly missing: number;
}

export interface ReadableStore {
  /** `""`: not known. */
  readonly id: string;
  /** There is a state, and it cannot be read. */
  readonly damaged: boolean;
  readonly lanes: readonly ReadableLane[];
  readonly losses: readonly LossEntry[];
}

/**
 * Rejects with what the disk says.
 *
 * @param folder of the app, absolute; one that is not there is empty
 * @param lanes of the configuration
 */
export async function openToRead(
  disk: Disk,
  folder: string,
  lanes: readonly Pick<LaneOptions, 'name'>[],
  clock: Clock,
): Promise<ReadableStore> {
  const reading = new ReadingDisk(disk);
  for (let tries = 1; ; tries += 1) {
    try {
      return await open(reading, folder, lanes, clock);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT' || tries === MOST_TRIES) throw error;
    }
  }
}

async function open(
  disk: Disk,
  folder: string,
  lanes: readonly Pick<LaneOptions, 'name'>[],
  clock: Clock,
): Promise<ReadableStore> {
  const { state: json, damaged } = await StateFile.read(disk, path.join(folder, 'store.state'));
  const state = readState(json);
  const found: ReadableLane[] = [];
  for (const name of await laneNames(disk, folder, lanes, state)) {
    const known = state?.lanes.find((each) => each.name === name) ?? null;
    const at = path.join(folder, name);
    const kept = new DamagedSegments(disk);
    const { recovered } = await recoverLane(disk, at, known, state === null, kept, clock.now());
    found.push(new LaneOnDisk(disk, clock, name, state, recovered));
  }
  const losses = LossLedger.from(state?.ledger).entries();
  return { id: state?.id ?? '', damaged, lanes: found, losses };
}

class LaneOnDisk implements ReadableLane {
  readonly name: string;
  readonly parked: boolean;
  missing = 0;
  readonly #reader: LaneReader;
  readonly #recovered: RecoveredLane;

  constructor(disk: Disk, clock: Clock, name: string, state: StoreState | null, recovered: RecoveredLane) {
    this.name = mainLaneOf(name);
    this.parked = this.name !== name;
    this.#recovered = recovered;
    const { segments, positions, formerBound } = recovered;
    const options = { life: state?.life ?? 0, maxAgeMs: Infinity, formerBound };
    this.#reader = new LaneReader(disk, clock, new Ages(clock), options, segments, positions, {
      onExpired: () => undefined,
      onMissing: (from, to) => {
        this.missing += positions.finishUnread([from, to]);
      },
    });
  }

  get bytes(): number {
    const { segments, unknown } = this.#recovered;
    return unknown.reduce((sum, { bytes }) => sum + bytes, segments.bytes);
  }

  async *records(): AsyncGenerator<readonly StoredRecord[]> {
    try {
      for (;;) {
        const found: StoredRecord[] = [];
        const portion = new Portion(PORTION_RECORDS, PORTION_BYTES);
        await this.#reader.read(portion, this.#recovered.positions.end, undefined, found);
        if (found.length === 0) return;
        yield found;
      }
    } finally {
      await this.#reader.retry();
    }
  }
}
