/** Functions of the host: what they throw, or reject with later, must not reach into the library. */
import { setMaxListeners } from 'node:events';
import { types } from 'node:util';
import type { Logger } from '../api/uplink.js';

/** Calls one whose result does not matter. `failed` is told what it threw or rejected with; it must not throw. */
export function callHost(call: () => unknown, failed: (error: unknown) => void): void {
  try {
    absorb(call(), failed);
  } catch (error) {
    failed(error);
  }
}

/** Takes the rejection of what may be a promise. */
export function absorb(result: unknown, failed: (error: unknown) => void): void {
  // A promise of another realm (a test runner's) is one, too; and it may have a `then` of its own.
  if (types.isPromise(result)) void Promise.prototype.then.call(result, undefined, failed);
}

/** For what many may wait for at once: Node prints a warning on the host's terminal from the eleventh listener on. */
export function sharedAbort(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}

/** A promise that may be ignored. */
export function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

type Level = keyof Logger;

const ignore = (): void => undefined;

/** The host's logger, made safe: one that throws must not stop a pipeline. Without a logger nothing is printed. */
export function safeLogger(logger: Logger | undefined): Logger {
  const at =
    (level: Level) =>
    (message: string, fields?: Readonly<Record<string, unknown>>): void => {
      // Nowhere is left to tell a failure.
      callHost(() => logger?.[level](message, fields), ignore);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
