/**
 * Stands between mapping and outbox where a store is configured. It decides for each message whether it goes to the client at once,
 * to disk first, or to disk only, and brings back what is on disk (docs/contract.md, section 10).
 */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../core/clock.js';
import { own } from '../../core/fault.js';
import type { NorthwardError } from '../../api/errors.js';
import type { LossCause, StoreMetrics } from '../../api/store.js';
import type { OutgoingKind } from '../../record/outgoing-record.js';
import {
  messageIdText,
  type LaneOptions,
  type LostRecord,
  type Store,
  type StoredRecord,
  type StoreLane,
  type StoreListener,
} from '../../store/port.js';
import type { Intake } from '../delivery/intake.js';
import type { ErrorOf } from '../delivery/limits.js';
import type { Outbox } from '../delivery/outbox.js';
import type { Outcomes } from '../delivery/outcomes.js';
import type { Pending } from '../delivery/pending.js';
import { errorFor } from '../delivery/receipts.js';
import { LaneQueue, type LaneContext } from './lane-queue.js';
import { OpenPromises } from './open-promises.js';
import { Replay } from './replay.js';
import type { StoredEvents } from './stored-events.js';

/** What of the configuration decides how messages are forwarded. */
export interface ForwardOptions {
  readonly lanes: readonly LaneOptions[];
  readonly maxMessages: number;
  readonly maxBytes: number;
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
  onError(error: NorthwardError): void;
  onWarning(message: string, hint: string): void;
  /** The store works again after trouble. */
  onWorking(): void;
}

