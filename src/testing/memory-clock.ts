/** A clock that stands still until it is told to go on. It holds no timer of Node's, so it keeps no process alive. */
import { performance } from 'node:perf_hooks';
import timers from 'node:timers';
import type { Clock, Timer } from '../core/clock.js';

/** Taken before a test runner can replace them by fakes of its own. */
const nextTurn = timers.setImmediate;
const realTimeout = timers.setTimeout;
const realNow = performance.now.bind(performance);
/** So many turns in a row without work of the library: it waits for time, or for the host. */
const QUIET_TURNS = 2;
/** A library that never comes to rest is a fault, not something to wait for. */
const MOST_TURNS = 100_000;
/** While the host works, time flows as it does outside. */
const FLOW_MS = 5;

interface Waiting {
  readonly due: number;
  readonly callback: () => void;
}

export class MemoryClock implements Clock {
  readonly #start: number;
  #elapsed = 0;
  /** In the order in which they come due. */
  readonly #timers: Waiting[] = [];
  /** Callbacks of this turn and the next that have not run yet. */
  #soon = 0;
  #firing = false;
  readonly #isOver: () => boolean;

  /**
   * @param start Unix ms
   * @param isOver the process that it belongs to is dead: nothing calls back any more
   */
  constructor(start: number, isOver: () => boolean = () => false) {
    this.#start = start;
    this.#isOver = isOver;
  }

  now(): number {
    return this.#start + this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  after(ms: number, callback: () => void): Timer {
    const timer = { due: this.#elapsed + Math.max(0, ms), callback };
    const place = this.#timers.findIndex(({ due }) => due > timer.due);
    this.#timers.splice(place === -1 ? this.#timers.length : place, 0, timer);
    this.#fireSoon();
    return {
      cancel: () => {
        const index = this.#timers.indexOf(timer);
        if (index !== -1) this.#timers.splice(index, 1);
      },
    };
  }

  inBackground(ms: number, callback: () => void): Timer {
    return this.after(ms, callback);
  }

  soon(callback: () => void): void {
    this.#soon += 1;
    nextTurn(() => {
      this.#soon -= 1;
      if (!this.#isOver()) callback();
    });
  }

  /** When the next timer comes due; `null`: none waits. */
  get nextDue(): number | null {
    return this.#timers[0]?.due ?? null;
  }

  /** Resolves when nothing is left to do without time going on. What the host waits for outside does not count. */
  async settle(): Promise<void> {
    let quiet = 0;
    for (let turn = 0; quiet < QUIET_TURNS && turn < MOST_TURNS; turn += 1) {
      await new Promise<void>((resolve) => nextTurn(resolve));
      quiet = this.#soon === 0 ? quiet + 1 : 0;
    }
  }

  /** Lets time go on. Timers run one by one, each at its time, and what follows from one is done before the next. */
  async advance(ms: number): Promise<void> {
    const end = this.#elapsed + ms;
    await this.settle();
    for (let due = this.nextDue; due !== null && due <= end && !this.#isOver(); due = this.nextDue) {
      this.#elapsed = Math.max(this.#elapsed, due);
      this.#fireSoon();
      await this.settle();
    }
    this.#elapsed = Math.max(this.#elapsed, end);
  }

  /** From one timer to the next until it is true, for `longestMs` at most. */
  async advanceUntil(isTrue: () => boolean, longestMs: number): Promise<void> {
    const end = this.#elapsed + longestMs;
    await this.settle();
    while (!isTrue() && this.nextDue !== null && this.nextDue <= end && !this.#isOver()) {
      await this.advance(Math.max(0, this.nextDue - this.#elapsed));
    }
  }

  /**
   * Lets time run by itself until `work` has ended: from timer to timer, but at its natural pace while the host
   * is at work.
   */
  async runUntilEnd<T>(work: Promise<T>, hostWorks: () => boolean): Promise<T> {
    let ended = false;
    const end = (): void => {
      ended = true;
    };
    work.then(end, end);
    await this.settle();
    while (!ended && !this.#isOver()) {
      if (hostWorks()) await this.#flow();
      else if (this.nextDue !== null) await this.advance(Math.max(0, this.nextDue - this.#elapsed));
      else break;
    }
    return work;
  }

  async #flow(): Promise<void> {
    const from = realNow();
    await new Promise((resolve) => realTimeout(resolve, FLOW_MS));
    await this.advance(realNow() - from);
  }

  /** Runs what is due, in a turn of its own. */
  #fireSoon(): void {
    if (this.#firing || (this.nextDue ?? Infinity) > this.#elapsed) return;
    this.#firing = true;
    this.soon(() => {
      this.#firing = false;
      const due = this.#timers.filter((timer) => timer.due <= this.#elapsed);
      this.#timers.splice(0, due.length);
      for (const { callback } of due) callback();
      this.#fireSoon();
    });
  }
}
