/**
 * Finds topics that do not answer while others do: a partition without a leader, say. Counted is only time in which records of
 * others arrived, so that an outage of all parks none.
 */
import type { Clock, Timer } from '../../core/clock.js';
import type { TopicQueue } from './pending.js';

/** How often it is looked at within the time that a topic may be silent. */
const LOOKS = 8;
const MIN_LOOK_MS = 50;
/** What a pause between two arrivals counts at most, as a share of that time: longer, it may have been an outage. */
const MOST_OF_A_PAUSE = 0.25;

/** What it reads of the sender. */
export interface Reports {
  /** Counts the records that arrived, over all topics. */
  readonly arrivals: number;
  queues(): Iterable<TopicQueue>;
}

interface Silent {
  /** Of the queue, when it was last looked at. */
  readonly reports: number;
  ms: number;
}

export class SilenceWatch {
  readonly #clock: Clock;
  readonly #silentMs: number;
  readonly #reports: Reports;
  readonly #onSilent: (queue: TopicQueue) => void;
  /** Queues of which the client holds something. */
  #silent = new Map<TopicQueue, Silent>();
  #arrivals = 0;
  #arrivedAt: number;
  #timer: Timer | undefined;

  /** @param silentMs how long a topic may be silent while others are not */
  constructor(clock: Clock, silentMs: number, reports: Reports, onSilent: (queue: TopicQueue) => void) {
    this.#clock = clock;
    this.#silentMs = silentMs;
    this.#reports = reports;
    this.#onSilent = onSilent;
    this.#arrivedAt = clock.monotonic();
  }

  start(): void {
    this.#timer ??= this.#clock.inBackground(Math.max(MIN_LOOK_MS, this.#silentMs / LOOKS), () => {
      this.#timer = undefined;
      this.start();
      this.#look(this.#flowed());
    });
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Ms since the last look in which records arrived. */
  #flowed(): number {
    const { arrivals } = this.#reports;
    if (arrivals === this.#arrivals) return 0;
    this.#arrivals = arrivals;
    const now = this.#clock.monotonic();
    const ms = Math.min(now - this.#arrivedAt, this.#silentMs * MOST_OF_A_PAUSE);
    this.#arrivedAt = now;
    return ms;
  }

  #look(flowedMs: number): void {
    const silent = new Map<TopicQueue, Silent>();
    for (const queue of this.#reports.queues()) {
      if (queue.inFlight === 0 || queue.parked) continue;
      const before = this.#silent.get(queue);
      const same = before?.reports === queue.reports;
      const ms = same ? before.ms + flowedMs : 0;
      silent.set(queue, { reports: queue.reports, ms });
      if (ms >= this.#silentMs) this.#onSilent(queue);
    }
    this.#silent = silent;
  }
}
