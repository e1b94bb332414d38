/**
 * Notices that the client holds records and nothing arrives any more. The client itself tells nothing of a broker that hangs
 * with its connections open, for a minute and more.
 */
import type { Clock, Timer } from '../../core/clock.js';

/** Beside the linger: longer than an ordinary broker that is slow. */
const NO_REPORT_MS = 5_000;
/** How often it is looked at within that time. */
const LOOKS = 5;

/** The producer's times that bound it. */
export interface ReportTimes {
  readonly lingerMs: number;
  readonly requestTimeoutMs: number;
  /** How long a client keeps a record; 0: for ever. */
  readonly messageTimeoutMs: number;
}

/** What it reads of the sender. */
export interface Owed {
  /** Counts the records that arrived. */
  readonly arrivals: number;
  /** Whether the client holds a record that should arrive soon. */
  readonly owesReports: boolean;
}

/** How long nothing may arrive before a broker is asked. */
export function noReportMs({ lingerMs, requestTimeoutMs, messageTimeoutMs }: ReportTimes): number {
  const ends = messageTimeoutMs === 0 ? Infinity : messageTimeoutMs / 2;
  return lingerMs + Math.min(NO_REPORT_MS, requestTimeoutMs, ends);
}

export class ReportWatch {
  readonly #clock: Clock;
  readonly #ms: number;
  readonly #owed: Owed;
  readonly #onNone: (ms: number) => void;
  #arrivals = 0;
  #since = 0;
  #timer: Timer | undefined;
  #closed = false;

  /** @param onNone a report is owed, and none came for so long; called again after the same time as long as none comes */
  constructor(clock: Clock, ms: number, owed: Owed, onNone: (ms: number) => void) {
    this.#clock = clock;
    this.#ms = ms;
    this.#owed = owed;
    this.#onNone = onNone;
  }

  /** The client held nothing, and gets a record now. */
  begin(): void {
    if (this.#timer !== undefined || this.#closed) return;
    this.#restart();
    this.#plan();
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #plan(): void {
    this.#timer = this.#clock.inBackground(this.#ms / LOOKS, () => {
      this.#timer = undefined;
      // With nothing owed the next record begins it again: a gateway without traffic has no timer.
      if (!this.#owed.owesReports) return;
      this.#look();
      this.#plan();
    });
  }

  #look(): void {
    if (this.#owed.arrivals !== this.#arrivals) {
      this.#restart();
      return;
    }
    const now = this.#clock.monotonic();
    if (now - this.#since < this.#ms) return;
    this.#since = now;
    this.#onNone(this.#ms);
  }

  #restart(): void {
    this.#arrivals = this.#owed.arrivals;
    this.#since = this.#clock.monotonic();
  }
}
