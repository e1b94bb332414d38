/** Files and folders in memory, each as it is now, and as it would be after a power cut. */
import path from 'node:path';
import { diskError } from './disk-errors.js';

const BLOCK = 4096;

/** 0–1, from a seed: the same numbers for the same seed. */
export type Random = () => number;

export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** How much room the disk has; it is given out by blocks, as a file system does. */
export class Space {
  capacity = Infinity;
  used = 0;

  get free(): number {
    return Math.max(0, this.capacity - this.used);
  }
}

interface Change {
  readonly position: number;
  readonly bytes: Uint8Array;
}

/** Bytes that grow. */
class Content {
  #bytes = new Uint8Array(0);
  length = 0;

  view(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }

  write({ position, bytes }: Change): void {
    this.resize(Math.max(this.length, position + bytes.length));
    this.#bytes.set(bytes, position);
  }

  resize(length: number): void {
    if (length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(length, this.#bytes.length * 2));
      grown.set(this.view());
      this.#bytes = grown;
    }
    if (length < this.length) this.#bytes.fill(0, length, this.length);
    this.length = length;
  }

  replace(bytes: Uint8Array): void {
    this.#bytes = bytes.slice();
    this.length = bytes.length;
  }
}

/** A file, whatever its name is. */
export class MemoryFile {
  readonly #space: Space;
  readonly #now = new Content();
  readonly #durable = new Content();
  /** Writes, and new lengths, since the last sync. */
  #unsynced: (Change | number)[] = [];
  /** Blocks with room on the disk; a hole has none. */
  #blocks = new Set<number>();
  /** How many names it has, 0 or 1. */
  names = 0;
  opened = 0;

  constructor(space: Space) {
    this.#space = space;
  }

  get bytes(): Uint8Array {
    return this.#now.view();
  }

  get length(): number {
    return this.#now.length;
  }

  get dirty(): boolean {
    return this.#unsynced.length > 0;
  }

  /** What it takes of the disk, bytes. */
  get room(): number {
    return this.#blocks.size * BLOCK;
  }

