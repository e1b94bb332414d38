/**
 * One file call at a time for all stores of the process, first come, first served. A sync may take a second on a slow flash, and holds a
 * thread of libuv's pool for so long; there are four, and the host's own files, DNS and zlib need them.
 */

let last: Promise<unknown> = Promise.resolve();

/** Does the work when all before it is done. The work must not wait for this queue itself, nor for time. */
export function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const done = last.then(work);
  last = done.catch(() => undefined);
  return done;
}
