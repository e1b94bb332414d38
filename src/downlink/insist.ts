import { pause, type Clock } from '../clock.js';
import { NorthwardError } from '../errors.js';
import type { Receipt } from '../model.js';

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

/**
 * Publishes until there is a receipt, with growing waits. Resolves to an error that trying again cannot mend,
 * or to `null` when `signal` aborts. Never rejects.
 */
export async function insist(
  clock: Clock,
  signal: AbortSignal,
  publish: () => Promise<Receipt>,
  onError: (error: NorthwardError) => void,
): Promise<Receipt | NorthwardError | null> {
  for (let attempt = 0; !signal.aborted; attempt += 1) {
    try {
      return await unlessAborted(signal, publish());
    } catch (error) {
      if (!(error instanceof NorthwardError)) throw error;
      if (signal.aborted) return null;
      onError(error);
      if (!error.retryable) return error;
    }
    await pause(clock, Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(attempt, 10)), signal);
  }
  return null;
}

/** A receipt may take as long as `messageTimeoutMs`; after an abort nobody wants it any more. */
async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T | null> {
  let end = (): void => undefined;
  const aborted = new Promise<null>((resolve) => {
    end = () => {
      resolve(null);
    };
  });
  signal.addEventListener('abort', end);
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', end);
  }
}
