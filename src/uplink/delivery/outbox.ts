/**
 * Every accepted message from acceptance to its outcome: bounded by `uplink.queue`, kept until it is
 * acknowledged, ended exactly once (contract §2, §7).
 */
import { Admission } from './admission.js';
import type { Clock } from '../../core/clock.js';
import { Endings } from './endings.js';
import { Entrance } from './entrance.js';
import { DeadlineTimer } from '../../core/deadline-timer.js';
import type { NorthwardError } from '../../api/errors.js';
import { isTopicFault } from '../../kafka/port/codes.js';
import type { DeliveryFailure, ProducerPort } from '../../kafka/port/ports.js';
import { Sender } from './sender.js';
import type { Intake } from './intake.js';
import type { ErrorOf, OutboxLimits, ProducerLink } from './limits.js';
import type { Outcomes } from './outcomes.js';
import { NOBODY } from './owner.js';
import { PackedRecords, type MakePacking } from './packing.js';
import { REPORTED, SENT, WAITING, type Pending, type TopicQueue } from './pending.js';
import { PendingPool } from './pending-pool.js';
import { clientDied, reportedError, timedOut, topicFault } from './receipts.js';
import { Settlement } from './settlement.js';
import { Shares } from './room.js';
import { Parking, type Keeper } from './parking.js';
import { StuckTopics } from './stuck-topics.js';
import { SendingAgain } from './sending-again.js';
import { TopicFaults, type NotMade } from './topic-faults.js';

export class Outbox implements Intake {
  readonly #limits: OutboxLimits;
  readonly #clock: Clock;
  readonly #outcomes: Outcomes;
  readonly #link: ProducerLink;
  readonly #pool = new PendingPool();
  readonly #entrance: Entrance;
  readonly #shares: Shares;
  readonly #sender: Sender;
  readonly #settlement: Settlement;
  readonly #faults: TopicFaults;
  readonly #admission: Admission;
  readonly #again: SendingAgain;
  readonly #keeper: Keeper | null;
  readonly #parking: Parking | null;
  readonly #stuck: StuckTopics;
  readonly #packed: PackedRecords;
  readonly #endings: Endings;
  #givenUp = false;
  #sequence = 0;
  readonly #timer: DeadlineTimer;
  readonly #whenIdle: Array<() => void> = [];

