/**
 * Hands waiting messages to the client: in order per topic, fairly between topics, never more than the
 * client takes well, never long enough to be felt by the host's event loop.
 */
import type { Clock } from '../../core/clock.js';
import type { DeliveryFailure, ProduceAnswer, ProducerPort } from '../../kafka/port/ports.js';
import { BatchRefusals } from './topic-health.js';
import { REPORTED, SENT, WAITING, type Pending, type TopicQueue } from './pending.js';
import { WaitingList } from './waiting-list.js';
import { ReportWatch } from './report-watch.js';
import type { Shares } from './room.js';
import { ReadyLine, TopicQueues } from './topic-queues.js';

/** Records handed over in one turn of the event loop: about 1 ms of work. */
const PER_TURN = 128;
/** Records of one queue before the next queue's turn. */
const PER_QUEUE = 32;
/** When the client's own queue is full, against all reckoning: no spinning. */
const FULL_PAUSE_MS = 20;

/** What the client answers where no report will come. */
type NotTaken = Exclude<ProduceAnswer, null | 'moved'>;

export interface SenderHooks {
  /** A message ended without a report: refused by the client at once. */
  refused(pending: Pending, failure: DeliveryFailure): void;
  /** The client says that it is beyond recovery. */
  fatal(): void;
  /** A client holds records, and nothing arrived for so long. */
  noReports(ms: number): void;
}

export class Sender {
  readonly #clock: Clock;
  readonly #shares: Shares;
  readonly #hooks: SenderHooks;
  readonly #ready = new ReadyLine();
  readonly #queues = new TopicQueues();
  readonly #reportWatch: ReportWatch;
  readonly waiting = new WaitingList();
  #port: ProducerPort | null = null;
  /** What counts in the window. */
  #inFlight = 0;
  #aside = 0;
  #bytesAside = 0;
  #arrivals = 0;
  #queuesWaiting = 0;
  /** Queues of which something waits or is held by the client. */
  #queuesBusy = 0;
  /** Topics that the client takes nothing of at the moment. */
  readonly #heldBack = new Map<string, TopicQueue>();
  #budget = PER_TURN;
  #budgetReset = false;
  #pausedForFull = false;
  #runOfQueue = 0;

