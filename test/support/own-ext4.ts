/** A small ext4 of its own, on a loop device: to be filled, and made read-only. Linux, and root. */
import { execFile } from 'node:child_process';
import { mkdtemp, mkdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface OwnExt4 {
  readonly folder: string;
  readOnly(on: boolean): Promise<void>;
  remove(): Promise<void>;
}

/** Rejects where it cannot be mounted. */
export async function mountExt4(bytes: number): Promise<OwnExt4> {
  const base = await mkdtemp(path.join(tmpdir(), 'northward-ext4-'));
  const image = path.join(base, 'image');
  const folder = path.join(base, 'mounted');
  try {
    await writeFile(image, '');
    await truncate(image, bytes);
    await mkdir(folder);
    // Without blocks that are kept for root.
    await run('mkfs.ext4', ['-q', '-F', '-m', '0', image]);
    await run('mount', ['-o', 'loop', image, folder]);
  } catch (error) {
    await rm(base, { recursive: true, force: true });
    throw error;
  }
  return {
    folder,
    readOnly: async (on) => {
      await run('mount', ['-o', on ? 'remount,ro' : 'remount,rw', folder]);
    },
    remove: async () => {
      await run('umount', [folder]);
      await rm(base, { recursive: true, force: true });
    },
  };
}

/** Why it cannot be mounted here; `null`: it can. For the name of a test that is skipped. */
export async function whyNoExt4(): Promise<string | null> {
  if (process.platform !== 'linux') return 'no Linux';
  if (process.getuid?.() !== 0) return 'not root';
  try {
    await (await mountExt4(8 * 1024 * 1024)).remove();
    return null;
  } catch {
    return 'no loop device may be mounted';
  }
}
