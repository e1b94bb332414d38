/**
 * Waits of the native client (connect, metadata, flush, disconnect) each hold one of libuv's
 * four pool threads, which the host's fs and dns calls need as well. One scheduler for the whole process
 * lets only some of them in at a time, first come first served (contract §7).
 */

/** Half of libuv's default pool: the other half stays with the host. */
const MAX_CONCURRENT = 2;

export class WaitScheduler {
  readonly #limit: number;
  readonly #queue: Array<() => void> = [];
  #running = 0;

  constructor(limit = MAX_CONCURRENT) {
    this.#limit = limit;
  }

  /**
   * Runs `task` when a place is free. The place is given back when its promise settles.
   * @param urgent before all that wait: closing must not line up behind questions that time out.
   */
  async run<T>(task: () => Promise<T>, urgent = false): Promise<T> {
    if (this.#running >= this.#limit) {
      await new Promise<void>((resolve) => {
        if (urgent) this.#queue.unshift(resolve);
        else this.#queue.push(resolve);
      });
    } else {
      this.#running += 1;
    }
    try {
      return await task();
    } finally {
      const next = this.#queue.shift();
      if (next === undefined) this.#running -= 1;
      else next(); // hands its place on, so that nobody slips in between
    }
  }
}

/** The one scheduler of this process. */
export const nativeWaits = new WaitScheduler();
