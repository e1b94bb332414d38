// @ts-check
/** File systems of our own: an ext4 in a file, whose power can be cut, and a small one in memory. They need root and Linux. */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { mustRun, tryRun } from '../lib/run.mjs';
import { powerCutProgram } from './native.mjs';

/** Sparse: it takes what is written into it. */
const IMAGE_BYTES = 2 ** 29;

/** An ext4 on a loop device. */
export class Ext4 {
  #home;
  #image;
  #program;

  /** @param {string} home @param {string} program */
  constructor(home, program) {
    this.#home = home;
    this.#image = path.join(home, 'image');
    this.#program = program;
    this.folder = path.join(home, 'mounted');
  }

  /** Makes one and mounts it. */
  static async make() {
    const home = await mkdtemp(path.join(os.tmpdir(), 'northward-ext4-'));
    try {
      const made = new Ext4(home, await powerCutProgram(home));
      await mkdir(made.folder);
      await writeFile(made.#image, '');
      await truncate(made.#image, IMAGE_BYTES);
      await mustRun('no ext4 can be made', 'mkfs.ext4', ['-q', '-F', made.#image]);
      await made.#mount();
      return made;
    } catch (error) {
      await rm(home, { recursive: true, force: true });
      throw error;
    }
  }

  /** From now on nothing reaches the disk. */
  async cutPower() {
    await mustRun('no power cut', this.#program, [this.folder]);
  }

  /** What Linux does with a disk that fails: it can be read, and not be written any more, whatever is open on it. */
  async abort() {
    await mustRun('it cannot be made read-only', 'mount', ['-o', 'remount,abort', this.folder]);
  }

  /** What the disk holds, seen after the power came back. Nothing may be open on it. */
  async powerOn() {
    await unmount(this.folder);
    await this.#mount();
  }

  async remove() {
    await unmount(this.folder).catch(() => undefined);
    await rm(this.#home, { recursive: true, force: true });
  }

  async #mount() {
    await mustRun('no ext4 can be mounted', 'mount', ['-o', 'loop', this.#image, this.folder]);
  }
}

/** All that are mounted, so that none outlives this process. @type {Set<string>} */
const inMemory = new Set();
process.on('exit', () => {
  for (const folder of inMemory) {
    // Lazily: whoever has a file open on it may just be ending.
    if (spawnSync('umount', ['-l', folder]).status === 0) rmSync(folder, { recursive: true, force: true });
  }
});

/** A file system in memory. */
export class Tmpfs {
  /** @param {string} folder */
  constructor(folder) {
    this.folder = folder;
  }

  /** @param {number} bytes */
  static async make(bytes) {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'northward-tmpfs-'));
    try {
      await mustRun('no tmpfs can be mounted', 'mount', [
        '-t',
        'tmpfs',
        '-o',
        `size=${bytes}`,
        'tmpfs',
        folder,
      ]);
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
    inMemory.add(folder);
    return new Tmpfs(folder);
  }

  /**
   * Not to `ro` while a file on it is open for writing: the kernel refuses it then.
   * @param {'ro' | 'rw'} how
   */
  async remount(how) {
    await mustRun(`it cannot be remounted ${how}`, 'mount', ['-o', `remount,${how}`, this.folder]);
  }

  async remove() {
    await unmount(this.folder);
    inMemory.delete(this.folder);
    await rm(this.folder, { recursive: true, force: true });
  }
}

/**
 * Why none can be mounted here; undefined: they can. Where a test is left out, this is what it says.
 * @returns {Promise<string | undefined>}
 */
export async function whyNoMounts() {
  if (process.platform !== 'linux')
    return `file systems are mounted on Linux only, this is ${process.platform}`;
  if (process.getuid?.() !== 0) return 'file systems are mounted by root only';
  for (const tool of ['cc', 'mkfs.ext4', 'mount']) {
    const { ok } = await tryRun('sh', ['-c', `command -v ${tool}`]);
    if (!ok) return `${tool} is not there`;
  }
  try {
    await (await Ext4.make()).remove();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** A process that was just killed may hold it for a moment. @param {string} folder */
async function unmount(folder) {
  for (let left = 50; ; left -= 1) {
    const { ok, output } = await tryRun('umount', [folder]);
    if (ok || output.includes('not mounted')) return;
    if (left === 0) throw new Error(`${folder} cannot be unmounted:\n${output}`);
    await wait(100);
  }
}
