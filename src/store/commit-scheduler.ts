import type { Clock, Timer } from '../core/clock.js';

/** One piece of work after the other. */
export class Turns {
  #tail: Promise<unknown> = Promise.resolve();

  /** Resolves and rejects with the work. */
  take<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#tail.then(work);
    this.#tail = turn.catch(() => undefined);
    return turn;
  }
}

/**
 * One commit after the other: a sync holds a thread of Node's pool, and several at once would keep the host from its own files. All stores
 * on the disks of a machine share one.
 */
export class CommitTurns extends Turns {}

/** When a lane commits: at once after a quiet interval, else when the interval since the last start is over. */
export class CommitSchedule {
  readonly #clock: Clock;
  readonly #turns: CommitTurns;
  readonly #intervalMs: number;
  readonly #commit: () => Promise<void>;
  #lastStart = -Infinity;
  #waiting: Timer | null = null;
  /** Waits for its turn; what is appended until then is part of it. */
  #queued: Promise<void> | null = null;

  /** @param commit commits all that is there when it is called; must not reject */
  constructor(clock: Clock, turns: CommitTurns, intervalMs: number, commit: () => Promise<void>) {
    this.#clock = clock;
    this.#turns = turns;
    this.#intervalMs = intervalMs;
    this.#commit = commit;
  }

  /** Something waits for a commit. */
  request(): void {
    if (this.#waiting !== null || this.#queued !== null) return;
    const wait = this.#lastStart + this.#intervalMs - this.#clock.monotonic();
    // In a turn of its own: what the host publishes in one go is one commit.
    if (wait <= 0) void this.now();
    else this.#waiting = this.#clock.after(wait, () => void this.now());
  }

  /** Commits without a wait for the interval. Resolves when all that is there now was tried. */
  now(): Promise<void> {
    this.cancel();
    this.#queued ??= this.#start();
    return this.#queued;
  }

  cancel(): void {
    this.#waiting?.cancel();
    this.#waiting = null;
  }

  async #start(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#clock.soon(resolve);
    });
    await this.#turns.take(() => {
      this.#queued = null;
      this.#lastStart = this.#clock.monotonic();
      return this.#commit();
    });
  }
}
