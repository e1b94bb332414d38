/**
 * Hands waiting messages to the client: in order per topic, fairly between topics, never more than the
 * client takes well, never long enough to be felt by the host's event loop.
 */
import type { Clock } from '../../core/clock.js';
import type { DeliveryFailure, ProducerPort } from '../../kafka/port/ports.js';
import { BatchRefusals } from './topic-health.js';
import { TopicQueues, ReadyLine, type TopicQueue } from './pending.js';
import { REPORTED, SENT, WAITING, WaitingList, type Pending, type PendingPool } from './pending.js';
import type { Shares } from './room.js';

/** Records handed over in one turn of the event loop: about 1 ms of work. */
const PER_TURN = 128;
/** Records of one queue before the next queue's turn. */
const PER_QUEUE = 32;
/** When the client's own queue is full, against all reckoning: no spinning. */
const FULL_PAUSE_MS = 20;

export interface SenderHooks {
  /** A message ended without a report: refused by the client at once. */
  refused(pending: Pending, failure: DeliveryFailure): void;
  /** The client says that it is beyond recovery. */
  fatal(): void;
}

export class Sender {
  readonly #clock: Clock;
  readonly #shares: Shares;
  readonly #hooks: SenderHooks;
  readonly #ready = new ReadyLine();
  readonly #queues = new TopicQueues();
  readonly waiting = new WaitingList();
  #port: ProducerPort | null = null;
  #inFlight = 0;
  #queuesWaiting = 0;
  #budget = PER_TURN;
  #budgetReset = false;
  #pausedForFull = false;
  #runOfQueue = 0;

  constructor(clock: Clock, shares: Shares, hooks: SenderHooks) {
    this.#clock = clock;
    this.#shares = shares;
    this.#hooks = hooks;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  queue(topic: string): TopicQueue {
    return this.#queues.get(topic);
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
  enqueue(queue: TopicQueue, pending: Pending): void {
    pending.state = WAITING;
    pending.queue = queue;
    if (queue.head === null) this.#queuesWaiting += 1;
    queue.append(pending);
    this.waiting.append(pending);
    this.#ready.push(queue);
  }

  /**
   * A dead client's messages wait again, before all others. Returns them; the order is that of acceptance.
   */
  takeBack(pool: PendingPool): Pending[] {
    const lost = pool.sent();
    for (const pending of lost.toReversed()) {
      const queue = this.#queueOf(pending);
      queue.inFlight -= 1;
      if (queue.head === null) this.#queuesWaiting += 1;
      pending.state = WAITING;
      pending.resent = true;
      queue.prepend(pending);
      this.#ready.push(queue);
    }
    for (const queue of this.#queues.values()) queue.firstOffsets.clear();
    this.waiting.putBack(lost);
    this.#inFlight -= lost.length;
    return lost;
  }

  /** Takes the oldest message of a queue out, unsent. */
  removeHead(queue: TopicQueue): Pending | null {
    const head = queue.head;
    if (head === null) return null;
    queue.shift();
    if (queue.head === null) this.#queuesWaiting -= 1;
    this.waiting.remove(head);
    return head;
  }

  /** The topic is there: what waited for that may go. */
  resume(queue: TopicQueue): void {
    if (queue.head !== null) this.#ready.push(queue);
    this.pump();
  }

  /** A report came: the queue and the window have room again. Call `pump()` after a group of them. */
  reported(pending: Pending): void {
    const queue = this.#queueOf(pending);
    pending.state = REPORTED;
    queue.inFlight -= 1;
    this.#inFlight -= 1;
    const { failure } = pending;
    if (failure === null) {
      if (queue.refusals !== null && queue.refusals.failureFor(pending) !== null) queue.refusals = null;
    } else if (failure.refusal !== null) {
      queue.refusals ??= new BatchRefusals(this.#clock);
      queue.refusals.learn(pending, failure);
    }
    if (queue.head !== null) this.#ready.push(queue);
  }

  /** Hands over what may go now; goes on in the next turn when there is more. */
  pump(): void {
    while (this.#budget > 0 && this.#inFlight < this.#shares.window) {
      const port = this.#port;
      const queue = this.#ready.head;
      if (port === null || queue === null || this.#pausedForFull) return;
      const head = queue.head;
      const asked = queue.broken !== null && queue.broken.asking;
      if (head === null || asked || queue.inFlight >= this.#shares.inFlight(queue, this.#queuesWaiting > 1)) {
        // A queue at its limit has messages out: their reports bring it back. One that is asked about, the answer.
        this.#nextQueue(queue, false);
      } else if (!this.#hand(port, queue, head)) {
        return;
      } else if (++this.#runOfQueue >= PER_QUEUE) {
        this.#nextQueue(queue, true);
      }
    }
    if (this.#budget <= 0) this.#resetBudgetSoon();
  }

  #nextQueue(queue: TopicQueue, again: boolean): void {
    this.#runOfQueue = 0;
    this.#ready.shift();
    if (again && queue.head !== null) this.#ready.push(queue);
  }

  /** @returns whether to go on. */
  #hand(port: ProducerPort, queue: TopicQueue, pending: Pending): boolean {
    this.#budget -= 1;
    this.#resetBudgetSoon();
    if (queue.refusals !== null && this.#refuses(queue.refusals, queue, pending)) return true;
    const answer = port.produce(pending, pending.id);
    if (answer === null) {
      this.removeHead(queue);
      pending.state = SENT;
      queue.inFlight += 1;
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
    this.removeHead(queue);
    this.#hooks.refused(pending, answer);
    return true;
  }

  /** @returns whether the message is not to be sent now. */
  #refuses(refusals: BatchRefusals, queue: TopicQueue, pending: Pending): boolean {
    const failure = refusals.failureFor(pending);
    if (failure === null) return false;
    if (refusals.isDue) {
      // Alone: what is out has to come back before, and nothing follows until its own report is there.
      queue.trial = true;
      return queue.inFlight > 0;
    }
    this.removeHead(queue);
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

  #queueOf(pending: Pending): TopicQueue {
    if (pending.queue === null) throw new Error('a message on its way has no queue');
    return pending.queue;
  }
}
