/** What the host hands over with a call: read without trust, as it may be anything. */

/** What the host gave where it is a time; NaN and the like are none. */
export function timeoutOf(options: { readonly timeoutMs?: number } | null, otherwise: number): number {
  try {
    const ms: unknown = options?.timeoutMs;
    return typeof ms === 'number' && !Number.isNaN(ms) ? Math.max(0, ms) : otherwise;
  } catch {
    return otherwise;
  }
}

/** A promise that may be ignored. */
export function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
