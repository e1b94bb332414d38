/**
 * Stands between mapping and outbox where a store is configured. It decides for each message whether it goes to the client at once,
 * to disk first, or to disk only, and brings back what is on disk (docs/contract.md, section 10).
 */
import { pause, type Clock } from '../../core/clock.js';
import { own } from '../../core/fault.js';
import { NorthwardError } from '../../api/errors.js';
import type { LossCause } from '../../api/store.js';
import type { OutgoingKind, OutgoingRecord } from '../../record/outgoing-record.js';
import {
  type DataGap,
  type LaneOptions,
  type LostRecord,
  type Store,
  type StoredRecord,
  type StoreLane,
  type StoreListener,
} from '../../store/port.js';
import type { Intake } from '../delivery/intake.js';
import type { ErrorOf, QueueSize } from '../delivery/limits.js';
import type { Outbox } from '../delivery/outbox.js';
import type { Outcomes } from '../delivery/outcomes.js';
import { ON_DISK, type Pending, type TopicQueue } from '../delivery/pending.js';
import { errorFor } from '../delivery/receipts.js';
import { DataGaps } from './data-gaps.js';
import type { LaneContext } from './lane-context.js';
import { LaneQueue } from './lane-queue.js';
import { MessageNames } from './message-names.js';
import { OpenPromises } from './open-promises.js';
import { ParkedTopics } from './parked-topics.js';
import { Replay } from './replay.js';
import { StoreState } from './store-state.js';
import type { StoredEvents } from './stored-events.js';

/** So long messages wait for the store to be open, ms. */
const OPENS_WITHIN_MS = 15_000;

/** What of the configuration decides how messages are forwarded. */
export interface ForwardOptions {
  readonly lanes: readonly LaneOptions[];
  readonly size: QueueSize;
  /** 0: promises have no limit. */
  readonly messageTimeoutMs: number;
  readonly order: 'per_key' | 'live_first';
  readonly share: number;
}

/** What the forwarder knows of the rest of the uplink. */
export interface ForwardLink {
  /** A broker answers. */
  readonly connected: boolean;
  /** Why the connection fails, if it does. */
  readonly because: NorthwardError | undefined;
  /** Whether records of this kind are sent. */
  sends(kind: OutgoingKind): boolean;
  /** The record that tells of a gap; `null`: gaps are not sent. Throws a NorthwardError where none can be made of it. */
  encodeGap(gap: DataGap): OutgoingRecord | null;
  onError(error: NorthwardError): void;
  onWarning(message: string, hint: string): void;
  /** The store works again after trouble. */
  onWorking(): void;
}

export class Forwarder implements Intake, StoreListener {
  readonly store: Store;
  readonly state: StoreState;
  readonly #options: ForwardOptions;
  readonly #clock: Clock;
  readonly #outbox: Outbox;
  readonly #outcomes: Outcomes;
  readonly #events: StoredEvents;
  readonly #link: ForwardLink;
  readonly #promises: OpenPromises;
  readonly #replay: Replay;
  readonly #gaps: DataGaps;
  readonly #context: LaneContext;
  readonly #parked: ParkedTopics;
  readonly #queues = new Map<StoreLane, LaneQueue>();
  readonly #byKind = new Map<OutgoingKind, LaneQueue>();
  /** Accepted before the store was open; `null`: it is, or has said that it does not work. */
  #awaitingStore: Pending[] | null = [];
  readonly #names: MessageNames;
  #opening: Promise<void> | null = null;
  /** Nobody waits for the store to be open. */
  readonly #opened = new AbortController();
  #whenDown: Array<() => void> = [];
  /** The store was open, at least once. */
  #begun = false;
  #ending = false;
  /** No client will be there: why. */
  #givenUp: ErrorOf | null = null;

