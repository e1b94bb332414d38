// What this process has written so far.
import { readFile } from 'node:fs/promises';

/**
 * @param {() => { store?: { bytesWritten: number, commits: number } | null }} [metrics] of the library
 * @returns `deviceBytes`: what the kernel counts for this process, 0 where it does not tell
 */
export async function diskUse(metrics) {
  const store = metrics?.().store ?? { bytesWritten: 0, commits: 0 };
  const counted = await readFile('/proc/self/io', 'utf8').catch(() => '');
  const deviceBytes = Number(/^write_bytes: (\d+)$/m.exec(counted)?.[1] ?? 0);
  return { storeBytes: store.bytesWritten, commits: store.commits, deviceBytes };
}
