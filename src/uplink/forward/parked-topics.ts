/**
 * Topics that are missing, forbidden or silent, and what waits for them: in each lane, beside it on disk, so that nothing else
 * waits and no segment is kept for them. When a topic is there again, that goes out before newer messages of the topic.
 */
import type { Store } from '../../store/port.js';
import type { Outbox } from '../delivery/outbox.js';
import { IDLE, type Pending, type TopicQueue } from '../delivery/pending.js';
import type { Detour, LaneContext } from './lane-context.js';
import { LaneQueue } from './lane-queue.js';

/** How long what waits for a topic may be in memory only: it goes to disk when the disk takes it. */
const STORE_AFTER_MS = 1_000;

/** What waits beside one lane. */
class ParkedOfLane implements Detour {
  readonly main: LaneQueue;
  /** Its messages whose topics are parked, or were. */
  readonly queue: LaneQueue;
  readonly #isParked: (topic: string) => boolean;
  readonly #changed: (lane: LaneQueue) => void;
  /** There again: what waits here goes out first. */
  readonly #returning = new Set<string>();
  /** Of the lane itself, which keeps them since nothing is taken here. */
  readonly #leftBehind = new Set<string>();
  /** Nothing tells yet which topics a former life has left here. */
  #starting = false;

  constructor(
    main: LaneQueue,
    queue: LaneQueue,
    isParked: (topic: string) => boolean,
    changed: (lane: LaneQueue) => void,
  ) {
    this.main = main;
    this.queue = queue;
    this.#isParked = isParked;
    this.#changed = changed;
    queue.backlog.detour = {
      wants: (topic) => !isParked(topic),
      takes: () => false,
      ended: () => {
        this.#ended();
      },
      // It begins again when a topic is found.
      left: () => undefined,
    };
    main.backlog.detour = this;
  }

  /** The store is open. */
  begin(): void {
    this.#starting = this.queue.backlog.size > 0;
    if (this.#starting) this.#changed(this.queue);
  }

  /** Newer messages of the lane wait, whatever their topic. */
  get isFirst(): boolean {
    return this.#starting;
  }

  /** There is something to be read here. */
  get isActive(): boolean {
    return this.#starting || this.#returning.size > 0;
  }

  /** A new message of this topic goes behind what waits here. */
  holds(topic: string): boolean {
    return this.#isParked(topic) || this.#returning.has(topic);
  }

  wants(topic: string): boolean {
    return !this.#leftBehind.has(topic);
  }

  takes(pending: Pending): boolean {
    if (!this.holds(pending.topic)) return false;
    this.move(pending, false);
    return true;
  }

  ended(): void {
    // The lane itself may be read to its end at any time.
  }

  move(pending: Pending, held: boolean): void {
    if (!this.queue.adopt(pending, this.main, held) && !held) this.main.putOff(pending);
  }

  left(topic: string): void {
    this.#leftBehind.add(topic);
  }

  found(topic: string): void {
    if (this.queue.backlog.size > 0) {
      this.#returning.add(topic);
      this.queue.backlog.rewind();
    }
    this.retry(topic);
    this.#changed(this.queue);
  }

  /** The lane reads again what it had to leave behind. */
  retry(topic?: string): void {
    if (topic === undefined ? this.#leftBehind.size === 0 : !this.#leftBehind.has(topic)) return;
    if (topic === undefined) this.#leftBehind.clear();
    else this.#leftBehind.delete(topic);
    this.main.backlog.rewind();
    this.#changed(this.main);
  }

  #ended(): void {
    this.#starting = false;
    this.#returning.clear();
    this.#changed(this.main);
  }
}

export class ParkedTopics {
  readonly #outbox: Outbox;
  readonly #store: Store;
  readonly #context: LaneContext;
  readonly #changed: (lane: LaneQueue) => void;
  readonly #lanes = new Map<LaneQueue, ParkedOfLane>();
  readonly #topics = new Set<string>();

  /** @param changed more may be to be had of a lane */
  constructor(outbox: Outbox, context: LaneContext, changed: (lane: LaneQueue) => void) {
    this.#outbox = outbox;
    this.#store = context.store;
    this.#context = context;
    this.#changed = changed;
  }

  /** @returns what waits beside the lane */
  add(main: LaneQueue): LaneQueue {
    const queue = new LaneQueue(main.name, this.#store.parked(main.name), STORE_AFTER_MS, this.#context);
    const isParked = (topic: string): boolean => this.#topics.has(topic);
    this.#lanes.set(main, new ParkedOfLane(main, queue, isParked, this.#changed));
    return queue;
  }

  /** The store is open, for the first time. */
  begin(): void {
    for (const lane of this.#lanes.values()) lane.begin();
  }

  /** Whether all keyed messages of the lane have to wait. */
  isFirst(main: LaneQueue): boolean {
    return this.#lanes.get(main)?.isFirst === true;
  }

  /** Whether this queue, a lane or what waits beside one, is to be read. */
  reads(queue: LaneQueue): boolean {
    const lane = this.#lanes.get(queue);
    if (lane !== undefined) return !lane.isFirst;
    return [...this.#lanes.values()].some((each) => each.queue === queue && each.isActive);
  }

  /** Where a new message of this topic goes; `null`: to its lane. */
  queueFor(main: LaneQueue, topic: string): LaneQueue | null {
    const lane = this.#lanes.get(main);
    return lane?.holds(topic) === true ? lane.queue : null;
  }

  park(queue: TopicQueue): void {
    this.#topics.add(queue.topic);
    this.#setAside(queue);
  }

  /** All that is in memory, in the order of acceptance: what is in the outbox is older than what waits for its sync. */
  #setAside(queue: TopicQueue): void {
    for (const pending of this.#outbox.park(queue)) {
      if (!(pending.owner instanceof LaneQueue)) continue;
      // Also what is reported, and about to be told: it may have failed as well, and has to keep its place.
      const lane = this.#lanes.get(pending.owner);
      const isHeld = pending.state !== IDLE;
      if (lane !== undefined) lane.move(pending, isHeld);
      else if (!isHeld) pending.owner.putOff(pending);
    }
    for (const lane of this.#lanes.values()) {
      for (const pending of lane.main.awaiting(queue.topic)) lane.move(pending, false);
    }
    this.#outbox.roomMade();
  }

  unpark(queue: TopicQueue): void {
    // What has come into the outbox meanwhile goes behind what waits here.
    this.#setAside(queue);
    this.#topics.delete(queue.topic);
    this.#outbox.unpark(queue);
    for (const lane of this.#lanes.values()) lane.found(queue.topic);
  }

  /** There may be room again. */
  retry(): void {
    for (const lane of this.#lanes.values()) lane.retry();
  }
}
