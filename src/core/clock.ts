/** Time as a port: nothing that decides reads the clock by itself, so tests can drive it. */

export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Unix milliseconds: for timestamps of events only. */
  now(): number;
  /** Milliseconds that only ever grow: for time-outs and latencies. */
  monotonic(): number;
  /** Calls back once. */
  after(ms: number, callback: () => void): Timer;
  /** The same, but nobody's process stays alive for it. */
  inBackground(ms: number, callback: () => void): Timer;
  /** Calls back once, in a later turn of the event loop. */
  soon(callback: () => void): void;
}

/** Beyond it a timer would fire at once; 25 days. */
const LONGEST_TIMER_MS = 2_147_483_647;

/** The furthest that a Date goes from 1970, in ms. */
const MAX_DATE_MS = 8.64e15;

/** The machine's clock. `now` may be the host's, for event timestamps; where that fails, the machine's counts. */
export function systemClock(now: () => number = Date.now): Clock {
  return {
    now: () => askHost(now),
    monotonic: () => performance.now(),
    after: (ms, callback) => timerOf(startTimeout(ms, callback)),
    inBackground: (ms, callback) => timerOf(startTimeout(ms, callback).unref()),
    soon: (callback) => {
      setImmediate(callback);
    },
  };
}

function startTimeout(ms: number, callback: () => void): NodeJS.Timeout {
  return setTimeout(callback, Math.min(ms, LONGEST_TIMER_MS));
}

function timerOf(handle: NodeJS.Timeout): Timer {
  return {
    cancel: () => {
      clearTimeout(handle);
    },
  };
}

function askHost(now: () => number): number {
  try {
    const ms = Math.floor(now());
    if (Math.abs(ms) <= MAX_DATE_MS) return ms;
  } catch {
    // Told nowhere: it would be told with every event.
  }
  return Date.now();
}

/**
 * Resolves after `ms`, or at once when one of the signals aborts. Leaves nothing behind at them, as `AbortSignal.any`
 * would. Never rejects.
 */
export function pause(clock: Clock, ms: number, ...signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    if (signals.some(({ aborted }) => aborted)) {
      resolve();
      return;
    }
    const done = (): void => {
      timer.cancel();
      for (const signal of signals) signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = clock.after(ms, done);
    for (const signal of signals) signal.addEventListener('abort', done);
  });
}

/**
 * Waits for `work`, until `graceMs` after the deadline at most.
 * @returns whether it ended in time.
 */
export async function inTime(
  clock: Clock,
  work: Promise<unknown>,
  deadline: Promise<unknown>,
  graceMs: number,
): Promise<boolean> {
  const over = new AbortController();
  const late = deadline.then(() => pause(clock, graceMs, over.signal)).then(() => false);
  const ended = await Promise.race([work.then(() => true), late]);
  over.abort();
  return ended;
}
