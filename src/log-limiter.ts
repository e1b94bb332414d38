/**
 * The same cause again and again says nothing new: it is let through once a minute, with the count of
 * those held back (contract §7).
 */
const WINDOW_MS = 60_000;
/** Distinct causes remembered; the oldest goes first. */
const MAX_CAUSES = 200;

export class RepeatLimiter {
  readonly #seen = new Map<string, { since: number; held: number }>();
  readonly #monotonic: () => number;

  constructor(monotonic: () => number) {
    this.#monotonic = monotonic;
  }

  /** @returns how many were held back since the last one let through, or `null`: hold this one back. */
  pass(cause: string): number | null {
    const now = this.#monotonic();
    const entry = this.#seen.get(cause);
    if (entry !== undefined && now - entry.since < WINDOW_MS) {
      entry.held += 1;
      return null;
    }
    this.#seen.delete(cause);
    this.#seen.set(cause, { since: now, held: 0 });
    if (this.#seen.size > MAX_CAUSES) {
      for (const oldest of this.#seen.keys()) {
        this.#seen.delete(oldest);
        break;
      }
    }
    return entry?.held ?? 0;
  }

  /** Things are well again: the next failure is news. */
  clear(): void {
    this.#seen.clear();
  }
}
