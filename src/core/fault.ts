/** What must not throw, and did: a typed error for it, so that it is told and the work goes on. */
import type { Clock } from './clock.js';
import { ConnectionError, NorthwardError } from '../api/errors.js';
import { Fifo } from './fifo.js';
import { isError, reasonOf } from '../api/reason.js';

/** Where faults go: an `error` event and the logger. Never throws. */
export type TellFault = (error: NorthwardError) => void;

/** The client threw, or rejected with something that is no error of ours. */
export function clientFault(call: string, cause: unknown): NorthwardError {
  if (isError(cause) && cause instanceof NorthwardError) return cause;
  return new ConnectionError('CLIENT_FAILED', `${call} of the Kafka client failed: ${reasonOf(cause)}`, {
    cause,
  });
}

/** We threw ourselves. */
export function libraryFault(where: string, cause: unknown): NorthwardError {
  return new NorthwardError('LIBRARY_FAULT', `${where} met a fault of this library: ${reasonOf(cause)}`, {
    cause,
  });
}

/** Rejects with an error of ours, whatever the client does. */
export async function typed<T>(call: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    throw clientFault(call, cause);
  }
}

/** Waits for the client; never rejects. */
export async function absorbed(call: string, ask: () => Promise<unknown>, tell: TellFault): Promise<void> {
  try {
    await ask();
  } catch (cause) {
    tell(clientFault(call, cause));
  }
}

/** Waits for what must not reject; `otherwise` where it does. */
export async function survived<T>(
  promise: Promise<T>,
  otherwise: T,
  where: string,
  tell: TellFault,
): Promise<T> {
  try {
    return await promise;
  } catch (cause) {
    tell(libraryFault(where, cause));
    return otherwise;
  }
}

/** Gives a promise that nobody else waits for an owner, who tells. */
export function own(
  promise: Promise<unknown>,
  where: string,
  owner: { onError(error: NorthwardError): void },
): void {
  promise.catch((cause: unknown) => {
    owner.onError(libraryFault(where, cause));
  });
}

/** A clock whose callbacks may throw: it is told, and other timers go on. */
export class GuardedClock implements Clock {
  readonly #clock: Clock;
  readonly #tell: TellFault;
  /** Callbacks of `soon()`, in order: one function for all, since they are thousands a second. */
  readonly #soon = new Fifo<() => void>();

  constructor(clock: Clock, tell: TellFault) {
    this.#clock = clock;
    this.#tell = tell;
  }

  now(): number {
    return this.#clock.now();
  }

  monotonic(): number {
    return this.#clock.monotonic();
  }

  after(ms: number, callback: () => void): ReturnType<Clock['after']> {
    return this.#clock.after(ms, () => this.#run(callback));
  }

  inBackground(ms: number, callback: () => void): ReturnType<Clock['after']> {
    return this.#clock.inBackground(ms, () => this.#run(callback));
  }

  soon(callback: () => void): void {
    this.#soon.push(callback);
    this.#clock.soon(this.#next);
  }

  readonly #next = (): void => {
    const callback = this.#soon.shift();
    if (callback !== undefined) this.#run(callback);
  };

  #run(callback: () => void): void {
    try {
      callback();
    } catch (cause) {
      this.#tell(libraryFault('A timer', cause));
    }
  }
}