  constructor(
    makeStore: (listener: StoreListener) => Store,
    options: ForwardOptions,
    clock: Clock,
    outbox: Outbox,
    outcomes: Outcomes,
    events: StoredEvents,
    link: ForwardLink,
  ) {
    this.store = makeStore(this);
    this.state = new StoreState(this.store, clock);
    this.#names = new MessageNames(this.store);
    this.#options = options;
    this.#clock = clock;
    this.#outbox = outbox;
    this.#outcomes = outcomes;
    this.#events = events;
    this.#link = link;
    this.#promises = new OpenPromises(options.size);
    this.#replay = this.#makeReplay();
    this.#context = this.#makeContext();
    this.#gaps = new DataGaps(clock, this.store, outbox, link);
    this.#parked = new ParkedTopics(outbox, this.#context, (lane) => {
      this.#replay.changed(lane);
    });
  }

  // --- messages

  take(): Pending {
    return this.#outbox.take();
  }

  release(pending: Pending): void {
    this.#outbox.release(pending);
  }

  /** A lane may want the value later, for the disk. */
  get takesAtOnce(): boolean {
    return false;
  }

  submit(pending: Pending, nowMs?: number): void {
    this.#outbox.submit(pending, nowMs);
  }

  /** The outbox has room for it. */
  accepted(pending: Pending): void {
    // It is in the state of the store until it has arrived.
    if (pending.kind === 'data_gap') {
      this.#outbox.enqueue(pending);
      return;
    }
    pending.caller = pending.owner;
    if (this.#awaitingStore === null) {
      this.#forward(pending);
      return;
    }
    pending.queue = null;
    pending.keep();
    this.#awaitingStore.push(pending);
  }

  #forward(pending: Pending): void {
    const queue = this.#queueOf(pending.kind);
    this.#names.name(pending);
    pending.owner = queue;
    if (this.#givenUp !== null) {
      if (!this.store.working || !queue.toDisk(pending)) this.#outbox.expire(pending, this.#givenUp(pending));
      return;
    }
    if (!this.store.working) {
      if (pending.mustBeStored) this.#refuse(pending, 'STORE_DEGRADED', this.state.why);
      else queue.direct(pending);
      return;
    }
    const isTaken = this.#takes(pending, queue);
    if (!isTaken) this.#refuse(pending, 'STORE_FULL', `lane ${queue.name} takes no more`);
    else if (pending.place !== ON_DISK) this.#replay.live(pending.acceptedAt);
  }

  /** @returns false: the lane takes no more */
  #takes(pending: Pending, queue: LaneQueue): boolean {
    const isOrdered = this.#options.order === 'per_key' && pending.key !== null;
    // Behind what waits there: also where its topic is parked, as older ones of the topic may be among that.
    if (isOrdered && (queue.backlog.size > 0 || this.#parked.isFirst(queue))) return queue.toDisk(pending);
    const parked = this.#parked.queueFor(queue, pending.topic);
    if (parked !== null) return parked.toDisk(pending);
    return this.#hasRoom(pending.topic) ? queue.take(pending) : queue.toDisk(pending);
  }

  /** Half of `uplink.queue` is for live messages. Where others have filled that, a topic that has little on its way does not wait for them. */
  #hasRoom(topic: string): boolean {
    if (!this.#isUsed(1 / 2)) return true;
    if (this.#isUsed(3 / 4)) return false;
    return this.#outbox.queue(topic).messages < this.#options.size.maxMessages / 16;
  }

  /** More than so much of `uplink.queue` is in use by live messages. */
  #isUsed(share: number): boolean {
    const { maxMessages, maxBytes } = this.#options.size;
    const messages = this.#outbox.messages - this.#replay.messages;
    const bytes = this.#outbox.bytes - this.#replay.bytes;
    return messages > Math.max(1, maxMessages * share) || bytes > maxBytes * share;
  }

  #refuse(pending: Pending, code: 'STORE_FULL' | 'STORE_DEGRADED', detail: string): void {
    this.#outbox.expire(pending, errorFor(pending, code, detail));
  }

  #queueOf(kind: OutgoingKind): LaneQueue {
    const queue = this.#byKind.get(kind);
    if (queue === undefined) throw new Error(`no lane takes ${kind}`);
    return queue;
  }

  // --- life

  /** Opens the store. Messages wait for that, so that they go behind what is in it; but a disk that hangs stops no gateway. */
  open(): Promise<void> {
    this.#opening ??= this.#open().catch((cause: unknown) => {
      this.state.broken = true;
      throw cause;
    });
    return this.#opening;
  }

  async #open(): Promise<void> {
    const opened = this.store.open().then(() => true);
    const late = pause(this.#clock, OPENS_WITHIN_MS, this.#opened.signal).then(() => false);
    const inTime = await Promise.race([opened, late]);
    this.#opened.abort();
    if (this.#ending) return;
    if (!inTime) this.onDegraded(notOpen());
    this.#makeQueues();
    const waiting = this.#awaitingStore ?? [];
    this.#awaitingStore = null;
    for (const pending of waiting) this.#forward(pending);
    this.#replay.pump();
    this.#gaps.look();
  }

  /** A topic is missing, forbidden or silent. */
  park(topic: TopicQueue): void {
    this.#parked.park(topic);
  }

  /** It is there again. */
  unpark(topic: TopicQueue): void {
    this.#parked.unpark(topic);
  }

  /** A broker answers, or has gone. */
  connectionChanged(): void {
    this.#replay.connectionChanged();
    this.#gaps.look();
    if (this.#link.connected) return;
    for (const callback of this.#whenDown) callback();
    this.#whenDown = [];
  }

  /**
   * The end of this life: waits for reports as long as a broker answers and there is time, brings to disk what has none, and ends
   * every message: as stored, or by `errorOf`.
   *
   * @param drained resolves when every message has its outcome
   * @param storeBy when it is time for the disk
   * @returns whether the time was up before all was on disk
   */
  async end(
    drained: Promise<unknown>,
    storeBy: Promise<unknown>,
    deadline: Promise<unknown>,
    errorOf: ErrorOf,
  ): Promise<boolean> {
    this.#replay.stop();
    this.#gaps.close();
    const waits = [drained, storeBy];
    // As long as the disk takes it, there is nothing to wait for.
    if (this.store.working || this.#awaitingStore !== null) waits.push(this.#down());
    await Promise.race(waits);
    if (this.#opening !== null) await Promise.race([this.#opening, deadline]);
    const inTime = await this.#bringToDisk(deadline);
    if (!this.store.working) await Promise.race([drained, deadline]);
    this.#ending = true;
    this.#outbox.giveUp(errorOf);
    for (const pending of this.#awaitingStore ?? []) this.#outbox.expire(pending, errorOf(pending));
    this.#awaitingStore = [];
    this.#opened.abort();
    for (const queue of this.#queues.values()) queue.endAll(errorOf);
    await drained;
    await this.store.close(deadline);
    await this.#events.told();
    return !inTime;
  }

  /** @returns whether it was done before the deadline */
  async #bringToDisk(deadline: Promise<unknown>): Promise<boolean> {
    const queues = [...this.#queues.values()];
    const late = deadline.then(() => false);
    // Once more where callers waited for the room that this has made.
    do {
      for (const queue of queues) queue.storeAll();
      const inTime = await Promise.race([this.store.flush().then(() => true), late]);
      // What the store has to say of it comes in a turn of its own.
      await new Promise<void>((resolve) => {
        this.#clock.soon(resolve);
      });
      for (const queue of queues) queue.synced();
      if (!inTime) return false;
    } while (this.store.working && queues.some(({ lane }) => lane.unsynced.messages > 0));
    return true;
  }

  /** No client is made again in this life: everything goes to disk, for the next one. */
  giveUp(errorOf: ErrorOf): void {
    this.#replay.stop();
    this.#givenUp = errorOf;
    own(this.#storeForNextLife(errorOf), 'Storing what cannot be sent', this.#link);
  }

  async #storeForNextLife(errorOf: ErrorOf): Promise<void> {
    // What was accepted before the store is open goes on when it is, or has said that it does not work.
    await this.#opening?.catch(() => undefined);
    for (const queue of this.#queues.values()) queue.storeAll();
    await this.store.flush();
    for (const queue of this.#queues.values()) queue.synced();
    this.#ending = true;
    this.#outbox.failAll(errorOf);
  }

  #down(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#link.connected) this.#whenDown.push(resolve);
      else resolve();
    });
  }

  /** Lanes that a former configuration had are there when the store is open. */
  #makeQueues(): void {
    const { lanes } = this.#options;
    for (const lane of this.store.lanes) {
      if (this.#queues.has(lane)) continue;
      const options = lanes.find(({ name }) => name === lane.name);
      const queue = new LaneQueue(lane.name, lane, options?.storeAfterMs ?? 0, this.#context);
      const parked = this.#parked.add(queue);
      // What waited longest goes first.
      for (const each of [parked, queue]) {
        this.#queues.set(each.lane, each);
        this.#replay.add(each);
      }
      for (const kind of options?.kinds ?? []) this.#byKind.set(kind, queue);
    }
    if (this.#begun || this.store.life === 0) return;
    this.#begun = true;
    this.#parked.begin();
  }

  #makeReplay(): Replay {
    const { size, share } = this.#options;
    const limits = { window: () => this.#outbox.window, size, share };
    return new Replay(
      this.#clock,
      limits,
      // An attempt to open it that fails is made again from the beginning: what was read before would be sent twice.
      (queue) => this.store.life !== 0 && this.#parked.reads(queue),
      () => this.#link.connected,
      (run) => {
        own(run, 'Sending from disk', this.#link);
      },
    );
  }

  #makeContext(): LaneContext {
    const { messageTimeoutMs, order } = this.#options;
    return {
      clock: this.#clock,
      store: this.store,
      outbox: this.#outbox,
      outcomes: this.#outcomes,
      promises: this.#promises,
      events: this.#events,
      messageTimeoutMs,
      marksReplayed: order === 'live_first',
      because: () => this.#link.because,
      onError: (error) => {
        this.#link.onError(error);
      },
      ending: () => this.#ending,
      sends: (kind) => this.#link.sends(kind),
      replayedEntered: (pending) => {
        this.#replay.entered(pending);
      },
      replayedLeft: (pending) => {
        this.#replay.left(pending);
      },
    };
  }

  // --- what the store says

  onSynced(lane: StoreLane): void {
    const queue = this.#queues.get(lane);
    if (queue === undefined) return;
    queue.synced();
    this.#replay.changed(queue);
  }

  onLost(lane: StoreLane, cause: LossCause, records: readonly LostRecord[], count: number): void {
    this.#queues.get(lane)?.lost(cause, records, count);
    this.#gaps.look();
    this.#parked.retry();
  }

  onUnstored(lane: StoreLane, records: readonly StoredRecord[]): void {
    this.#queues.get(lane)?.unstored(records);
  }

  onDegraded(error: NorthwardError): void {
    this.state.degraded(error);
    this.#link.onError(error);
  }

  onWorking(): void {
    if (this.state.works()) this.#link.onWorking();
    this.#makeQueues();
    for (const queue of this.#queues.values()) {
      queue.working();
      this.#replay.changed(queue);
    }
    this.#parked.retry();
    this.#gaps.look();
  }

  onWarning(message: string, hint: string): void {
    this.#link.onWarning(message, hint);
  }
}

function notOpen(): NorthwardError {
  const message = `The store on disk did not open within ${OPENS_WITHIN_MS} ms. Messages are kept in memory only.`;
  const hint =
    'The disk does not answer: look at the kernel log (dmesg). When it answers, the store works without a restart.';
  return new NorthwardError('STORE_DEGRADED', message, { hint });
}
