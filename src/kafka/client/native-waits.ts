/**
 * Waits of the native client (connect, metadata, flush, disconnect) each hold one of the threads of libuv's
 * pool, which the host's fs and dns calls need as well. One scheduler for the whole process
 * lets only some of them in at a time, first come first served (contract §7).
 */

import { ConnectionError } from '../../api/errors.js';

const DEFAULT_THREADS = 4;
const MOST_THREADS = 1_024;
/** Where all threads wait for Kafka at times, a wait is made of short ones, which grow. */
const FIRST_SLICE_MS = 100;
const LONGEST_SLICE_MS = 500;
/** Then the thread belongs to the host for so long: one of its file reads takes several turns of the pool. */
const HOST_MS = 25;
/** Beyond it further ones are refused: a host may ping on and on during an outage. */
const MOST_WAITING = 1_000;

/** Threads of libuv's pool. @param setting `UV_THREADPOOL_SIZE`, read as libuv reads it */
export function poolThreads(setting: string | undefined): number {
  if (setting === undefined) return DEFAULT_THREADS;
  const threads = Number(/^\s*[+-]?\d+/.exec(setting)?.[0] ?? 0);
  if (threads === 0) return 1;
  return threads < 0 ? MOST_THREADS : Math.min(threads, MOST_THREADS);
}

export class WaitScheduler {
  readonly #limit: number;
  readonly #sliced: boolean;
  readonly #queue: Array<() => void> = [];
  #running = 0;

  /** Half of the threads stay with the host, where there is more than one. */
  constructor(threads: number) {
    this.#limit = Math.max(1, Math.floor(threads / 2));
    this.#sliced = threads === 1;
  }

  /** How long each try of a wait may hold its thread; with a thread for the host there is one try. */
  tries(timeoutMs: number): number[] {
    const tries: number[] = [];
    let slice = this.#sliced ? FIRST_SLICE_MS : timeoutMs;
    for (let left = timeoutMs; left > 0; left -= slice, slice = Math.min(slice * 2, LONGEST_SLICE_MS))
      tries.push(Math.min(slice, left));
    return tries.length === 0 ? [0] : tries;
  }

  /**
   * Runs `task` when a place is free. The place is given back when its promise settles.
   * @param urgent before all that wait: closing must not line up behind questions that time out.
   * @throws ConnectionError `REQUEST_TIMEOUT`: so many wait already, which a host that asks on and on would bring about
   */
  async run<T>(task: () => Promise<T>, urgent = false): Promise<T> {
    if (this.#running < this.#limit) {
      this.#running += 1;
    } else {
      if (!urgent && this.#queue.length >= MOST_WAITING) {
        throw new ConnectionError('REQUEST_TIMEOUT', 'Too many questions to Kafka are waiting for an answer');
      }
      await new Promise<void>((resolve) => {
        if (urgent) this.#queue.unshift(resolve);
        else this.#queue.push(resolve);
      });
    }
    try {
      return await task();
    } finally {
      if (this.#sliced) setTimeout(() => this.#handOn(), HOST_MS);
      else this.#handOn();
    }
  }

  #handOn(): void {
    const next = this.#queue.shift();
    if (next === undefined) this.#running -= 1;
    else next(); // hands its place on, so that nobody slips in between
  }
}

/** The one scheduler of this process. libuv reads the variable when its pool is first used, and not again. */
export const nativeWaits = new WaitScheduler(poolThreads(process.env['UV_THREADPOOL_SIZE']));
