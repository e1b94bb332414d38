/** The calls of the disk in memory, as those have them who use it between two crashes. */
import path from 'node:path';
import type { Disk, DiskFile, FileSystemFacts, FolderLock } from '../store/disk.js';
import { diskError } from './disk-errors.js';
import { MemoryFile, MemoryFolder, type MemoryTree, type Space } from './memory-files.js';

/** A call of the disk that a test can let fail. */
export type DiskCall =
  | 'makeFolder'
  | 'list'
  | 'open'
  | 'remove'
  | 'rename'
  | 'syncFolder'
  | 'facts'
  | 'lock'
  | 'read'
  | 'write'
  | 'datasync'
  | 'truncate'
  | 'size';

/** What the lives of a disk have in common. */
export interface Machine {
  readonly space: Space;
  readonly tree: MemoryTree;
  /** Who has a folder. */
  readonly locks: Map<string, symbol>;
  /** Does the work when all calls before it are done, unless the life of its caller is over by then. */
  run<T>(life: number, work: () => T): Promise<T>;
  /** What this call is to fail with, as the test wants it. */
  failureOf(call: DiskCall, at: string): Error | null;
  /** Throws when the disk is read-only. */
  refuseWrites(at: string): void;
}

/** The disk until the next crash. */
export class LifeOfDisk implements Disk {
  readonly onTheSpot = true;
  readonly #disk: Machine;
  readonly #life: number;

  constructor(disk: Machine, life: number) {
    this.#disk = disk;
    this.#life = life;
  }

  makeFolder(at: string): Promise<void> {
    return this.#run('makeFolder', at, ({ tree }) => {
      if (tree.find(at) === null) this.#disk.refuseWrites(at);
      tree.makeFolder(at);
    });
  }

  list(at: string): Promise<string[]> {
    return this.#run('list', at, ({ tree }) =>
      tree.find(at) === null ? [] : [...tree.folder(at).names.keys()],
    );
  }

  open(at: string, mode: 'read' | 'write' | 'create'): Promise<DiskFile> {
    return this.#run('open', at, (disk) => {
      const file = mode === 'create' ? this.#create(at) : existing(disk.tree, at);
      if (mode === 'write') disk.refuseWrites(at);
      file.opened += 1;
      return new OpenFile(disk, this.#life, at, file, mode !== 'read');
    });
  }

  remove(at: string): Promise<void> {
    return this.#run('remove', at, ({ tree }) => {
      this.#disk.refuseWrites(at);
      const node = tree.find(at);
      if (node === null) return;
      if (node instanceof MemoryFolder) throw diskError('EISDIR', at);
      tree.change([{ at, node: null }]);
    });
  }

  rename(from: string, to: string): Promise<void> {
    return this.#run('rename', from, ({ tree }) => {
      this.#disk.refuseWrites(from);
      const node = tree.find(from);
      if (node === null) throw diskError('ENOENT', from);
      const old = tree.find(to);
      if (old === node) return;
      if (old instanceof MemoryFolder && node instanceof MemoryFile) throw diskError('EISDIR', to);
      if (old instanceof MemoryFile && node instanceof MemoryFolder) throw diskError('ENOTDIR', to);
      if (old instanceof MemoryFolder && old.names.size > 0) throw diskError('ENOTEMPTY', to);
      tree.change([
        { at: to, node },
        { at: from, node: null },
      ]);
    });
  }

  syncFolder(at: string): Promise<void> {
    return this.#run('syncFolder', at, ({ tree }) => {
      tree.syncFolder(tree.folder(at));
    });
  }

  facts(at: string): Promise<FileSystemFacts> {
    return this.#run('facts', at, ({ tree, space }) => {
      if (tree.find(at) === null) throw diskError('ENOENT', at);
      return { freeBytes: Math.min(space.free, Number.MAX_SAFE_INTEGER), sort: 'local', name: 'memory' };
    });
  }

  lock(folder: string): Promise<FolderLock | null> {
    return this.#run('lock', folder, (disk) => {
      disk.tree.folder(folder);
      disk.refuseWrites(folder);
      const at = path.resolve(folder);
      if (disk.locks.has(at)) return null;
      const owner = Symbol(at);
      disk.locks.set(at, owner);
      return { sure: true, release: () => this.#release(at, owner) };
    });
  }

  #release(at: string, owner: symbol): Promise<void> {
    return this.#disk.run(this.#life, () => {
      if (this.#disk.locks.get(at) === owner) this.#disk.locks.delete(at);
    });
  }

  #create(at: string): MemoryFile {
    const { tree, space } = this.#disk;
    const folder = tree.folder(path.dirname(at));
    if (folder.names.has(path.basename(at))) throw diskError('EEXIST', at);
    this.#disk.refuseWrites(at);
    const file = new MemoryFile(space);
    tree.change([{ at, node: file }]);
    return file;
  }

  #run<T>(call: DiskCall, at: string, work: (disk: Machine) => T): Promise<T> {
    return this.#disk.run(this.#life, () => {
      const failure = this.#disk.failureOf(call, at);
      if (failure !== null) throw failure;
      return work(this.#disk);
    });
  }
}

