/**
 * What happens over and over says little the second time: the first is told at once, the rest as a count once a
 * minute (contract §7). What is pending is told at the end.
 */
import type { Clock, Timer } from './clock.js';

const WINDOW_MS = 60_000;
/** Distinct causes remembered; the oldest goes first. */
const MAX_CAUSES = 200;

interface Entry<D> {
  /** Monotonic ms of the last line. */
  since: number;
  /** How many came since then. */
  held: number;
  /** What the last of them was about. */
  last: D;
}

export interface Occurrences {
  readonly count: number;
  /** In which time since the last line; `null`: the first, told at once. */
  readonly withinMs: number | null;
}

export class RepeatLimiter<D> {
  readonly #clock: Clock;
  readonly #tell: (detail: D, occurrences: Occurrences) => void;
  readonly #entries = new Map<string, Entry<D>>();
  #timer: Timer | undefined;
  #closed = false;

  /** @param tell must not throw */
  constructor(clock: Clock, tell: (detail: D, occurrences: Occurrences) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  /** It happened. After `close()` only the first of a cause is told. */
  note(cause: string, detail: D, count = 1): void {
    const entry = this.#entries.get(cause);
    if (entry !== undefined && (entry.held > 0 || !this.#isOver(entry))) {
      entry.held += count;
      entry.last = detail;
      if (this.#timer === undefined) this.#arm();
      return;
    }
    this.#remember(cause, { since: this.#clock.monotonic(), held: 0, last: detail });
    this.#tell(detail, { count, withinMs: null });
  }

  /** Things are well again: what is pending is told, and the next one is news. */
  clear(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    for (const entry of entries) this.#tellHeld(entry);
  }

  /** Tells what is pending; no count is told after it. */
  close(): void {
    this.clear();
    this.#closed = true;
  }

  #remember(cause: string, entry: Entry<D>): void {
    this.#entries.delete(cause);
    this.#entries.set(cause, entry);
    if (this.#entries.size <= MAX_CAUSES) return;
    for (const [oldest, forgotten] of this.#entries) {
      this.#entries.delete(oldest);
      this.#tellHeld(forgotten);
      break;
    }
  }

  #isOver({ since }: Entry<D>): boolean {
    return this.#clock.monotonic() - since >= WINDOW_MS;
  }

  /** For the earliest that is due. Nobody's process stays alive for it. */
  #arm(): void {
    if (this.#closed) return;
    let due = Infinity;
    for (const { since, held } of this.#entries.values())
      if (held > 0) due = Math.min(due, since + WINDOW_MS);
    if (due === Infinity) return;
    this.#timer = this.#clock.inBackground(Math.max(0, due - this.#clock.monotonic()), () => {
      this.#timer = undefined;
      for (const entry of this.#entries.values()) {
        if (entry.held > 0 && this.#isOver(entry)) this.#tellHeld(entry);
      }
      this.#arm();
    });
  }

  #tellHeld(entry: Entry<D>): void {
    const { held: count, since, last } = entry;
    const now = this.#clock.monotonic();
    entry.held = 0;
    entry.since = now;
    if (count > 0) this.#tell(last, { count, withinMs: now - since });
  }
}

/** "in the last minute" */
export function within(ms: number): string {
  return ms >= WINDOW_MS ? 'in the last minute' : `in the last ${Math.max(1, Math.round(ms / 1_000))} s`;
}