  /**
   * @param keeper the store, which also keeps messages of topics that do not answer; `null`: there is none
   * @param makePacking where messages wait to share a record; `null`: none do
   */
  constructor(
    limits: OutboxLimits,
    clock: Clock,
    outcomes: Outcomes,
    link: ProducerLink,
    keeper: Keeper | null = null,
    makePacking: MakePacking | null = null,
  ) {
    this.#limits = limits;
    this.#clock = clock;
    this.#outcomes = outcomes;
    this.#link = link;
    this.#keeper = keeper;
    this.#shares = new Shares(limits);
    this.#timer = new DeadlineTimer(clock, (now) => {
      this.#expire(now);
      this.#armTimer();
    });
    this.#faults = this.#makeTopicFaults();
    this.#admission = new Admission(limits, this.#shares, this.#faults, keeper !== null);
    this.#settlement = new Settlement(clock, this.#settle, this.#afterSettling);
    this.#sender = this.#makeSender(limits.noReportMs);
    this.#entrance = this.#makeEntrance(limits);
    const { room } = this.#entrance;
    this.#endings = new Endings(this.#pool, this.#sender, room, outcomes, () => {
      this.#checkIdle();
    });
    this.#packed = new PackedRecords(this.#pool, room, makePacking, this.#goesOn, this.roomMade);
    this.#again = this.#makeSendingAgain();
    this.#parking = keeper === null ? null : this.#makeParking(keeper);
    this.#stuck = new StuckTopics(clock, this.#sender, link);
  }

  /** Accepted and not yet ended. */
  get messages(): number {
    return this.#entrance.room.messages;
  }
  get bytes(): number {
    return this.#entrance.room.bytes;
  }
  /** Messages that the client holds at once, at most. */
  get window(): number {
    return this.#shares.window;
  }
  /** Held by the client. */
  get inFlight(): number {
    return this.#sender.inFlight;
  }
  get waitingCallers(): number {
    return this.#entrance.waiting;
  }

  /** The queue of a topic; keep it only while it is parked. */
  queue(topic: string): TopicQueue {
    return this.#sender.queue(topic);
  }

  /**
   * Nothing of this queue is handed over until `unpark()`; the brokers are asked about it meanwhile.
   * @returns all of its messages in the order of acceptance. Those in state `IDLE` have left the outbox, and are the caller's.
   * The client holds the others: they end as any message does, or come back by `returned()`.
   */
  park(queue: TopicQueue): readonly Pending[] {
    const messages = this.#parking?.park(queue) ?? [];
    for (const pending of messages) {
      if (pending.state !== WAITING) continue;
      this.#entrance.room.leave(pending);
      pending.leave();
    }
    this.#entrance.admitWaiting();
    this.#checkIdle();
    return messages;
  }

  /** It goes on: with one message at a time until one arrives, unless one has arrived while it was parked. */
  unpark(queue: TopicQueue): void {
    this.#parking?.unpark(queue);
  }

  /** A record to fill; goes on to `submit` or back by `release`. */
  take(): Pending {
    return this.#pool.take();
  }

  release(pending: Pending): void {
    this.#pool.give(pending);
  }

  get takesAtOnce(): boolean {
    return this.#keeper === null && this.#sender.handsOverAtOnce;
  }

  submit(pending: Pending, nowMs = this.#clock.monotonic()): void {
    this.#entrance.submit(pending, nowMs);
  }

  // --- for the keeper

  /** Counts it in the room, whether there is any. Fine when it is counted. */
  count(pending: Pending): void {
    this.#entrance.room.enter(pending);
  }

  /** It is safe elsewhere. Fine when it is not counted. Call `roomMade()` after a group of them. */
  uncount(pending: Pending): void {
    this.#entrance.room.leave(pending);
  }

  /** It is on disk, and in here as well: it takes no room from others. Fine when it is not counted. Call `roomMade()` after a group of them. */
  countAsSynced(pending: Pending): void {
    this.#entrance.room.synced(pending);
  }

  /** Where messages wait to share a record. */
  get packed(): PackedRecords {
    return this.#packed;
  }

  readonly roomMade = (): void => {
    this.#entrance.admitWaiting();
    this.#checkIdle();
  };

  /** Takes in a message that is accepted and counted. */
  enqueue(pending: Pending): void {
    const sequence = this.#sequence++;
    pending.sequence = sequence;
    const queue = this.#queueOf(pending);
    if (this.#sender.enqueue(queue, pending)) return;
    if (!this.#timer.armed || this.#entrance.waiting > 0) this.#armTimer();
    this.#sender.pump();
    if (pending.sequence !== sequence || pending.state !== WAITING) return;
    if (!this.#sender.goesSoon(queue)) pending.keep();
  }

  /** Ends a message that is counted, wherever it is, whatever its owner would keep. Its report is of no interest any more. */
  expire(pending: Pending, error: NorthwardError): void {
    this.#entrance.room.leave(pending);
    if (pending.state === SENT || pending.state === REPORTED) {
      this.#outcomes.failed(pending, error);
      pending.owner = NOBODY;
      this.#checkIdle();
      return;
    }
    if (pending.state === WAITING) this.#sender.remove(pending);
    this.#endings.fail(pending, error);
  }

  /** A client is there. */
  attach(port: ProducerPort): void {
    this.#parking?.start();
    this.#stuck.start();
    this.#sender.attach(port);
  }

  /** The client is going: keep what comes. */
  detach(): void {
    this.#sender.detach();
  }

  /** The client is gone: its messages go to the next one, in order, or end as unknown. */
  clientGone(): void {
    this.#goAgain(this.#pool.sent());
  }

  /** One of several clients is gone: the same for what it held. */
  returned(ids: readonly number[]): void {
    this.#goAgain(this.#pool.sentOf(ids));
    this.#sender.pump();
  }

  /** The client takes records of these topics again. */
  takes(topics: readonly string[]): void {
    this.#sender.takes(topics);
  }

  /** The client begins a new epoch: what it was to send again (`TopicQueue.retries()`) may come twice. */
  newEpoch(): void {
    this.#pool.doubt();
  }

  #goAgain(held: readonly Pending[]): void {
    const lost = this.#takeBack(held);
    for (const pending of this.#limits.onFatal === 'fail' ? lost : []) {
      // A logger that publishes may have made the queue drop it meanwhile.
      if (pending.state === WAITING && pending.resent) this.#endings.endWaiting(pending, clientDied(pending));
    }
    for (const queue of new Set(lost.map(({ queue: of }) => of))) {
      if (queue?.parked === true)
        for (const pending of this.#sender.removeAll(queue)) this.#endings.giveBack(pending);
    }
    this.#checkIdle();
    this.#entrance.admitWaiting();
    this.#armTimer();
  }

  /** What the client held waits again, but for what nobody waits for. */
  #takeBack(held: readonly Pending[]): Pending[] {
    this.#sender.takeBack(held);
    return held.filter((pending) => {
      if (pending.owner !== NOBODY) return true;
      this.#sender.remove(pending);
      this.#pool.give(pending);
      return false;
    });
  }

  /** A delivery report. With the client dead, the message is not: it goes to the next one. */
  report(id: number, failure: DeliveryFailure | null, partition: number, offset: number | null): void {
    const pending = this.#pool.at(id);
    if (pending?.state !== SENT) return;
    if (failure?.diedWithClient === true) {
      this.#link.fatal();
      return;
    }
    pending.failure = failure;
    pending.partition = partition;
    pending.offset = offset;
    this.#sender.reported(pending);
    this.#again.reported(pending);
    this.#settlement.add(pending, failure === null && this.#sender.inFlight === 0);
  }

  /**
   * The broker's answer on a topic; `null`: it did not answer.
   * @param led whether each partition has a leader
   * @param notMade why it is not made, where it was asked to
   */
  topicAnswer(topic: string, exists: boolean | null, led = true, notMade: NotMade | null = null): void {
    const queue = this.#sender.queue(topic);
    this.#faults.answer(queue, exists, notMade);
    this.#parking?.answer(queue, exists, led);
    this.#stuck.answer(queue, exists, led);
  }

  /** Ends everything that has no outcome yet, now and from now on. */
  giveUp(errorOf: ErrorOf): void {
    this.#givenUp = true;
    this.#admission.close(errorOf);
    this.failAll(errorOf);
  }

  /** Ends everything that has no outcome yet. */
  failAll(errorOf: ErrorOf): void {
    this.#sender.detach();
    this.#packed.closeAll();
    this.#takeBack(this.#pool.sent());
    for (let head = this.#sender.waiting.oldest; head !== null; head = this.#sender.waiting.oldest)
      this.#endings.endWaiting(head, errorOf(head));
    this.#entrance.endAll(errorOf);
    this.#armTimer();
  }

  /** Lets go of the timer, so that nothing keeps the process alive. Call when it is idle. */
  close(): void {
    this.#packed.end();
    this.#sender.close();
    this.#timer.cancel();
    this.#faults.close();
    this.#again.close();
    this.#parking?.close();
    this.#stuck.close();
  }

  /** Resolves when every message has its outcome and no caller waits. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenIdle.push(resolve);
      this.#checkIdle();
    });
  }

  #makeEntrance(limits: OutboxLimits): Entrance {
    return new Entrance(limits, this.#clock, this.#admission, this.#sender.waiting, {
      queueOf: (pending) => this.#queueOf(pending),
      accepted: (pending) => {
        this.#packed.accepted(pending);
      },
      refused: (pending, error) => {
        this.#endings.end(pending, error);
      },
      dropped: (pending, error) => {
        this.expire(pending, error);
      },
      full: () => {
        this.#packed.full();
      },
      waiting: () => {
        this.#armTimer();
      },
    });
  }

  /** It is accepted. */
  readonly #goesOn = (pending: Pending): void => {
    if (this.#keeper?.accepted === undefined) this.enqueue(pending);
    else this.#keeper.accepted(pending);
  };

  #makeSender(noReportMs: number): Sender {
    return new Sender(this.#clock, this.#shares, noReportMs, {
      refused: (pending, failure) => {
        if (this.#again.inParts(pending, failure)) return;
        pending.failure = failure;
        pending.state = REPORTED;
        this.#again.reported(pending);
        this.#settlement.add(pending);
      },
      fatal: () => {
        this.#link.fatal();
      },
      noReports: (ms) => {
        this.#link.noReports(ms);
      },
    });
  }

  #makeTopicFaults(): TopicFaults {
    // With a store a topic in doubt is parked, and made when it is asked about.
    return new TopicFaults(this.#clock, this.#limits.makesTopics && this.#keeper === null, {
      ask: (topic) => {
        this.#link.askTopic(topic);
      },
      ended: (pending, error) => {
        this.#endings.endWaiting(pending, error);
      },
      found: (queue) => {
        this.#sender.resume(queue);
      },
    });
  }

  #makeSendingAgain(): SendingAgain {
    return new SendingAgain(this.#clock, this.#sender, this.#packed, this.#link, this.#limits, {
      isOver: () => this.#givenUp,
      stays: (pending) => !this.#givenUp && !this.#queueOf(pending).parked,
      returned: (pending) => {
        this.#endings.giveBack(pending);
      },
      waits: (queue, error) => this.#faults.waits(queue, error),
      topicFault: (queue, error) => this.#parking?.fault(queue, error),
    });
  }

  #makeParking(hooks: Keeper): Parking {
    return new Parking(
      {
        clock: this.#clock,
        sender: this.#sender,
        pool: this.#pool,
        shares: this.#shares,
        limits: this.#limits,
        link: this.#link,
      },
      hooks,
    );
  }

  // --- time

  /** What is due first is always at a head. */
  #armTimer(): void {
    const limit = this.#limits.messageTimeoutMs;
    const oldest = this.#sender.waiting.oldest;
    const message = oldest === null || limit === 0 ? Infinity : oldest.acceptedAt + limit;
    this.#timer.arm(Math.min(message, this.#entrance.deadline));
  }

  #expire(now: number): void {
    const { messageTimeoutMs: limit } = this.#limits;
    const { waiting } = this.#sender;
    const isDue = (head: Pending): boolean => limit > 0 && head.acceptedAt + limit <= now;
    for (let head = waiting.oldest; head !== null && isDue(head); head = waiting.oldest)
      this.#endings.endWaiting(head, timedOut(head, limit, this.#link.because));
    this.#entrance.admitWaiting();
    this.#entrance.expire(now);
  }

  // --- outcomes

  readonly #settle = (pending: Pending, nowMs: number): void => {
    const queue = this.#queueOf(pending);
    this.#again.decided(pending);
    const error = reportedError(pending, queue, this.#limits.offsetsTold, this.#link);
    if (error === null) {
      if (!queue.proven) this.#link.topicTakes(queue.topic);
      queue.arrived();
      if (queue.aside) this.#parking?.arrived(queue);
      this.#admission.somethingArrived();
    }
    if (pending.owner === NOBODY) {
      this.#pool.give(pending);
    } else if (error === null) {
      this.#entrance.room.leave(pending);
      this.#outcomes.delivered(pending, nowMs);
      this.#pool.give(pending);
    } else if (!this.#again.takes(pending, error)) {
      this.#entrance.room.leave(pending);
      this.#endings.fail(pending, error);
      if (isTopicFault(error.code)) this.#topicFault(queue, error);
    }
  };

  #topicFault(queue: TopicQueue, fault: NorthwardError): void {
    this.#link.onTopicFault(topicFault(fault), queue);
    this.#faults.fault(queue, fault);
  }

  readonly #afterSettling = (anyDelivered: boolean): void => {
    if (this.#again.putBack()) this.#armTimer();
    if (anyDelivered) this.#link.progress();
    this.#entrance.admitWaiting();
    this.#sender.pump();
    this.#checkIdle();
  };

  #checkIdle(): void {
    if (this.#whenIdle.length === 0 || !this.#entrance.isIdle) return;
    for (const callback of this.#whenIdle.splice(0)) callback();
  }

  #queueOf(pending: Pending): TopicQueue {
    return pending.queue ?? this.#sender.queue(pending.topic);
  }
}
