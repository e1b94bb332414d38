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
  /** Calls back once, in a later turn of the event loop. */
  soon(callback: () => void): void;
}

/** The machine's clock. `now` may be the host's, for event timestamps. */
export function systemClock(now: () => number = Date.now): Clock {
  return {
    now,
    monotonic: () => performance.now(),
    after: (ms, callback) => {
      const handle = setTimeout(callback, ms);
      return {
        cancel: () => {
          clearTimeout(handle);
        },
      };
    },
    soon: (callback) => {
      setImmediate(callback);
    },
  };
}

/** Resolves after `ms`, or at once when `signal` aborts. Never rejects. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      timer.cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = clock.after(ms, done);
    signal.addEventListener('abort', done);
  });
}
