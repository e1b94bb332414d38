/** Functions of the host: what they throw, or reject with later, must not reach into the library. */
import { types } from 'node:util';

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
