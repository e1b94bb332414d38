/**
 * A disk in memory for the store of the double, as harsh as a real one: what was not synced is gone after a power cut. Time plays no part
 * in it: calls end in microtasks, one after another.
 */
import path from 'node:path';
import type { Disk, DiskFile, FileSystemFacts, FolderLock } from '../store/disk.js';
import { diskError } from './disk-errors.js';
import { LifeOfDisk, type DiskCall, type Machine } from './memory-disk-life.js';
import { MemoryTree, randomOf, Space } from './memory-files.js';

/** What is to be damaged, and how. What is left out is chosen at random, by the seed. */
export interface DamageOptions {
  /** Path of the file; default: any. A part of its path does, `.seg`. */
  readonly file?: string;
  /** `flip`: one bit; `zero`: a run of zeros; `truncate`: the end is missing. */
  readonly sort?: 'flip' | 'zero' | 'truncate';
  /** Byte at which it begins. */
  readonly at?: number;
  /** Of the run of zeros, bytes. Default: 512 */
  readonly length?: number;
  /** The same seed does the same damage to the same files. Default: 1 */
  readonly seed?: number;
}

/** What was damaged. */
export interface Damage {
  readonly file: string;
  readonly sort: 'flip' | 'zero' | 'truncate';
  readonly at: number;
}

/**
 * A disk in memory: `createMemoryNorthward(config, { disk })` has its store on it. It outlives the objects that use it, as a disk outlives
 * the process.
 */
export interface MemoryDisk {
  /** What is on it now, by path; copies. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /**
   * The power fails. What was not synced is gone, contents and names. Calls of those who used the disk until now never settle; the next
   * object on it is the next life.
   *
   * @param options.seed given: of what was not synced some is there all the same, at random
   */
  crash(options?: { readonly seed?: number }): void;
  /** The process ends at once, the machine goes on: what was written stays. Else as `crash()`. */
  kill(): void;
  /** The disk is full but for `free` bytes; `false`: it is not. Default: 0 */
  full(free?: number | false): void;
  /** It takes no writes from now on, or does so again. */
  readOnly(on: boolean): void;
  /** No call ends from now on, until it is `false`. */
  hang(on: boolean): void;
  /**
   * The next calls of that sort fail, with a code as `EIO`. A write that fails has written a part. A sync that fails has brought a part to the
   * disk, and no later one brings the rest there.
   *
   * @param times Default: 1
   * @param after how many calls of that sort work before. Default: 0
   */
  failNext(call: DiskCall, code: string, times?: number, after?: number): void;
  /** @returns `null`: there is nothing to be damaged */
  damage(options?: DamageOptions): Damage | null;
  /** Somebody removes a folder with all that is in it. */
  deleteFolder(folder: string): void;
  /**
   * For the library: the disk as those have it who use it until the next `crash()` or `kill()`; after it none of their calls settles.
   * @hidden
   */
  boot(): Disk;
}

/** What tests of the store have: the calls of the life that goes on at the moment, too. */
export type MemoryStoreDisk = MemoryDisk & Disk;

/** An empty disk in memory, with room without end. */
export function createMemoryDisk(): MemoryDisk & Disk {
  return new MemoryDiskImpl();
}

class MemoryDiskImpl implements MemoryStoreDisk, Machine {
  readonly space = new Space();
  readonly tree = new MemoryTree();
  locks = new Map<string, symbol>();
  #life = 0;
  #current: Disk;
  #tail: Promise<unknown> = Promise.resolve();
  #readOnly = false;
  #hangs: { readonly over: Promise<void>; readonly end: () => void } | null = null;
  readonly #failures = new Map<DiskCall, (string | null)[]>();

  constructor() {
    this.#current = new LifeOfDisk(this, 0);
  }

  get files(): ReadonlyMap<string, Uint8Array> {
    return new Map(this.tree.files().map(([at, file]) => [at, file.bytes.slice()]));
  }

  boot(): Disk {
    return this.#current;
  }

  crash({ seed }: { readonly seed?: number } = {}): void {
    this.#nextLife();
    this.space.used = 0;
    this.tree.crash(seed === undefined ? null : randomOf(seed));
  }

