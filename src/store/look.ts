/**
 * A store as it lies on disk, for those who do not own it: its lock is not taken and nothing of it is written, so that the gateway it belongs to
 * may run. Where it does, this is about a second old.
 */
import path from 'node:path';
import type { Disk, FileSystemFacts } from './disk.js';
import { DamagedSegments } from './kept-aside.js';
import { lookForOrphans } from './orphans.js';
import type { LaneOptions } from './port.js';
import { ReadingDisk } from './reading-disk.js';
import { recoverLane } from './recovery.js';
import { StateFile } from './state-file.js';
import { readState, type StoreState } from './state.js';
import { errnoOf } from './trouble.js';

/** Written and removed again where nobody owns the folder. */
const PROBE = 'doctor.probe';
const PROBE_BYTES = 64 * 1024;
/** A gateway removes files while they are looked at. */
const MOST_TRIES = 5;
const DAMAGED = '.damaged';

/** The ways to the disk. */
export interface StoreLook {
  readonly disk: Disk;
  /** Whether somebody has the folder. Takes nothing. */
  hasOwner(folder: string): Promise<boolean>;
  /** Rejects with what the system says where this process may not write into a folder. */
  mayWrite(folder: string): Promise<void>;
}

export interface LaneContent {
  readonly name: string;
  /** Records that are not delivered. */
  readonly messages: number;
  /** Of its files. */
  readonly bytes: number;
  /** When its oldest record was accepted, about, Unix ms; `null`: there is none. */
  readonly oldestMs: number | null;
}

export interface StoreFacts {
  readonly fileSystem: FileSystemFacts;
  /** The folder, or where it does not exist yet, the nearest one above it that does. */
  readonly nearest: string;
  readonly exists: boolean;
  readonly owned: boolean;
  /** What one sync took, ms; `null`: not measured, since the folder is owned or does not exist. */
  readonly syncMs: number | null;
  /** There is a state, and it cannot be read. */
  readonly damaged: boolean;
  /** Segments that could not be read and are kept aside. */
  readonly damagedFiles: number;
  readonly lanes: readonly LaneContent[];
  /** Text and hint of a warning. */
  readonly orphans: readonly [message: string, hint: string] | null;
}

/**
 * Rejects with what the disk says.
 *
 * @param folder of the app, absolute
 * @param lanes of the configuration
 */
export async function lookAtStore(
  look: StoreLook,
  folder: string,
  lanes: readonly Pick<LaneOptions, 'name'>[],
  nowMs: number,
): Promise<StoreFacts> {
  const disk = new ReadingDisk(look.disk);
  const { nearest, fileSystem } = await nearestFolder(disk, folder);
  const exists = nearest === folder;
  if (!exists) {
    await look.mayWrite(nearest);
    const nothing = { owned: false, syncMs: null, damaged: false, damagedFiles: 0, lanes: [] };
    return { fileSystem, nearest, exists, ...nothing, orphans: await lookForOrphans(disk, folder) };
  }
  const owned = await look.hasOwner(folder);
  const content = await contentOf(disk, folder, lanes, nowMs);
  return {
    fileSystem,
    nearest,
    exists,
    owned,
    syncMs: owned ? null : await syncTime(look.disk, folder),
    ...content,
    orphans: await lookForOrphans(disk, folder),
  };
}

async function nearestFolder(
  disk: Disk,
  folder: string,
): Promise<{ readonly nearest: string; readonly fileSystem: FileSystemFacts }> {
  for (let at = folder; ; at = path.dirname(at)) {
    try {
      const fileSystem = await disk.facts(at);
      // A file has facts as well.
      await disk.list(at);
      return { nearest: at, fileSystem };
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT' || at === path.dirname(at)) throw error;
    }
  }
}

type Content = Pick<StoreFacts, 'damaged' | 'damagedFiles' | 'lanes'>;

async function contentOf(
  disk: Disk,
  folder: string,
  lanes: readonly Pick<LaneOptions, 'name'>[],
  nowMs: number,
): Promise<Content> {
  for (let tries = 1; ; tries += 1) {
    try {
      const { state, damaged } = await StateFile.read(disk, path.join(folder, 'store.state'));
      const known = readState(state);
      const names = await laneNames(disk, folder, lanes, known);
      const found: LaneContent[] = [];
      for (const name of names) found.push(await laneContent(disk, folder, name, known, nowMs));
      const kept = await Promise.all(names.map((name) => disk.list(path.join(folder, name))));
      const damagedFiles = kept.flat().filter((name) => name.endsWith(DAMAGED)).length;
      return { damaged, damagedFiles, lanes: found };
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT' || tries === MOST_TRIES) throw error;
    }
  }
}

/** Those of the configuration, with those of topics that were parked, and those that only the state knows. */
export async function laneNames(
  disk: Disk,
  folder: string,
  lanes: readonly Pick<LaneOptions, 'name'>[],
  state: StoreState | null,
): Promise<string[]> {
  const wanted = new Set(lanes.flatMap(({ name }) => [name, `${name}.parked`]));
  for (const { name } of state?.lanes ?? []) wanted.add(name);
  const there = new Set(await disk.list(folder));
  return [...wanted].filter((name) => there.has(name));
}

async function laneContent(
  disk: Disk,
  folder: string,
  name: string,
  state: StoreState | null,
  nowMs: number,
): Promise<LaneContent> {
  const known = state?.lanes.find((each) => each.name === name) ?? null;
  const damaged = new DamagedSegments(disk);
  const at = path.join(folder, name);
  const { recovered } = await recoverLane(disk, at, known, state === null, damaged, nowMs);
  const { segments, positions } = recovered;
  const oldest = segments.all.find(({ end }) => end > positions.mark);
  return {
    name,
    messages: positions.open,
    bytes: segments.bytes,
    oldestMs: positions.open === 0 ? null : (oldest?.head.acceptedMs ?? null),
  };
}

async function syncTime(disk: Disk, folder: string): Promise<number> {
  const at = path.join(folder, PROBE);
  await disk.remove(at);
  const file = await disk.open(at, 'create');
  try {
    await file.write(Buffer.alloc(PROBE_BYTES), 0);
    const from = performance.now();
    await file.datasync();
    return performance.now() - from;
  } finally {
    await file.close();
    await disk.remove(at);
  }
}
