/** Where neither sockets nor named pipes work: a file with the owner's pid, and the boot in which it has that pid. */
import { randomUUID } from 'node:crypto';
import { readFile, rename, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { FolderLock } from './disk.js';
import { inTurn } from './file-calls.js';
import { errnoOf } from './trouble.js';

const NAME = 'lock.pid';
/** Another process may have found the same dead owner, or none, at the same time. */
const LOOK_AGAIN_MS = 120;

/** Folders that this process has: a pid tells nothing about those. */
const held = new Set<string>();

/** @param real without symbolic links */
export async function pidLock(real: string): Promise<FolderLock | null> {
  if (held.has(real)) return null;
  held.add(real);
  try {
    const release = await claim(path.join(real, NAME));
    if (release === null) {
      held.delete(real);
      return null;
    }
    return {
      sure: false,
      release: async () => {
        await release();
        held.delete(real);
      },
    };
  } catch (error) {
    held.delete(real);
    throw error;
  }
}

/** Whether it is held in this way, here or by another process. @param real without symbolic links */
export async function hasPidOwner(real: string): Promise<boolean> {
  return held.has(real) || isAlive(await textOf(path.join(real, NAME)), await bootId());
}

async function claim(at: string): Promise<(() => Promise<void>) | null> {
  const boot = await bootId();
  if (isAlive(await textOf(at), boot)) return null;
  const own = JSON.stringify({ pid: process.pid, boot, token: randomUUID() });
  const temporary = `${at}.${process.pid}`;
  await inTurn(async () => {
    await writeFile(temporary, own, { mode: 0o600 });
    await rename(temporary, at);
  });
  await pause(LOOK_AGAIN_MS);
  if ((await textOf(at)) !== own) return null;
  return async () => {
    if ((await textOf(at).catch(() => '')) === own) await inTurn(() => unlink(at)).catch(() => undefined);
  };
}

/** A container may give each start the same pid: ours is nobody else's. */
function isAlive(text: string, boot: string): boolean {
  const owner = ownerIn(text);
  if (owner === null || owner.boot !== boot || owner.pid === process.pid) return false;
  try {
    process.kill(owner.pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) === 'EPERM';
  }
}

function ownerIn(text: string): { readonly pid: number; readonly boot: string } | null {
  try {
    const { pid, boot } = JSON.parse(text) as { pid?: unknown; boot?: unknown };
    if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0) return null;
    return typeof boot === 'string' ? { pid, boot } : null;
  } catch {
    return null;
  }
}

/** `""` where the system has none. */
function bootId(): Promise<string> {
  return inTurn(() => readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')).then((id) =>
    id.trim(),
  );
}

async function textOf(at: string): Promise<string> {
  try {
    return await inTurn(() => readFile(at, 'utf8'));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return '';
    throw error;
  }
}
