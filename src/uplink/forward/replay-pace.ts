/**
 * How much of a backlog may be on its way while live messages are: what is in the client stands in front of them. One replayed
 * message at a time is timed; from that follows whether there is room for more, as with the window of a TCP connection (Vegas).
 */
import type { Clock } from '../../core/clock.js';
import type { Pending } from '../delivery/pending.js';

/** Records that may always be on their way, at least. Also what is added at a time. */
const STEP = 32;
/** Bytes for each of these: `STEP` of them are half a request (`batchSizeBytes`), so that a live message waits for less than one. */
const BYTES_EACH = 2_048;
/** More may be on its way while a message takes less than so many times the shortest time. */
const GROWS_BELOW = 1.5;
/** Half as much, beyond so many. */
const HALVES_ABOVE = 2;
/** The network changes: after so long, ms, it begins again, with little on its way, and the shortest time is found again. */
const BEGINS_AGAIN_MS = 10_000;
/**
 * Times that vary by themselves, as on a busy machine or a bad link, look like a way that is used up. What goes then may be less than what is published
 * and waits behind it. So twice as much goes where a backlog would take more than so many `BEGINS_AGAIN_MS` (an hour), until it is gone.
 */
const MOST_INTERVALS = 360;

export class ReplayPace {
  readonly #clock: Clock;
  readonly #limit: () => number;
  readonly #backlog: () => number;
  /** Records that may always be on their way. */
  #least = STEP;
  #most = STEP;
  /** The shortest time that a message took since it began, ms. */
  #shortestMs = Infinity;
  #beganAt = -Infinity;
  /** Records that waited when it began. */
  #waited = 0;
  #timed: Pending | null = null;
  #timedAt = 0;

  /**
   * @param limit records on their way at most, however fast they are
   * @param backlog records that wait
   */
  constructor(clock: Clock, limit: () => number, backlog: () => number) {
    this.#clock = clock;
    this.#limit = limit;
    this.#backlog = backlog;
  }

  /** Records on their way, at most. */
  get records(): number {
    return Math.min(this.#most, this.#limit());
  }

  get bytes(): number {
    return this.#most * BYTES_EACH;
  }

  entered(pending: Pending): void {
    if (this.#timed !== null) return;
    this.#timed = pending;
    this.#timedAt = this.#clock.monotonic();
  }

  /** @param isLive live messages are on their way: otherwise there is nothing to be careful about, and nothing to be learned */
  left(pending: Pending, isLive: boolean): void {
    if (this.#timed !== pending) return;
    this.#timed = null;
    if (isLive) this.#took(this.#clock.monotonic() - this.#timedAt);
    else this.interrupted();
  }

  /** What comes now has nothing to do with what was: no time is the shortest, and what the backlog grew by tells nothing of the pace. */
  interrupted(): void {
    this.#beganAt = -Infinity;
    this.#shortestMs = Infinity;
    this.#most = this.#least;
  }

  #begin(at: number): void {
    const waits = this.#backlog();
    if (this.#beganAt !== -Infinity) this.#least = this.#leastFor(waits, this.#waited - waits);
    this.#waited = waits;
    this.#beganAt = at;
    this.#shortestMs = Infinity;
    this.#most = this.#least;
  }

  #leastFor(waits: number, gone: number): number {
    if (waits <= STEP) return STEP;
    if (waits <= gone * MOST_INTERVALS) return this.#least;
    return Math.min(this.#least * 2, Math.max(STEP, this.#limit()));
  }

  #took(ms: number): void {
    const now = this.#clock.monotonic();
    if (now - this.#beganAt >= BEGINS_AGAIN_MS) this.#begin(now);
    this.#shortestMs = Math.min(this.#shortestMs, ms);
    if (ms > HALVES_ABOVE * this.#shortestMs) this.#most = Math.max(this.#least, this.#most >> 1);
    else if (ms <= GROWS_BELOW * this.#shortestMs)
      this.#most = Math.min(this.#most + STEP, Math.max(STEP, this.#limit()));
  }
}
