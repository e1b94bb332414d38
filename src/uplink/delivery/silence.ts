/**
 * Finds topics that do not answer while others do: a partition without a leader, say. Counted is only time in which records of
 * others arrived, so that an outage of all parks none. Where no other topic has traffic, one that stands still while a broker answers
 * is told all the same: the client keeps what it holds without a word, for as long as it takes.
 */
import type { Clock, Timer } from '../../core/clock.js';
import type { TopicQueue } from './pending.js';

/** How often it is looked at within the time that a topic may be silent. */
const LOOKS = 8;
const MIN_LOOK_MS = 50;
/** What a pause between two arrivals counts at most, as a share of that time: longer, it may have been an outage. */
const MOST_OF_A_PAUSE = 0.25;
/** A topic that tells nothing for so long after a first report was due, connected, stands still, whatever others do, ms. */
const STANDS_AFTER_MS = 60_000;

/** What it reads of the sender. */
export interface Reports {
  /** Counts the records that arrived, over all topics. */
  readonly arrivals: number;
  queues(): Iterable<TopicQueue>;
}

interface Silent {
  /** Of the queue, when it was last looked at. */
  readonly reports: number;
  readonly ms: number;
  /** Monotonic ms, of the last report or the last time without a connection. */
  readonly since: number;
}

export interface SilenceHooks {
  /** How long an ordinary broker takes at most, with the linger. */
  readonly noReportMs: number;
  /** A broker answers. */
  readonly connected: () => boolean;
  readonly onSilent: (queue: TopicQueue) => void;
  /** It stands still, for so long; told once until a record of it arrives. */
  readonly onStanding: (queue: TopicQueue, ms: number) => void;
}

export class SilenceWatch {
  readonly #clock: Clock;
  readonly #silentMs: number;
  readonly #reports: Reports;
  readonly #hooks: SilenceHooks;
  /** Queues of which the client holds something. */
  #silent = new Map<TopicQueue, Silent>();
  #arrivals = 0;
  #arrivedAt: number;
  #timer: Timer | undefined;

  /** @param silentMs how long a topic may be silent while others are not */
  constructor(clock: Clock, silentMs: number, reports: Reports, hooks: SilenceHooks) {
    this.#clock = clock;
    this.#silentMs = silentMs;
    this.#reports = reports;
    this.#hooks = hooks;
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
    const now = this.#clock.monotonic();
    const connected = this.#hooks.connected();
    const standsAfterMs = STANDS_AFTER_MS + this.#hooks.noReportMs;
    for (const queue of this.#reports.queues()) {
      if (queue.inFlight === 0 || queue.parked) continue;
      const before = this.#silent.get(queue);
      const same = before?.reports === queue.reports;
      const ms = same ? before.ms + flowedMs : 0;
      const since = same && connected ? before.since : now;
      silent.set(queue, { reports: queue.reports, ms, since });
      if (ms >= this.#silentMs) this.#hooks.onSilent(queue);
      else if (!queue.standing && now - since >= standsAfterMs) this.#hooks.onStanding(queue, now - since);
    }
    this.#silent = silent;
  }
}
