/** The books of what will not arrive: by cause, lane, kind and day. Pure. */
import { UPLINK_KINDS } from '../api/kinds.js';
import type { LossCause, LossEntry } from '../api/store.js';

type LossKind = LossEntry['kind'];

const CAUSES = [
  'expired',
  'evicted',
  'disk_full',
  'corrupt',
  'unknown_version',
  'refused',
  'purged',
] as const satisfies readonly LossCause[];
const KINDS: readonly LossKind[] = [...UPLINK_KINDS, 'dead_letter', 'data_gap', 'unknown'];

const DAY_MS = 86_400_000;
/** Days that stand by themselves, today among them. */
const DAYS = 31;
/** With it the document has about 25 KB; it is written with every state. */
const MOST_ROWS = 512;
/** A lane's name in the configuration is shorter. */
const LONGEST_LANE = 200;
/** Where losses are counted whose lanes are too many to be told apart. */
const OTHER_LANES = 'other';
/** Days since 1970 beyond which a Date has no text of ten characters. */
const LAST_DAY = 2_932_896;

interface Row {
  readonly cause: LossCause;
  readonly lane: string;
  readonly kind: LossKind;
  /** Days since 1970; `null`: older than 31 days. */
  readonly day: number | null;
  count: number;
  bytes: number;
  firstMs: number | null;
  lastMs: number | null;
  atLeast: boolean;
}

/** At most 512 rows, whatever is added. No count is ever dropped: rows are summed. */
export class LossLedger {
  readonly #rows = new Map<string, Row>();
  /** The newest day that was seen. */
  #today = -Infinity;

  /**
   * @param firstMs timestamp of the first of them, Unix ms; `null`: not known
   * @param atLeast the count is the least that it can be
   * @param nowMs Unix ms, of the loss
   */
  add(
    cause: LossCause,
    lane: string,
    kind: LossKind,
    count: number,
    bytes: number,
    firstMs: number | null,
    lastMs: number | null,
    atLeast: boolean,
    nowMs: number,
  ): void {
    const today = dayOf(nowMs);
    if (today > this.#today) this.#newDay(today);
    const day = this.#isOld(today) ? null : today;
    this.#take({ cause, lane, kind, day, count, bytes, firstMs, lastMs, atLeast });
    this.#bound();
  }

  /** The oldest day first, the sums of what is older than 31 days before it. */
  entries(): readonly LossEntry[] {
    return [...this.#rows.values()]
      .toSorted((a, b) => (a.day ?? -1) - (b.day ?? -1))
      .map((row) => ({ ...row, day: row.day === null ? null : dayText(row.day) }));
  }

  /** Short: texts stand in it once. */
  toJSON(): unknown {
    const texts = new Map<string, number>();
    const numberOf = (text: string): number => {
      const known = texts.get(text) ?? texts.size;
      texts.set(text, known);
      return known;
    };
    const rows = [...this.#rows.values()].map((row) => [
      numberOf(row.cause),
      numberOf(row.lane),
      numberOf(row.kind),
      row.day,
      row.count,
      row.bytes,
      row.firstMs,
      row.lastMs,
      row.atLeast ? 1 : 0,
    ]);
    return { texts: [...texts.keys()], rows };
  }

  /** What `toJSON()` gave. What cannot be read in it is left out. Never throws. */
  static from(json: unknown): LossLedger {
    const ledger = new LossLedger();
    const { texts, rows } = (typeof json === 'object' && json !== null ? json : {}) as {
      texts?: unknown;
      rows?: unknown;
    };
    if (!Array.isArray(texts) || !Array.isArray(rows)) return ledger;
    for (const cells of rows as readonly unknown[]) {
      const row = rowOf(texts, cells);
      if (row !== null) ledger.#take(row);
    }
    const days = [...ledger.#rows.values()].map(({ day }) => day ?? -Infinity);
    ledger.#newDay(days.reduce((a, b) => Math.max(a, b), -Infinity));
    ledger.#bound();
    return ledger;
  }

  #take(more: Row): void {
    const key = JSON.stringify([more.cause, more.lane, more.kind, more.day]);
    const row = this.#rows.get(key);
    if (row === undefined) {
      this.#rows.set(key, more);
      return;
    }
    row.count = sum(row.count, more.count);
    row.bytes = sum(row.bytes, more.bytes);
    row.firstMs = either(row.firstMs, more.firstMs, Math.min);
    row.lastMs = either(row.lastMs, more.lastMs, Math.max);
    row.atLeast ||= more.atLeast;
  }

  /** Replaces rows by others, with which they may become one. */
  #replace(wanted: (row: Row) => boolean, change: (row: Row) => Row): void {
    const changed = [...this.#rows].filter(([, row]) => wanted(row));
    for (const [key] of changed) this.#rows.delete(key);
    for (const [, row] of changed) this.#take(change(row));
  }

  #newDay(today: number): void {
    this.#today = today;
    this.#replace(
      ({ day }) => day !== null && this.#isOld(day),
      (row) => ({ ...row, day: null }),
    );
  }

  /** The clock may have been set back. */
  #isOld(day: number): boolean {
    return day <= this.#today - DAYS;
  }

  #bound(): void {
    while (this.#rows.size > MOST_ROWS) {
      const days = [...this.#rows.values()].flatMap(({ day }) => day ?? []);
      const oldest = days.reduce((a, b) => Math.min(a, b), Infinity);
      if (days.length > 0)
        this.#replace(
          ({ day }) => day === oldest,
          (row) => ({ ...row, day: null }),
        );
      else
        this.#replace(
          () => true,
          (row) => ({ ...row, lane: OTHER_LANES }),
        );
    }
  }
}

function dayOf(ms: number): number {
  const day = Math.floor(ms / DAY_MS);
  return Number.isFinite(day) ? Math.min(Math.max(day, 0), LAST_DAY) : 0;
}

function dayText(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

function sum(a: number, b: number): number {
  return Math.min(a + b, Number.MAX_SAFE_INTEGER);
}

function either(a: number | null, b: number | null, choose: (a: number, b: number) => number): number | null {
  if (a === null) return b;
  return b === null ? a : choose(a, b);
}

/** A count that is none makes the row unreadable; a time that is none is not known. */
function rowOf(texts: readonly unknown[], cells: unknown): Row | null {
  if (!Array.isArray(cells)) return null;
  const [cause, lane, kind, day, count, bytes, firstMs, lastMs, atLeast] = cells as readonly unknown[];
  const laneName = textAt(texts, lane);
  if (laneName === null || laneName.length > LONGEST_LANE) return null;
  if (!isCount(count) || !isCount(bytes)) return null;
  const causeName = textAt(texts, cause);
  const kindName = textAt(texts, kind);
  return {
    // A later version may know more of them: the count stays on the books.
    cause: CAUSES.find((known) => known === causeName) ?? 'unknown_version',
    lane: laneName,
    kind: KINDS.find((known) => known === kindName) ?? 'unknown',
    day: isCount(day) && day <= LAST_DAY ? day : null,
    count,
    bytes,
    firstMs: timeOf(firstMs),
    lastMs: timeOf(lastMs),
    atLeast: atLeast === 1,
  };
}

function textAt(texts: readonly unknown[], at: unknown): string | null {
  const text = typeof at === 'number' ? texts[at] : undefined;
  return typeof text === 'string' ? text : null;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function timeOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
