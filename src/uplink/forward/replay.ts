/**
 * Brings back from disk what waits there: the most important lane first, in order, as much at a time as the window allows. While
 * live messages are on their way that is a share of it at most, and as little as keeps them fast (`ReplayPace`).
 */
import type { Clock, Timer } from '../../core/clock.js';
import type { QueueSize } from '../delivery/limits.js';
import type { Pending } from '../delivery/pending.js';
import type { LaneQueue } from './lane-queue.js';
import { ReplayPace } from './replay-pace.js';

/** Records that are read at a time: 1 or 2 ms of work. */
const AT_A_TIME = 500;
/** While live messages are on their way, which wait for no longer than that. */
const AT_A_TIME_LIVE = 64;
/** Bytes of replayed messages in the outbox, beyond which no more are read. */
const MOST_BYTES = 4 * 1024 * 1024;
/** A disk that could not be read is tried again, ms. */
const AGAIN_MS = 1_000;
/** A live message counts for so long, ms: another one may come, and would wait behind all that is on its way. */
const LIVE_MS = 10_000;

export interface ReplayLimits {
  /** Messages that the client holds at once, at most. */
  readonly window: () => number;
  /** A replay takes half of it at most. */
  readonly size: QueueSize;
  /** Of the window, while live messages are on their way. */
  readonly share: number;
}

export class Replay {
  readonly #clock: Clock;
  readonly #limits: ReplayLimits;
  /** The most important first. */
  readonly #lanes: LaneQueue[] = [];
  /** Whether a lane is to be read at all now. */
  readonly #reads: (lane: LaneQueue) => boolean;
  /** Whether something may be sent at all. */
  readonly #may: () => boolean;
  /** Own the promise of a run. */
  readonly #own: (run: Promise<void>) => void;
  /** Nothing is to be had of them at the moment. */
  readonly #stalled = new Set<LaneQueue>();
  readonly #pace: ReplayPace;
  /** What the window counts. */
  #records = 0;
  /** What `uplink.queue` counts: each event of a record. */
  #messages = 0;
  #bytes = 0;
  #lastLive = -Infinity;
  #running = false;
  #stopped = false;
  #again: Timer | undefined;

  constructor(
    clock: Clock,
    limits: ReplayLimits,
    reads: (lane: LaneQueue) => boolean,
    may: () => boolean,
    own: (run: Promise<void>) => void,
  ) {
    this.#clock = clock;
    this.#limits = limits;
    this.#reads = reads;
    this.#may = may;
    this.#own = own;
    const limit = (): number => limits.window() * limits.share;
    this.#pace = new ReplayPace(clock, limit, () => this.#backlog);
  }

  /** One more lane, less important than those that are there. */
  add(lane: LaneQueue): void {
    this.#lanes.push(lane);
  }

  /** What of the outbox comes from disk. */
  get messages(): number {
    return this.#messages;
  }
  get bytes(): number {
    return this.#bytes;
  }

  /** A live message went to the outbox. @param now monotonic ms */
  live(now: number): void {
    this.#lastLive = now;
  }

  /** A broker answers, or has gone. Live messages may come at once: it begins with little. */
  connectionChanged(): void {
    this.#lastLive = this.#clock.monotonic();
    this.#pace.interrupted();
    this.pump();
  }

  entered(pending: Pending): void {
    this.#records += 1;
    this.#messages += pending.events;
    this.#bytes += pending.bytes;
    this.#pace.entered(pending);
  }

  left(pending: Pending): void {
    this.#records -= 1;
    this.#messages -= pending.events;
    this.#bytes -= pending.bytes;
    this.#pace.left(pending, this.#isLive);
    this.pump();
  }

  /** More may be to be had of this lane. */
  changed(lane: LaneQueue): void {
    this.#stalled.delete(lane);
    this.pump();
  }

  /** Goes on where that is possible. */
  pump(): void {
    if (this.#running || this.#next() === null) return;
    this.#running = true;
    this.#own(this.#run());
  }

  stop(): void {
    this.#stopped = true;
    this.#again?.cancel();
    this.#again = undefined;
  }

  async #run(): Promise<void> {
    try {
      for (let lane = this.#next(); lane !== null; lane = this.#next()) {
        const bytes = this.#mostBytes - this.#bytes;
        const messages = this.#mostMessages - this.#messages;
        if (await lane.backlog.sendMore(Math.min(this.#atATime, this.#room), bytes, messages)) continue;
        this.#stalled.add(lane);
        if (lane.backlog.stuck) this.#tryAgainLater();
      }
    } finally {
      this.#running = false;
    }
  }

  #tryAgainLater(): void {
    this.#again ??= this.#clock.after(AGAIN_MS, () => {
      this.#again = undefined;
      this.#stalled.clear();
      this.pump();
    });
  }

  /** The lane to be read; `null`: none, or there is no room for a portion worth the reading. */
  #next(): LaneQueue | null {
    if (this.#stopped || !this.#may()) return null;
    if (this.#room < Math.min(this.#atATime, this.#most / 2) || this.#bytes >= this.#mostBytes) return null;
    if (this.#messages >= this.#mostMessages) return null;
    const isDue = (lane: LaneQueue): boolean =>
      lane.backlog.size > 0 && !this.#stalled.has(lane) && this.#reads(lane);
    return this.#lanes.find(isDue) ?? null;
  }

  /** Records that wait in the lanes that are read. */
  get #backlog(): number {
    return this.#lanes.reduce((sum, lane) => (this.#reads(lane) ? sum + lane.backlog.size : sum), 0);
  }

  /** Live messages are on their way. */
  get #isLive(): boolean {
    return this.#clock.monotonic() - this.#lastLive < LIVE_MS;
  }

  get #atATime(): number {
    return this.#isLive ? AT_A_TIME_LIVE : AT_A_TIME;
  }

  get #most(): number {
    const { window, size } = this.#limits;
    const most = this.#isLive ? this.#pace.records : window();
    return Math.max(1, Math.floor(Math.min(most, size.maxMessages / 2)));
  }

  get #mostBytes(): number {
    const most = Math.min(MOST_BYTES, this.#limits.size.maxBytes / 2);
    return this.#isLive ? Math.min(most, this.#pace.bytes) : most;
  }

  /** They fill the queue, however few records they are in. */
  get #mostMessages(): number {
    return Math.max(1, this.#limits.size.maxMessages / 2);
  }

  get #room(): number {
    return this.#most - this.#records;
  }
}
