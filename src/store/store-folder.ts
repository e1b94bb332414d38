import path from 'node:path';
import type { NorthwardError } from '../api/errors.js';
import type { Disk, FolderLock } from './disk.js';
import { StateFile } from './state-file.js';
import { lockedByAnother, onNetworkFileSystem } from './trouble.js';

/** Written to see whether the disk takes it. */
const PROBE_BYTES = 64 * 1024;

export interface FolderFindings {
  readonly file: StateFile;
  readonly state: unknown;
  /** There was a state that cannot be read. */
  readonly damaged: boolean;
  readonly warnings: readonly (readonly [message: string, hint: string])[];
}

/** The folder of a store: that it is there, ours, and on a disk that means what it says. */
export class StoreFolder {
  readonly path: string;
  readonly #disk: Disk;
  readonly #allowNetwork: boolean;
  #lock: FolderLock | null = null;
  freeBytes: number | null = null;

  constructor(disk: Disk, folder: string, allowNetwork: boolean) {
    this.#disk = disk;
    this.path = folder;
    this.#allowNetwork = allowNetwork;
  }

  laneFolder(lane: string): string {
    return path.join(this.path, lane);
  }

  /** Rejects with what the disk says. @returns an error: why it is not to be used */
  async open(): Promise<FolderFindings | NorthwardError> {
    await this.#disk.makeFolder(this.path);
    const facts = await this.#disk.facts(this.path);
    this.freeBytes = facts.freeBytes;
    if (facts.sort === 'network' && !this.#allowNetwork) return onNetworkFileSystem(this.path, facts.name);
    this.#lock = await this.#disk.lock(this.path);
    if (this.#lock === null) return lockedByAnother(this.path);
    const warnings: (readonly [string, string])[] = [];
    if (facts.sort === 'unknown') warnings.push(unknownFileSystem(this.path, facts.name));
    if (!this.#lock.sure) warnings.push(unsureLock(this.path));
    const { state, file, damaged } = await StateFile.open(this.#disk, path.join(this.path, 'store.state'));
    if (damaged) warnings.push(damagedState(this.path));
    return { file, state, damaged, warnings };
  }

  async look(): Promise<void> {
    this.freeBytes = (await this.#disk.facts(this.path)).freeBytes;
  }

  /** Rejects as long as the disk takes no files. */
  async probe(): Promise<void> {
    const at = path.join(this.path, 'probe');
    await this.#disk.remove(at);
    const file = await this.#disk.open(at, 'create');
    try {
      await file.write(Buffer.alloc(PROBE_BYTES), 0);
      await file.datasync();
    } finally {
      await file.close();
      await this.#disk.remove(at);
    }
  }

  /** After somebody has removed it. */
  async makeAgain(lanes: readonly string[]): Promise<FolderFindings | NorthwardError> {
    await this.release();
    const findings = await this.open();
    for (const lane of lanes) await this.#disk.makeFolder(this.laneFolder(lane));
    return findings;
  }

  /** Never rejects. */
  async release(): Promise<void> {
    const lock = this.#lock;
    this.#lock = null;
    await lock?.release().catch(() => undefined);
  }
}

function unknownFileSystem(folder: string, name: string): [string, string] {
  return [
    `The store in ${folder} is on a file system that does not tell whether it is a network one (${name}).`,
    'If it is one, a power cut of its server may cost what counts as stored: better use a local disk.',
  ];
}

function unsureLock(folder: string): [string, string] {
  return [
    `The lock of the store in ${folder} rests on the id of a process only.`,
    'Take care that no second gateway uses this folder at the same time.',
  ];
}

function damagedState(folder: string): [string, string] {
  return [
    `The state of the store in ${folder} cannot be read; its books are lost, and it is not known what was delivered.`,
    'Stored messages are sent again, marked as possible duplicates. Check the disk.',
  ];
}
