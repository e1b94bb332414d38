/** Waits of a diagnosis: each has an end, by time or because nobody wants to know any more. */
import { ConnectionError } from '../api/errors.js';

/** The host has ended the diagnosis. */
export class Ended extends Error {
  override readonly name = 'Ended';
}

export class Waits {
  readonly #signal: AbortSignal;
  /** Longest duration of a step, ms. */
  readonly limitMs: number;

  constructor(signal: AbortSignal, limitMs: number) {
    this.#signal = signal;
    this.limitMs = limitMs;
  }

  get signal(): AbortSignal {
    return this.#signal;
  }

  /** @throws Ended */
  check(): void {
    if (this.#signal.aborted) throw new Ended();
  }

  /**
   * Waits for something that takes no longer than the limit by itself.
   * @throws Ended as soon as the diagnosis is; what comes of the promise then is nobody's business.
   * @throws ConnectionError `REQUEST_TIMEOUT` when the time is up.
   */
  async within<T>(what: string, promise: Promise<T>, ms = this.limitMs): Promise<T> {
    this.check();
    let timer: NodeJS.Timeout | undefined;
    let onAbort: (() => void) | undefined;
    const over = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new ConnectionError('REQUEST_TIMEOUT', `${what} took longer than ${ms} ms`));
      }, ms);
      onAbort = (): void => {
        reject(new Ended());
      };
      this.#signal.addEventListener('abort', onAbort, { once: true });
    });
    try {
      return await Promise.race([promise, over]);
    } finally {
      clearTimeout(timer);
      if (onAbort !== undefined) this.#signal.removeEventListener('abort', onAbort);
      // It may fail later, when nobody waits for it.
      promise.catch(() => undefined);
    }
  }

  /** @throws Ended */
  async pause(ms: number): Promise<void> {
    this.check();
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => {
        clearTimeout(timer);
        reject(new Ended());
      };
      const timer = setTimeout(() => {
        this.#signal.removeEventListener('abort', onAbort);
        resolve();
      }, ms);
      this.#signal.addEventListener('abort', onAbort, { once: true });
    });
  }
}
