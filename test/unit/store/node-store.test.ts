import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import type { Disk, DiskFile, FolderLock } from '../../../src/store/disk.js';
import { NodeDisk } from '../../../src/store/node-disk.js';
import { storeContract } from './contract.js';

const folders: string[] = [];

afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

storeContract('the disk of the machine', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'store-'));
  folders.push(folder);
  let process = new Process();
  return {
    boot: () => process.disk,
    crash: () => {
      process.die();
      process = new Process();
    },
    folder: path.join(folder, 'app-1'),
  };
});

/** A process on the disk of the machine, as far as it can die within this one: none of its calls settles afterwards. */
class Process {
  readonly disk: Disk;
  readonly #locks: FolderLock[] = [];
  readonly #files: DiskFile[] = [];
  #dead = false;

  constructor() {
    const real = new NodeDisk();
    this.disk = {
      makeFolder: (at) => this.#run(real.makeFolder(at)),
      list: (at) => this.#run(real.list(at)),
      open: async (at, mode) => this.#run(real.open(at, mode).then((file) => this.#file(file))),
      remove: (at) => this.#run(real.remove(at)),
      rename: (from, to) => this.#run(real.rename(from, to)),
      syncFolder: (at) => this.#run(real.syncFolder(at)),
      facts: (at) => this.#run(real.facts(at)),
      lock: async (at) => {
        const lock = await real.lock(at);
        if (lock !== null) this.#locks.push(lock);
        return this.#run(Promise.resolve(lock));
      },
    };
  }

  die(): void {
    this.#dead = true;
    for (const lock of this.#locks) void lock.release();
    for (const file of this.#files) void file.close();
  }

  #file(file: DiskFile): DiskFile {
    this.#files.push(file);
    return {
      read: (into, at) => this.#run(file.read(into, at)),
      write: (bytes, at) => this.#run(file.write(bytes, at)),
      datasync: () => this.#run(file.datasync()),
      truncate: (length) => this.#run(file.truncate(length)),
      size: () => this.#run(file.size()),
      close: () => this.#run(file.close()),
    };
  }

  async #run<T>(call: Promise<T>): Promise<T> {
    const result = await call.then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    if (this.#dead) return new Promise<T>(() => undefined);
    if ('error' in result) throw result.error;
    return result.value;
  }
}
