/**
 * librdkafka asks a token server that has trouble of its own again and again, and says so after 50 s. A question without
 * credentials tells it sooner.
 */
import type { ConnectionCause } from '../port/ports.js';

/** Those that librdkafka waits for. */
const TROUBLE: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);
const TIMEOUT_MS = 3_000;

/** @returns `null`: it answers in another way, or not at all, which librdkafka tells by itself. */
export async function tokenServerTrouble(
  url: string,
  stopping: AbortSignal,
): Promise<ConnectionCause | null> {
  const over = new AbortController();
  const end = (): void => {
    over.abort();
  };
  if (stopping.aborted) return null;
  stopping.addEventListener('abort', end);
  const timer = setTimeout(end, TIMEOUT_MS);
  const answer = await fetch(url, { signal: over.signal, redirect: 'manual' }).catch(() => null);
  await answer?.body?.cancel().catch(() => undefined);
  clearTimeout(timer);
  stopping.removeEventListener('abort', end);
  if (answer === null || !TROUBLE.has(answer.status)) return null;
  return {
    code: 'TOKEN_UNAVAILABLE',
    // What stands behind the ? may be a secret.
    message: `The token server at ${url.split('?')[0]} has trouble: it answers with status ${answer.status}`,
    brokerId: null,
  };
}