export class Forwarder implements Intake, StoreListener {
  readonly store: Store;
  readonly #options: ForwardOptions;
  readonly #clock: Clock;
  readonly #outbox: Outbox;
  readonly #outcomes: Outcomes;
  readonly #events: StoredEvents;
  readonly #link: ForwardLink;
  readonly #promises: OpenPromises;
  readonly #replay: Replay;
  readonly #context: LaneContext;
  readonly #queues = new Map<StoreLane, LaneQueue>();
  readonly #byKind = new Map<OutgoingKind, LaneQueue>();
  /** Accepted before the store was open; `null`: it is, or has said that it does not work. */
  #awaitingStore: Pending[] | null = [];
  #lastNumber = 0;
  /** What ids begin with as long as the store has none: no two processes have the same. */
  readonly #idBeforeOpen = randomBytes(6).toString('hex');
  #opening: Promise<void> | null = null;
  #whenDown: Array<() => void> = [];
  #ending = false;
  #degraded: NorthwardError | null = null;

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
    this.#options = options;
    this.#clock = clock;
    this.#outbox = outbox;
    this.#outcomes = outcomes;
    this.#events = events;
    this.#link = link;
    this.#promises = new OpenPromises(options.maxMessages);
    this.#replay = this.#makeReplay();
    this.#context = this.#makeContext();
  }

  // --- messages

  take(): Pending {
    return this.#outbox.take();
  }

  release(pending: Pending): void {
    this.#outbox.release(pending);
  }

  submit(pending: Pending): void {
    this.#outbox.submit(pending);
  }

  /** The outbox has room for it. */
  accepted(pending: Pending): void {
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
    this.#name(pending);
    pending.owner = queue;
    if (!this.store.working) {
      if (pending.mustBeStored) this.#refuse(pending, 'STORE_DEGRADED', this.#whyDegraded);
      else queue.direct(pending);
      return;
    }
    const isTaken = this.#waitsOnDisk(pending, queue) ? queue.toDisk(pending) : queue.take(pending);
    if (!isTaken) this.#refuse(pending, 'STORE_FULL', `lane ${queue.lane.name} takes no more`);
    else if (pending.position === -1) this.#replay.live(pending.acceptedAt);
  }

  /** Its id. */
  #name(pending: Pending): void {
    this.#lastNumber += 1;
    pending.number = this.#lastNumber;
    pending.life = this.store.life;
    if (pending.headers.messageIdAt === -1) return;
    const id = { life: pending.life, sequence: pending.number };
    pending.messageId = messageIdText(this.store.id === '' ? this.#idBeforeOpen : this.store.id, id);
  }

  /** It stays behind what waits there, or there is little room in memory. */
  #waitsOnDisk(pending: Pending, queue: LaneQueue): boolean {
    const { order, maxMessages, maxBytes } = this.#options;
    const isOrdered = order === 'per_key' && pending.key !== null;
    if (isOrdered && queue.backlog > 0) return true;
    const { messages, bytes } = this.#outbox;
    return (
      messages - this.#replay.messages > Math.max(1, maxMessages / 2) ||
      bytes - this.#replay.bytes > maxBytes / 2
    );
  }

  #refuse(pending: Pending, code: 'STORE_FULL' | 'STORE_DEGRADED', detail: string): void {
    this.#outbox.expire(pending, errorFor(pending, code, detail));
  }

  get #whyDegraded(): string {
    return this.#degraded?.message ?? 'the store is not open';
  }

  #queueOf(kind: OutgoingKind): LaneQueue {
    const queue = this.#byKind.get(kind);
    if (queue === undefined) throw new Error(`no lane takes ${kind}`);
    return queue;
  }

  // --- life

  /** Opens the store; messages wait for that, however long it takes. */
  open(): Promise<void> {
    this.#opening ??= this.store.open().then(() => {
      this.#makeQueues();
      const waiting = this.#awaitingStore ?? [];
      this.#awaitingStore = null;
      for (const pending of waiting) this.#forward(pending);
      this.#replay.pump();
    });
    return this.#opening;
  }

  /** A broker answers, or has gone. */
  connectionChanged(): void {
    this.#replay.pump();
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
    await Promise.race([drained, storeBy, this.#down()]);
    if (this.#opening !== null) await Promise.race([this.#opening, deadline]);
    for (const queue of this.#queues.values()) queue.storeAll();
    const flushed = this.store.flush().then(() => true);
    const inTime = await Promise.race([flushed, deadline.then(() => false)]);
    for (const queue of this.#queues.values()) queue.synced();
    this.#ending = true;
    this.#outbox.giveUp(errorOf);
    for (const pending of this.#awaitingStore ?? []) this.#outbox.expire(pending, errorOf(pending));
    for (const queue of this.#queues.values()) queue.endAll(errorOf);
    await drained;
    await this.store.close(deadline);
    await this.#events.told();
    return !inTime;
  }

  get metrics(): StoreMetrics {
    return this.store.metrics();
  }

  /** Promises that ended as stored so far. */
  get settledAsStored(): number {
    return this.#promises.settled;
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
      const queue = new LaneQueue(lane, options?.storeAfterMs ?? 0, this.#context);
      this.#queues.set(lane, queue);
      for (const kind of options?.kinds ?? []) this.#byKind.set(kind, queue);
    }
  }

  #makeReplay(): Replay {
    const { maxMessages, maxBytes, share } = this.#options;
    const limits = { window: this.#outbox.window, maxMessages, maxBytes, share };
    return new Replay(
      this.#clock,
      limits,
      () => [...this.#queues.values()],
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

  onLost(lane: StoreLane, cause: LossCause, records: readonly LostRecord[]): void {
    this.#queues.get(lane)?.lost(cause, records);
  }

  onUnstored(lane: StoreLane, records: readonly StoredRecord[]): void {
    this.#queues.get(lane)?.unstored(records);
  }

  onDegraded(error: NorthwardError): void {
    this.#degraded = error;
    this.#link.onError(error);
  }

  onWorking(): void {
    if (this.#degraded !== null) this.#link.onWorking();
    this.#degraded = null;
    this.#makeQueues();
    for (const queue of this.#queues.values()) {
      queue.working();
      this.#replay.changed(queue);
    }
  }

  onWarning(message: string, hint: string): void {
    this.#link.onWarning(message, hint);
  }
}
