// @ts-check
import { mkdir, rename, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/**
 * A folder of this project's cache, outside the repository so that a fresh clone finds what an earlier one built.
 * @param {...string} parts
 */
export function cachePath(...parts) {
  const base = process.env['XDG_CACHE_HOME'] || path.join(os.homedir(), '.cache');
  return path.join(base, 'ng-kafka-northward', ...parts);
}

/**
 * Fills `target` whole or not at all: `fill` writes into a temporary folder beside it, which is renamed when it
 * is done. What an interrupted run left is never taken for the whole.
 * @param {string} target
 * @param {(folder: string) => Promise<void>} fill
 */
export async function fillFolder(target, fill) {
  if (existsSync(target)) return;
  const temporary = `${target}.${process.pid}.tmp`;
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true });
  try {
    await fill(temporary);
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    // Another set-up may have been faster: then its folder is as good as ours.
    if (!existsSync(target)) throw error;
  }
}
