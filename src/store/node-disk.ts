/** The file system of the machine. Every call waits for its turn: one at a time for all stores of the process. */
import * as fs from 'node:fs';
import { mkdir, readdir, rename, stat, statfs, unlink } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Disk, DiskFile, FileSystemFacts, FolderLock } from './disk.js';
import { inTurn } from './file-calls.js';
import { fileSystemKind } from './file-system.js';
import { lockFolder } from './folder-lock.js';
import { errnoOf } from './trouble.js';

/** By number: a FileHandle that nobody closes would be closed at a random moment, with a warning. */
const calls = {
  open: promisify(fs.open),
  read: promisify(fs.read),
  write: promisify(fs.write),
  fdatasync: promisify(fs.fdatasync),
  fsync: promisify(fs.fsync),
  ftruncate: promisify(fs.ftruncate),
  fstat: promisify(fs.fstat),
  close: promisify(fs.close),
};

const { O_RDONLY, O_RDWR, O_CREAT, O_EXCL } = fs.constants;
/** A pipe in the place of a file would hold the thread, and with it the queue, for ever. Windows has no such flag. */
const O_NONBLOCK = (fs.constants as Partial<typeof fs.constants>).O_NONBLOCK ?? 0;

const FLAGS = {
  read: O_RDONLY | O_NONBLOCK,
  write: O_RDWR | O_NONBLOCK,
  create: O_RDWR | O_CREAT | O_EXCL,
} as const;

const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

export class NodeDisk implements Disk {
  makeFolder(at: string): Promise<void> {
    return inTurn(async () => {
      const folder = path.resolve(at);
      const made = await makeWithParents(folder);
      // The name of a folder is in its parent. One that is there may have been made by a process that was killed then.
      for (const parent of new Set([...made, folder].map((each) => path.dirname(each))))
        await syncParent(parent);
    });
  }

  list(at: string): Promise<string[]> {
    return inTurn(() => unlessMissing(readdir(at), []));
  }

  open(at: string, mode: 'read' | 'write' | 'create'): Promise<DiskFile> {
    return inTurn(async () => {
      const fd = await calls.open(at, FLAGS[mode], FILE_MODE);
      try {
        const found = await calls.fstat(fd);
        if (found.isDirectory()) throw errno('EISDIR', 'illegal operation on a directory', at);
        if (!found.isFile()) throw errno('EINVAL', 'no regular file', at);
        return new NodeFile(fd, at, found.nlink > 0);
      } catch (error) {
        await calls.close(fd);
        throw error;
      }
    });
  }

  remove(at: string): Promise<void> {
    return inTurn(() => unlessMissing(unlink(at), undefined));
  }

  rename(from: string, to: string): Promise<void> {
    return inTurn(() => rename(from, to));
  }

  syncFolder(at: string): Promise<void> {
    return inTurn(() => syncFolder(at));
  }

  facts(at: string): Promise<FileSystemFacts> {
    return inTurn(async () => {
      const { type, bavail, bsize } = await statfs(at);
      return { freeBytes: bavail * bsize, ...fileSystemKind(type, path.resolve(at)) };
    });
  }

  lock(folder: string): Promise<FolderLock | null> {
    return lockFolder(folder);
  }
}

class NodeFile implements DiskFile {
  #fd: number | null;
  readonly #at: string;
  /** A few drivers under FUSE say 0 for every file. */
  readonly #countsNames: boolean;

  constructor(fd: number, at: string, countsNames: boolean) {
    this.#fd = fd;
    this.#at = at;
    this.#countsNames = countsNames;
  }

  read(into: Uint8Array, position: number): Promise<number> {
    return this.#withFd(async (fd) => {
      let done = 0;
      while (done < into.length) {
        const { bytesRead } = await calls.read(fd, into, done, into.length - done, position + done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      return done;
    });
  }

  write(bytes: Uint8Array, position: number): Promise<void> {
    return this.#withFd(async (fd) => {
      let done = 0;
      while (done < bytes.length) {
        const { bytesWritten } = await calls.write(fd, bytes, done, bytes.length - done, position + done);
        if (bytesWritten === 0) throw errno('EIO', 'nothing was written', this.#at);
        done += bytesWritten;
      }
    });
  }

  datasync(): Promise<void> {
    return this.#withFd(async (fd) => {
      await calls.fdatasync(fd);
      if (!this.#countsNames) return;
      // A file without a name can be written and synced, and is gone all the same: somebody has removed the folder.
      const { nlink } = await calls.fstat(fd);
      if (nlink === 0) throw errno('ENOENT', 'the file was removed', this.#at);
    });
  }

  truncate(length: number): Promise<void> {
    return this.#withFd((fd) => calls.ftruncate(fd, length));
  }

  size(): Promise<number> {
    return this.#withFd(async (fd) => (await calls.fstat(fd)).size);
  }

  close(): Promise<void> {
    return inTurn(async () => {
      const fd = this.#fd;
      // The number may be another file's soon.
      this.#fd = null;
      if (fd !== null) await calls.close(fd).catch(() => undefined);
    });
  }

  #withFd<T>(work: (fd: number) => Promise<T>): Promise<T> {
    return inTurn(async () => {
      if (this.#fd === null) throw errno('EBADF', 'the file is closed', this.#at);
      return work(this.#fd);
    });
  }
}

/**
 * Node's own `recursive` says ENOENT on a read-only disk.
 * @returns those that were not there
 */
async function makeWithParents(folder: string): Promise<string[]> {
  try {
    return await makeOne(folder);
  } catch (error) {
    const parent = path.dirname(folder);
    if (errnoOf(error) !== 'ENOENT' || parent === folder) throw error;
    return [...(await makeWithParents(parent)), ...(await makeOne(folder))];
  }
}

async function makeOne(folder: string): Promise<string[]> {
  try {
    await mkdir(folder, { mode: FOLDER_MODE });
    return [folder];
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') throw error;
    const found = await stat(folder).catch(() => null);
    if (found?.isDirectory() === true) return [];
    throw error;
  }
}

async function syncFolder(at: string): Promise<void> {
  // Windows cannot, and has no need to.
  if (process.platform === 'win32') return;
  const fd = await calls.open(at, O_RDONLY | fs.constants.O_DIRECTORY);
  try {
    await calls.fsync(fd);
  } catch (error) {
    // So say file systems that have nothing to sync there.
    if (!['EINVAL', 'ENOTSUP', 'EOPNOTSUPP'].includes(errnoOf(error))) throw error;
  } finally {
    await calls.close(fd);
  }
}

/** A folder above may be one that we may pass through, but not read: then it cannot be synced. */
async function syncParent(at: string): Promise<void> {
  try {
    await syncFolder(at);
  } catch (error) {
    if (!['EACCES', 'EPERM', 'EROFS'].includes(errnoOf(error))) throw error;
  }
}

async function unlessMissing<T, U>(call: Promise<T>, otherwise: U): Promise<T | U> {
  try {
    return await call;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return otherwise;
    throw error;
  }
}

function errno(code: string, text: string, at: string): Error {
  return Object.assign(new Error(`${code}: ${text}, '${at}'`), { code, path: at });
}