class OpenFile implements DiskFile {
  readonly onTheSpot = true;
  readonly #disk: Machine;
  readonly #life: number;
  readonly #at: string;
  readonly #file: MemoryFile;
  readonly #writable: boolean;
  #closed = false;

  constructor(disk: Machine, life: number, at: string, file: MemoryFile, writable: boolean) {
    this.#disk = disk;
    this.#life = life;
    this.#at = at;
    this.#file = file;
    this.#writable = writable;
  }

  read(into: Uint8Array, position: number): Promise<number> {
    return this.#run('read', (failure) => {
      if (failure !== null) throw failure;
      const bytes = this.#file.bytes.subarray(position, position + into.length);
      into.set(bytes);
      return bytes.length;
    });
  }

  write(bytes: Uint8Array, position: number): Promise<void> {
    return this.#run('write', (failure) => {
      if (!this.#writable) throw diskError('EBADF', this.#at);
      if (failure !== null) {
        this.#file.write(bytes.subarray(0, bytes.length >> 1), position);
        throw failure;
      }
      this.#disk.refuseWrites(this.#at);
      if (this.#file.write(bytes, position) < bytes.length) throw diskError('ENOSPC', this.#at);
    });
  }

  datasync(): Promise<void> {
    return this.#run('datasync', (failure) => {
      if (failure !== null) {
        this.#file.failSync();
        throw failure;
      }
      if (this.#file.names === 0) throw diskError('ENOENT', this.#at);
      if (this.#file.dirty) this.#disk.refuseWrites(this.#at);
      this.#file.sync();
    });
  }

  truncate(length: number): Promise<void> {
    return this.#run('truncate', (failure) => {
      if (!this.#writable) throw diskError('EINVAL', this.#at);
      if (failure !== null) throw failure;
      this.#disk.refuseWrites(this.#at);
      this.#file.truncate(length);
    });
  }

  size(): Promise<number> {
    return this.#run('size', (failure) => {
      if (failure !== null) throw failure;
      return this.#file.length;
    });
  }

  close(): Promise<void> {
    return this.#disk.run(this.#life, () => {
      if (this.#closed) return;
      this.#closed = true;
      this.#file.opened -= 1;
      this.#file.release();
    });
  }

  #run<T>(call: DiskCall, work: (failure: Error | null) => T): Promise<T> {
    return this.#disk.run(this.#life, () => {
      if (this.#closed) throw diskError('EBADF', this.#at);
      return work(this.#disk.failureOf(call, this.#at));
    });
  }
}

function existing(tree: MemoryTree, at: string): MemoryFile {
  const node = tree.find(at);
  if (node === null) throw diskError('ENOENT', at);
  if (node instanceof MemoryFolder) throw diskError('EISDIR', at);
  return node;
}
