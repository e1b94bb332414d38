import { pause, type Clock } from '../clock.js';
import { NorthwardError } from '../errors.js';
import { libraryFault } from '../fault.js';
import type { Receipt } from '../model.js';

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

/**
 * Publishes until there is a receipt, with growing waits. Resolves to an error that trying again cannot mend,
 * or to `null` when one of the signals aborts. Never rejects.
 */
export async function insist(
  clock: Clock,
  signals: readonly AbortSignal[],
  publish: () => Promise<Receipt>,
  onError: (error: NorthwardError) => void,
): Promise<Receipt | NorthwardError | null> {
  const over = (): boolean => signals.some(({ aborted }) => aborted);
  for (let attempt = 0; !over(); attempt += 1) {
    try {
      return await unlessAborted(signals, publish());
    } catch (error) {
      if (over()) return null;
      const known = error instanceof NorthwardError;
      const failure = known ? error : libraryFault('Sending for the downlink', error);
      onError(failure);
      // What is no error of ours would only come again.
      if (!failure.retryable || !known) return failure;
    }
    await pause(clock, Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(attempt, 10)), ...signals);
  }
  return null;
}

/** A receipt may take as long as `messageTimeoutMs`; after an abort nobody wants it any more. */
async function unlessAborted<T>(signals: readonly AbortSignal[], work: Promise<T>): Promise<T | null> {
  let end = (): void => undefined;
  const aborted = new Promise<null>((resolve) => {
    end = () => {
      resolve(null);
    };
  });
  for (const signal of signals) signal.addEventListener('abort', end);
  try {
    return await Promise.race([work, aborted]);
  } finally {
    for (const signal of signals) signal.removeEventListener('abort', end);
  }
}