  /** @returns how many bytes found room */
  write(bytes: Uint8Array, position: number): number {
    let end = position + bytes.length;
    for (let block = Math.floor(position / BLOCK); block * BLOCK < end; block += 1) {
      if (this.#blocks.has(block)) continue;
      if (this.#space.free < BLOCK) {
        end = Math.max(position, block * BLOCK);
        break;
      }
      this.#blocks.add(block);
      this.#space.used += BLOCK;
    }
    const written = end - position;
    if (written > 0) this.#change({ position, bytes: bytes.slice(0, written) });
    return written;
  }

  truncate(length: number): void {
    this.#change(length);
    this.#giveBack((block) => block * BLOCK >= length);
  }

  /** What was written survives a power cut from now on. */
  sync(): void {
    for (const change of this.#unsynced) applyTo(this.#durable, change);
    this.#unsynced = [];
  }

  /** As after a sync that failed: all can still be read, every other page is on the disk, and no later sync writes the rest. */
  failSync(): void {
    const pages = this.#unsynced.flatMap(pagesOf);
    for (const [n, page] of pages.entries()) if (n % 2 === 1) applyTo(this.#durable, page);
    this.#unsynced = [];
  }

  /** @param random given: some of what was not synced is there all the same, by pages */
  crash(random: Random | null): void {
    if (random !== null)
      for (const change of this.#unsynced.flatMap(pagesOf))
        if (random() < 0.5) applyTo(this.#durable, change);
    this.#unsynced = [];
    this.#now.replace(this.#durable.view());
    this.opened = 0;
    this.#blocks = new Set();
    const blocks = Math.ceil(this.length / BLOCK);
    for (let block = 0; block < blocks; block += 1) this.#blocks.add(block);
    this.#space.used += blocks * BLOCK;
  }

  /** Changes what the disk holds behind everybody's back. */
  damage(change: (bytes: Uint8Array) => Uint8Array): void {
    this.#unsynced = [];
    for (const content of [this.#now, this.#durable]) content.replace(change(content.view().slice()));
  }

  /** Gives its room back when nobody can reach it any more. */
  release(): void {
    if (this.names === 0 && this.opened === 0) this.#giveBack(() => true);
  }

  #change(change: Change | number): void {
    this.#unsynced.push(change);
    applyTo(this.#now, change);
  }

  #giveBack(wanted: (block: number) => boolean): void {
    for (const block of this.#blocks)
      if (wanted(block)) {
        this.#blocks.delete(block);
        this.#space.used -= BLOCK;
      }
  }
}

function applyTo(content: Content, change: Change | number): void {
  if (typeof change === 'number') content.resize(change);
  else content.write(change);
}

/** A write reaches the disk by pages, in any order. */
function pagesOf(change: Change | number): (Change | number)[] {
  if (typeof change === 'number') return [change];
  const pages: Change[] = [];
  for (let at = 0; at < change.bytes.length;) {
    const end = Math.min(change.bytes.length, at + BLOCK - ((change.position + at) % BLOCK));
    pages.push({ position: change.position + at, bytes: change.bytes.subarray(at, end) });
    at = end;
  }
  return pages;
}

export class MemoryFolder {
  names = new Map<string, MemoryNode>();
  durable = new Map<string, MemoryNode>();
}

export type MemoryNode = MemoryFile | MemoryFolder;

interface NameChange {
  readonly folder: MemoryFolder;
  readonly name: string;
  readonly node: MemoryNode | null;
}

/** The folders, and which of their names survive a power cut. */
export class MemoryTree {
  readonly #root = new MemoryFolder();
  /** What was done to names since the folder was synced, in order. A rename is one entry with two changes. */
  #unsynced: (readonly NameChange[])[] = [];

  /** @returns `null`: there is nothing of that name */
  find(at: string): MemoryNode | null {
    let node: MemoryNode = this.#root;
    for (const name of partsOf(at)) {
      if (node instanceof MemoryFile) throw diskError('ENOTDIR', at);
      const next = node.names.get(name);
      if (next === undefined) return null;
      node = next;
    }
    return node;
  }

  folder(at: string): MemoryFolder {
    const node = this.find(at);
    if (node === null) throw diskError('ENOENT', at);
    if (node instanceof MemoryFile) throw diskError('ENOTDIR', at);
    return node;
  }

  /** With its parents; it survives a power cut at once. */
  makeFolder(at: string): void {
    let folder = this.#root;
    const parts = partsOf(at);
    for (const [place, name] of parts.entries()) {
      const found = folder.names.get(name) ?? new MemoryFolder();
      if (found instanceof MemoryFile) throw diskError(place === parts.length - 1 ? 'EEXIST' : 'ENOTDIR', at);
      folder.names.set(name, found);
      folder.durable.set(name, found);
      folder = found;
    }
  }

  /** Gives names in one step; `null` takes one away. */
  change(changes: readonly { readonly at: string; readonly node: MemoryNode | null }[]): void {
    const entry = changes.map(({ at, node }) => ({
      folder: this.folder(path.dirname(at)),
      name: path.basename(at),
      node,
    }));
    for (const { folder, name, node } of entry) {
      const before = folder.names.get(name);
      if (node === null) folder.names.delete(name);
      else folder.names.set(name, node);
      if (node instanceof MemoryFile) node.names += 1;
      if (before instanceof MemoryFile) {
        before.names -= 1;
        before.release();
      }
    }
    this.#unsynced.push(entry);
  }

  syncFolder(folder: MemoryFolder): void {
    this.#unsynced = this.#unsynced.filter((entry) => {
      if (!entry.some((change) => change.folder === folder)) return true;
      survive(entry);
      return false;
    });
  }

  /** @param random given: some of what was done to names is there all the same; what was done first survives first */
  crash(random: Random | null): void {
    const kept = random === null ? 0 : Math.floor(random() * (this.#unsynced.length + 1));
    for (const entry of this.#unsynced.slice(0, kept)) survive(entry);
    this.#unsynced = [];
    this.#restore(this.#root, random);
  }

  /** Removes a folder and all that is in it, for good. */
  deleteFolder(at: string): void {
    const folder = this.folder(at);
    for (const [, file] of walk(folder, at)) {
      file.names = 0;
      file.release();
    }
    const parent = this.folder(path.dirname(at));
    parent.names.delete(path.basename(at));
    parent.durable.delete(path.basename(at));
  }

  files(): [path: string, file: MemoryFile][] {
    return [...walk(this.#root, path.parse(path.resolve('.')).root)].toSorted(([a], [b]) => (a < b ? -1 : 1));
  }

  #restore(folder: MemoryFolder, random: Random | null): void {
    folder.names = new Map(folder.durable);
    for (const node of folder.names.values()) {
      if (node instanceof MemoryFolder) this.#restore(node, random);
      else {
        node.names = 1;
        node.crash(random);
      }
    }
  }
}

function survive(entry: readonly NameChange[]): void {
  for (const { folder, name, node } of entry) {
    if (node === null) folder.durable.delete(name);
    else folder.durable.set(name, node);
  }
}

function* walk(folder: MemoryFolder, at: string): Generator<[string, MemoryFile]> {
  for (const [name, node] of folder.names) {
    const below = path.join(at, name);
    if (node instanceof MemoryFolder) yield* walk(node, below);
    else yield [below, node];
  }
}

function partsOf(at: string): string[] {
  return path
    .resolve(at)
    .split(path.sep)
    .filter((part) => part !== '');
}