  /** @param noReportMs how long nothing may arrive */
  constructor(clock: Clock, shares: Shares, noReportMs: number, hooks: SenderHooks) {
    this.#clock = clock;
    this.#shares = shares;
    this.#hooks = hooks;
    this.#reportWatch = new ReportWatch(clock, noReportMs, this, (ms) => {
      hooks.noReports(ms);
    });
  }

  /** What the client holds. */
  get inFlight(): number {
    return this.#inFlight + this.#aside;
  }

  /** What it holds beside the window. */
  get aside(): number {
    return this.#aside;
  }

  get bytesAside(): number {
    return this.#bytesAside;
  }

  /** Counts the records that arrived, over all topics. */
  get arrivals(): number {
    return this.#arrivals;
  }

  /** Whether a client holds something of the window. */
  get owesReports(): boolean {
    return this.#inFlight > 0 && this.#port !== null;
  }

  queues(): Iterable<TopicQueue> {
    return this.#queues.values();
  }

  queue(topic: string): TopicQueue {
    return this.#queues.get(topic);
  }

  attach(port: ProducerPort): void {
    this.#port = port;
    for (const queue of this.#queues.values()) queue.newClient();
    this.takes([...this.#heldBack.keys()]);
  }

  /** The client takes records of these topics again. */
  takes(topics: readonly string[]): void {
    for (const topic of topics) {
      const queue = this.#heldBack.get(topic);
      if (queue === undefined) continue;
      this.#heldBack.delete(topic);
      queue.heldBack = false;
      this.ready(queue);
    }
    this.pump();
  }

  /** Nothing is handed over until the next `attach`. */
  detach(): void {
    this.#port = null;
  }

  /** The end: no timer is left. */
  close(): void {
    this.detach();
    this.#reportWatch.close();
  }

  /** Whether a message of a topic that has room would be handed over within `enqueue()`. */
  get handsOverAtOnce(): boolean {
    return (
      this.waiting.size === 0 &&
      this.#port !== null &&
      this.#budget > 0 &&
      !this.#pausedForFull &&
      this.#hasRoom
    );
  }

  /** Takes an accepted message in. @returns whether the client has it already: where nothing waits, it stands in no list. */
  enqueue(queue: TopicQueue, pending: Pending): boolean {
    pending.queue = queue;
    const port = this.#port;
    if (port === null || !this.handsOverAtOnce || !this.#mayPass(queue, pending)) {
      this.#append(queue, pending);
      return false;
    }
    this.#spend();
    const answer = port.produce(pending, pending.id);
    if (answer === null || answer === 'moved') {
      queue.furtherEvents += pending.events - 1;
      this.#taken(queue, pending, answer === 'moved');
      return true;
    }
    this.#append(queue, pending);
    this.#notTaken(queue, pending, answer);
    return false;
  }

  /** Whether nothing about its topic calls for the ways of `pump()`. */
  #mayPass(queue: TopicQueue, pending: Pending): boolean {
    const plain = queue.open && queue.refusals === null && queue.group === 0 && pending.together === 0;
    return plain && queue.inFlight < this.#shares.inFlight(queue, false);
  }

  #append(queue: TopicQueue, pending: Pending): void {
    pending.state = WAITING;
    if (queue.head === null) this.#queuesWaiting += 1;
    queue.append(pending);
    queue.furtherEvents += pending.events - 1;
    if (!queue.busy) this.#countBusy(queue);
    this.waiting.append(pending);
    this.#ready.push(queue);
  }

  /** Whether all that waits in this queue goes to the client within a few turns, whatever the brokers do. */
  goesSoon(queue: TopicQueue): boolean {
    const { head } = queue;
    if (head === null || this.#port === null || !queue.open || this.#pausedForFull) return false;
    const room = this.#limit(queue, head) - queue.inFlight;
    return queue.waiting <= room && this.waiting.size <= this.#shares.window - this.#inFlight;
  }

  /** What a dead client held waits again, before all others. @param lost in the order of acceptance */
  takeBack(lost: readonly Pending[]): void {
    for (const pending of lost) {
      const queue = this.#queueOf(pending);
      this.#count(queue, -1, -pending.bytes);
      queue.furtherEvents -= pending.events - 1;
      pending.resent = true;
    }
    this.putBack(lost);
  }

  /** Messages that were sent wait again where they stood. @param messages in the order of acceptance, over all topics */
  putBack(messages: readonly Pending[]): void {
    const ofQueue = new Map<TopicQueue, Pending[]>();
    for (const pending of messages) {
      pending.state = WAITING;
      const queue = this.#queueOf(pending);
      queue.furtherEvents += pending.events - 1;
      const own = ofQueue.get(queue);
      if (own === undefined) ofQueue.set(queue, [pending]);
      else own.push(pending);
    }
    for (const [queue, own] of ofQueue) {
      if (queue.head === null) this.#queuesWaiting += 1;
      queue.putBack(own);
      this.#countBusy(queue);
      this.#ready.push(queue);
    }
    this.waiting.putBack(messages);
  }

  /** What the client holds of this queue stands beside the window, or in it again. */
  setAside(queue: TopicQueue, aside: boolean): void {
    if (queue.aside === aside) return;
    const { inFlight, bytesInFlight } = queue;
    this.#count(queue, -inFlight, -bytesInFlight);
    queue.aside = aside;
    this.#count(queue, inFlight, bytesInFlight);
  }

  #count(queue: TopicQueue, messages: number, bytes: number): void {
    queue.inFlight += messages;
    queue.bytesInFlight += bytes;
    if (queue.aside) {
      this.#aside += messages;
      this.#bytesAside += bytes;
    } else {
      if (this.#inFlight === 0 && messages > 0) this.#reportWatch.begin();
      this.#inFlight += messages;
    }
  }

  #countBusy(queue: TopicQueue): void {
    const busy = !queue.idle;
    if (busy === queue.busy) return;
    queue.busy = busy;
    this.#queuesBusy += busy ? 1 : -1;
  }

  /** Takes all that waits in a queue out, unsent, in order. */
  removeAll(queue: TopicQueue): Pending[] {
    const all: Pending[] = [];
    for (let head = this.removeHead(queue); head !== null; head = this.removeHead(queue)) all.push(head);
    return all;
  }

  /** Takes the oldest message of a queue out, unsent. */
  removeHead(queue: TopicQueue): Pending | null {
    const head = queue.head;
    if (head === null) return null;
    this.#shift(queue, head);
    queue.furtherEvents -= head.events - 1;
    if (queue.idle) this.#countBusy(queue);
    return head;
  }

  #shift(queue: TopicQueue, head: Pending): void {
    queue.shift();
    if (queue.head === null) this.#queuesWaiting -= 1;
    this.waiting.remove(head);
  }

  /** Takes a message out that waits, unsent. */
  remove(pending: Pending): void {
    const queue = this.#queueOf(pending);
    queue.remove(pending);
    queue.furtherEvents -= pending.events - 1;
    if (queue.head === null) this.#queuesWaiting -= 1;
    if (queue.idle) this.#countBusy(queue);
    this.waiting.remove(pending);
  }

  /** What waits may go with the next `pump()`. */
  ready(queue: TopicQueue): void {
    if (queue.head !== null) this.#ready.push(queue);
  }

  /** The topic is there: what waited for that may go. */
  resume(queue: TopicQueue): void {
    this.ready(queue);
    this.pump();
  }

  /** A report came: the queue and the window have room again. Call `pump()` after a group of them. */
  reported(pending: Pending): void {
    const queue = this.#queueOf(pending);
    pending.state = REPORTED;
    queue.reports += 1;
    this.#count(queue, -1, -pending.bytes);
    queue.furtherEvents -= pending.events - 1;
    const { failure } = pending;
    if (failure === null) {
      this.#arrivals += 1;
      queue.arrivals += 1;
      queue.refusals?.arrived(pending);
    } else if (failure.refusal !== null) {
      queue.refusals ??= new BatchRefusals(this.#clock);
      queue.refusals.learn(pending, failure);
    }
    if (queue.head !== null) this.#ready.push(queue);
    else if (queue.inFlight === 0) this.#countBusy(queue);
  }

  /** Hands over what may go now; goes on in the next turn when there is more. */
  pump(): void {
    while (this.#budget > 0 && this.#hasRoom) {
      const port = this.#port;
      const queue = this.#ready.head;
      if (port === null || queue === null || this.#pausedForFull) return;
      const head = queue.head;
      if (head === null || !queue.open || queue.inFlight >= this.#limit(queue, head)) {
        // A queue at its limit has messages out: their reports bring it back. One that is not open is resumed.
        this.#nextQueue(queue, false);
      } else if (!this.#hand(port, queue, head)) {
        return;
      } else if (++this.#runOfQueue >= PER_QUEUE) {
        this.#nextQueue(queue, true);
      }
    }
    if (this.#budget <= 0) this.#resetBudgetSoon();
  }

  get #hasRoom(): boolean {
    const shares = this.#shares;
    return this.#inFlight < shares.window || this.#inFlight < shares.windowFor(this.#queuesBusy);
  }

  #limit(queue: TopicQueue, head: Pending): number {
    if (head.together !== 0 || queue.group !== 0) {
      const joins = head.together === queue.group && queue.groupLeft > 0 && !queue.trial;
      return joins ? Infinity : 1;
    }
    return this.#shares.inFlight(queue, this.#queuesWaiting > 1);
  }

  #nextQueue(queue: TopicQueue, again: boolean): void {
    this.#runOfQueue = 0;
    this.#ready.shift();
    if (again && queue.head !== null) this.#ready.push(queue);
  }

  /** @returns whether to go on. */
  #hand(port: ProducerPort, queue: TopicQueue, pending: Pending): boolean {
    this.#spend();
    if (queue.refusals !== null && pending.together === 0 && this.#refuses(queue.refusals, queue, pending))
      return true;
    const answer = port.produce(pending, pending.id);
    if (answer !== null && answer !== 'moved') return this.#notTaken(queue, pending, answer);
    this.#shift(queue, pending);
    this.#taken(queue, pending, answer === 'moved');
    return true;
  }

  /** The client has it. */
  #taken(queue: TopicQueue, pending: Pending, moved: boolean): void {
    if (moved) queue.firstOffsets.nextProducer(pending.sequence);
    pending.state = SENT;
    if (pending.sequence > queue.handedTo) queue.handedTo = pending.sequence;
    if (pending.together !== 0 || queue.group !== 0) queue.joinGroup(pending);
    this.#count(queue, 1, pending.bytes);
    if (!queue.busy) this.#countBusy(queue);
  }

  /** The client did not take what stands at the head of a queue. @returns whether to go on. */
  #notTaken(queue: TopicQueue, pending: Pending, answer: NotTaken): boolean {
    if (answer === 'later') {
      queue.heldBack = true;
      pending.keep();
      this.#heldBack.set(queue.topic, queue);
      this.#nextQueue(queue, false);
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
    // Its own report, or what is known already, is the last word on it.
    pending.together = 1;
    if (refusals.isDue) {
      // Alone: what is out has to come back before, and nothing follows until its own report is there.
      queue.trial = true;
      return queue.inFlight > 0;
    }
    this.removeHead(queue);
    this.#hooks.refused(pending, failure);
    return true;
  }

  /** A record is handed over, of so many in a turn. */
  #spend(): void {
    this.#budget -= 1;
    this.#resetBudgetSoon();
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
