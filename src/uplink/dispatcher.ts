/**
 * Hands waiting messages to the client: in order per topic, fairly between topics, never more than the
 * client takes well, never long enough to be felt by the host's event loop.
 */
import type { Clock } from '../clock.js';
import type { DeliveryFailure, ProducerPort } from '../kafka/ports.js';
import { BatchRefusals } from './batch-refusals.js';
import { LaneTable, ReadyQueue, type Lane } from './lane.js';
import { REPORTED, SENT, WAITING, WaitingList, type Pending, type PendingPool } from './pending.js';
import type { Shares } from './shares.js';

/** Records handed over in one turn of the event loop: about 1 ms of work. */
const PER_TURN = 128;
/** Records of one lane before the next lane's turn. */
const PER_LANE = 32;
/** When the client's own queue is full, against all reckoning: no spinning. */
const FULL_PAUSE_MS = 20;

export interface DispatcherHooks {
  /** A message ended without a report: refused by the client at once. */
  refused(pending: Pending, failure: DeliveryFailure): void;
  /** The client says that it is beyond recovery. */
  fatal(): void;
}

export class Dispatcher {
  readonly #clock: Clock;
  readonly #shares: Shares;
  readonly #hooks: DispatcherHooks;
  readonly #ready = new ReadyQueue();
  readonly #lanes = new LaneTable();
  readonly waiting = new WaitingList();
  #port: ProducerPort | null = null;
  #inFlight = 0;
  #lanesWaiting = 0;
  #budget = PER_TURN;
  #budgetReset = false;
  #pausedForFull = false;
  #laneRun = 0;

  constructor(clock: Clock, shares: Shares, hooks: DispatcherHooks) {
    this.#clock = clock;
    this.#shares = shares;
    this.#hooks = hooks;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  lane(topic: string): Lane {
    return this.#lanes.get(topic);
  }

  attach(port: ProducerPort): void {
    this.#port = port;
    this.pump();
  }

  /** Nothing is handed over until the next `attach`. */
  detach(): void {
    this.#port = null;
  }

  /** Takes an accepted message in. */
  enqueue(lane: Lane, pending: Pending): void {
    pending.state = WAITING;
    pending.lane = lane;
    if (lane.head === null) this.#lanesWaiting += 1;
    lane.append(pending);
    this.waiting.append(pending);
    this.#ready.push(lane);
  }

  /**
   * A dead client's messages wait again, before all others. Returns them; the order is that of acceptance.
   */
  takeBack(pool: PendingPool): Pending[] {
    const lost = pool.sent();
    for (const pending of lost.toReversed()) {
      const lane = this.#laneOf(pending);
      lane.inFlight -= 1;
      if (lane.head === null) this.#lanesWaiting += 1;
      pending.state = WAITING;
      pending.resent = true;
      lane.prepend(pending);
      this.#ready.push(lane);
    }
    for (const lane of this.#lanes.values()) lane.firstOffsets.clear();
    this.waiting.putBack(lost);
    this.#inFlight -= lost.length;
    return lost;
  }

  /** Takes the oldest message of a lane out, unsent. */
  removeHead(lane: Lane): Pending | null {
    const head = lane.head;
    if (head === null) return null;
    lane.shift();
    if (lane.head === null) this.#lanesWaiting -= 1;
    this.waiting.remove(head);
    return head;
  }

  /** The topic is there: what waited for that may go. */
  resume(lane: Lane): void {
    if (lane.head !== null) this.#ready.push(lane);
    this.pump();
  }

  /** A report came: the lane and the window have room again. Call `pump()` after a group of them. */
  reported(pending: Pending): void {
    const lane = this.#laneOf(pending);
    pending.state = REPORTED;
    lane.inFlight -= 1;
    this.#inFlight -= 1;
    const { failure } = pending;
    if (failure === null) {
      if (lane.refusals !== null && lane.refusals.failureFor(pending) !== null) lane.refusals = null;
    } else if (failure.refusal !== null) {
      lane.refusals ??= new BatchRefusals(this.#clock);
      lane.refusals.learn(pending, failure);
    }
    if (lane.head !== null) this.#ready.push(lane);
  }

  /** Hands over what may go now; goes on in the next turn when there is more. */
  pump(): void {
    while (this.#budget > 0 && this.#inFlight < this.#shares.window) {
      const port = this.#port;
      const lane = this.#ready.head;
      if (port === null || lane === null || this.#pausedForFull) return;
      const head = lane.head;
      const asked = lane.broken !== null && lane.broken.asking;
      if (head === null || asked || lane.inFlight >= this.#shares.inFlight(lane, this.#lanesWaiting > 1)) {
        // A lane at its limit has messages out: their reports bring it back. One that is asked about, the answer.
        this.#nextLane(lane, false);
      } else if (!this.#hand(port, lane, head)) {
        return;
      } else if (++this.#laneRun >= PER_LANE) {
        this.#nextLane(lane, true);
      }
    }
    if (this.#budget <= 0) this.#resetBudgetSoon();
  }

  #nextLane(lane: Lane, again: boolean): void {
    this.#laneRun = 0;
    this.#ready.shift();
    if (again && lane.head !== null) this.#ready.push(lane);
  }

  /** @returns whether to go on. */
  #hand(port: ProducerPort, lane: Lane, pending: Pending): boolean {
    this.#budget -= 1;
    this.#resetBudgetSoon();
    if (lane.refusals !== null && this.#refuses(lane.refusals, lane, pending)) return true;
    const answer = port.produce(pending, pending.id);
    if (answer === null) {
      this.removeHead(lane);
      pending.state = SENT;
      lane.inFlight += 1;
      this.#inFlight += 1;
      return true;
    }
    if (answer === 'queue_full') {
      this.#pauseForFull();
      return false;
    }
    if (answer === 'fatal') {
      this.#port = null;
      this.#hooks.fatal();
      return false;
    }
    this.removeHead(lane);
    this.#hooks.refused(pending, answer);
    return true;
  }

  /** @returns whether the message is not to be sent now. */
  #refuses(refusals: BatchRefusals, lane: Lane, pending: Pending): boolean {
    const failure = refusals.failureFor(pending);
    if (failure === null) return false;
    if (refusals.isDue) {
      // Alone: what is out has to come back before, and nothing follows until its own report is there.
      lane.trial = true;
      return lane.inFlight > 0;
    }
    this.removeHead(lane);
    this.#hooks.refused(pending, failure);
    return true;
  }

  #resetBudgetSoon(): void {
    if (this.#budgetReset) return;
    this.#budgetReset = true;
    this.#clock.soon(() => {
      this.#budgetReset = false;
      this.#budget = PER_TURN;
      this.pump();
    });
  }

  #pauseForFull(): void {
    this.#pausedForFull = true;
    this.#clock.after(FULL_PAUSE_MS, () => {
      this.#pausedForFull = false;
      this.pump();
    });
  }

  #laneOf(pending: Pending): Lane {
    if (pending.lane === null) throw new Error('a message on its way has no lane');
    return pending.lane;
  }
}