  kill(): void {
    this.#nextLife();
    // What had no name any more is gone with those who held it open.
    const files = this.tree.files().map(([, file]) => file);
    for (const file of files) file.opened = 0;
    this.space.used = files.reduce((sum, { room }) => sum + room, 0);
  }

  full(free: number | false = 0): void {
    this.space.capacity = free === false ? Infinity : this.space.used + free;
  }

  readOnly(on: boolean): void {
    this.#readOnly = on;
  }

  hang(on: boolean): void {
    if (on === (this.#hangs !== null)) return;
    this.#hangs?.end();
    this.#hangs = on ? withEnd() : null;
  }

  failNext(call: DiskCall, code: string, times = 1, after = 0): void {
    const codes = this.#failures.get(call) ?? [];
    for (let n = 0; n < after; n += 1) codes.push(null);
    for (let n = 0; n < times; n += 1) codes.push(code);
    this.#failures.set(call, codes);
  }

  damage({ file = '', sort, at, length = 512, seed = 1 }: DamageOptions = {}): Damage | null {
    const random = randomOf(seed);
    const choose = <T>(list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)];
    const found = choose(
      this.tree.files().filter(([name, { bytes }]) => name.includes(file) && bytes.length > 0),
    );
    if (found === undefined) return null;
    const [name, target] = found;
    const how = sort ?? choose(['flip', 'zero', 'truncate'] as const) ?? 'flip';
    const from = at ?? Math.floor(random() * target.length);
    const bit = 1 << Math.floor(random() * 8);
    target.damage((bytes) => {
      if (how === 'truncate') return bytes.slice(0, from);
      if (how === 'zero') bytes.fill(0, from, from + length);
      else if (from < bytes.length) bytes[from] = (bytes[from] ?? 0) ^ bit;
      return bytes;
    });
    return { file: name, sort: how, at: from };
  }

  deleteFolder(folder: string): void {
    this.tree.deleteFolder(folder);
    for (const locked of this.locks.keys()) if (locked === path.resolve(folder)) this.locks.delete(locked);
  }

  makeFolder(at: string): Promise<void> {
    return this.#current.makeFolder(at);
  }

  list(at: string): Promise<string[]> {
    return this.#current.list(at);
  }

  open(at: string, mode: 'read' | 'write' | 'create'): Promise<DiskFile> {
    return this.#current.open(at, mode);
  }

  remove(at: string): Promise<void> {
    return this.#current.remove(at);
  }

  rename(from: string, to: string): Promise<void> {
    return this.#current.rename(from, to);
  }

  syncFolder(at: string): Promise<void> {
    return this.#current.syncFolder(at);
  }

  facts(at: string): Promise<FileSystemFacts> {
    return this.#current.facts(at);
  }

  lock(folder: string): Promise<FolderLock | null> {
    return this.#current.lock(folder);
  }

  run<T>(life: number, work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      if (life !== this.#life) return;
      this.#tail = this.#tail.then(async () => {
        while (life === this.#life && this.#hangs !== null) await this.#hangs.over;
        if (life !== this.#life) return;
        const outcome = outcomeOf(work);
        // The power may fail between the deed and the answer.
        await Promise.resolve();
        if (life !== this.#life) return;
        if ('error' in outcome) reject(outcome.error as Error);
        else resolve(outcome.value);
      });
    });
  }

  failureOf(call: DiskCall, at: string): Error | null {
    const code = this.#failures.get(call)?.shift();
    return code == null ? null : diskError(code, at);
  }

  refuseWrites(at: string): void {
    if (this.#readOnly) throw diskError('EROFS', at);
  }

  #nextLife(): void {
    this.#life += 1;
    this.#current = new LifeOfDisk(this, this.#life);
    this.#tail = Promise.resolve();
    this.locks = new Map();
    this.hang(false);
  }
}

function outcomeOf<T>(work: () => T): { readonly value: T } | { readonly error: unknown } {
  try {
    return { value: work() };
  } catch (error) {
    return { error };
  }
}

/** A promise with what ends it. */
function withEnd(): { over: Promise<void>; end: () => void } {
  let end: () => void = () => undefined;
  const over = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { over, end };
}
