/**
 * Topics that would hold up the others, and whose messages a store keeps: they are missing, forbidden, or do not answer. Parked,
 * nothing of them is handed over, and what the client holds of them stands beside the window (contract §7.3).
 */
import type { Clock } from '../../core/clock.js';
import type { NorthwardError } from '../../api/errors.js';
import type { OutboxLimits, ProducerLink } from './limits.js';
import { ParkedQuestions } from './parked-questions.js';
import { byAcceptance, type Pending, type TopicQueue } from './pending.js';
import type { PendingPool } from './pending-pool.js';
import { silent, standing } from './receipts.js';
import type { Shares } from './room.js';
import type { Sender } from './sender.js';
import { SilenceWatch } from './silence.js';

/** Where messages have no time-out. */
const SILENT_MS = 30_000;
/** Topics that are parked at once. */
const MOST_PARKED = 10_000;
/** Calls to the keeper in one turn of the event loop: each may move thousands of messages. */
const PER_TURN = 8;
/** What the client may hold beside the window, in bytes: librdkafka has room for it in its own queue. */
const MOST_BYTES_ASIDE = 33_554_432;

/** For whoever keeps the messages. Each call comes between groups of reports, never inside of a call to the outbox. */
export interface ParkingHooks {
  /** How long a topic may be silent while others are not; 0: 30 s. */
  readonly silentMs: number;
  /** A message that its owner keeps failed because of its topic: call `park()`. */
  onTopicFault(queue: TopicQueue, fault: NorthwardError): void;
  /** The client holds messages of it, and tells nothing of them, while those of others arrive: call `park()`. */
  onSilent(queue: TopicQueue): void;
  /** A parked topic is there again: call `unpark()`. */
  onFound(queue: TopicQueue): void;
}

/** Who keeps messages beside the outbox: a store. */
export interface Keeper extends ParkingHooks {
  /** A message was accepted, and is counted: it goes on by `enqueue()`, at once or later. Absent: at once. */
  accepted?(pending: Pending): void;
}

export interface ParkingParts {
  readonly clock: Clock;
  readonly sender: Sender;
  readonly pool: PendingPool;
  /** As many as the window has may be beside it. */
  readonly shares: Shares;
  readonly limits: Pick<OutboxLimits, 'makesTopics' | 'noReportMs'>;
  readonly link: Pick<ProducerLink, 'connected' | 'askTopic' | 'onTopicFault' | 'renewClient'>;
}

export class Parking {
  readonly #parts: ParkingParts;
  readonly #hooks: ParkingHooks;
  readonly #questions: ParkedQuestions;
  readonly #silentMs: number;
  readonly #silence: SilenceWatch;
  /** Parked, or on trial after that, the longest first; value: how often in vain. */
  readonly #topics = new Map<TopicQueue, number>();
  readonly #faults = new Map<TopicQueue, NorthwardError>();
  readonly #silent = new Set<TopicQueue>();
  /** Value: for how long, ms. */
  readonly #standing = new Map<TopicQueue, number>();
  readonly #found = new Set<TopicQueue>();
  /** A record of it arrived while it was parked. */
  readonly #arrived = new Set<TopicQueue>();
  #telling = false;

  constructor(parts: ParkingParts, hooks: ParkingHooks) {
    this.#parts = parts;
    this.#hooks = hooks;
    const { clock, sender, limits, link } = parts;
    this.#questions = new ParkedQuestions(
      clock,
      limits.makesTopics,
      (topic) => {
        link.askTopic(topic);
      },
      (queue) => {
        this.#find(queue);
      },
    );
    this.#silentMs = hooks.silentMs === 0 ? SILENT_MS : hooks.silentMs;
    this.#silence = new SilenceWatch(clock, this.#silentMs, sender, {
      noReportMs: limits.noReportMs,
      connected: () => link.connected,
      onSilent: (queue) => {
        this.#silent.add(queue);
        this.#tellSoon();
      },
      onStanding: (queue, ms) => {
        this.#standing.set(queue, ms);
        this.#tellSoon();
      },
    });
  }

  start(): void {
    this.#silence.start();
  }

  close(): void {
    this.#silence.stop();
    this.#questions.close();
  }

  /** A message failed because of its topic. */
  fault(queue: TopicQueue, fault: NorthwardError): void {
    this.#faults.set(queue, fault);
    this.#tellSoon();
  }

  /**
   * Nothing of this queue is handed over from now on.
   * @returns all of its messages in the order of acceptance. Those that wait have left the outbox; what the client holds has not.
   */
  park(queue: TopicQueue): Pending[] {
    const { sender, pool } = this.#parts;
    if (!queue.parked) {
      const vain = (this.#topics.get(queue) ?? -1) + 1;
      this.#topics.delete(queue);
      this.#topics.set(queue, vain);
      queue.parked = true;
      queue.proven = false;
      queue.trial = false;
      sender.setAside(queue, true);
      this.#questions.add(queue, vain);
      this.#makeRoom();
    }
    const waiting = sender.removeAll(queue);
    return [...pool.heldOf(queue), ...waiting].sort(byAcceptance);
  }

  /** It may be written to again: one message at a time until one arrives, unless one has by now. */
  unpark(queue: TopicQueue): void {
    if (!queue.parked) return;
    queue.parked = false;
    this.#topics.set(queue, this.#questions.remove(queue));
    this.#found.delete(queue);
    queue.trial = true;
    if (this.#arrived.delete(queue)) {
      queue.arrived();
      this.arrived(queue);
    }
    this.#parts.sender.resume(queue);
  }

  /** A record of a queue arrived that is aside. */
  arrived(queue: TopicQueue): void {
    if (queue.parked) {
      if (this.#arrived.has(queue)) return;
      this.#arrived.add(queue);
      this.#find(queue);
    } else {
      this.#topics.delete(queue);
      this.#parts.sender.setAside(queue, false);
    }
  }

  /** The broker's answer; `null`: none came. @param led whether each partition has a leader */
  answer(queue: TopicQueue, exists: boolean | null, led: boolean): void {
    // Where the client holds something, only a report shows that it gets through.
    this.#questions.answer(queue, exists === null ? null : exists && led && queue.inFlight === 0);
  }

  #find(queue: TopicQueue): void {
    this.#found.add(queue);
    this.#tellSoon();
  }

  #tellSoon(): void {
    if (this.#telling) return;
    this.#telling = true;
    this.#parts.clock.soon(() => {
      this.#telling = false;
      this.#tell(PER_TURN);
      if (this.#faults.size + this.#silent.size + this.#standing.size + this.#found.size > 0)
        this.#tellSoon();
    });
  }

  #tell(most: number): void {
    let left = most;
    for (const [queue, fault] of this.#faults) {
      if (left-- === 0) return;
      this.#faults.delete(queue);
      if (!queue.parked) this.#hooks.onTopicFault(queue, fault);
    }
    for (const queue of this.#silent) {
      if (left-- === 0) return;
      this.#silent.delete(queue);
      if (queue.parked || queue.inFlight === 0) continue;
      this.#parts.link.onTopicFault(silent(queue.topic, this.#silentMs), queue);
      this.#hooks.onSilent(queue);
    }
    for (const [queue, ms] of this.#standing) {
      if (left-- === 0) return;
      this.#standing.delete(queue);
      if (queue.parked || queue.inFlight === 0 || queue.standing) continue;
      queue.standing = true;
      queue.proven = false;
      this.#parts.link.onTopicFault(standing(queue, ms), queue);
    }
    for (const queue of this.#found) {
      if (left-- === 0) return;
      this.#found.delete(queue);
      if (queue.parked) this.#hooks.onFound(queue);
    }
  }

  #makeRoom(): void {
    if (this.#topics.size > MOST_PARKED) this.#forgetOldest();
    const { sender, shares, link } = this.#parts;
    const { aside, bytesAside } = sender;
    if (aside <= shares.window && bytesAside <= MOST_BYTES_ASIDE) return;
    // So that they come back by `returned()`.
    link.renewClient(`it holds ${aside} messages of topics that do not answer`);
  }

  /** Its next message finds out again what is wrong with it. */
  #forgetOldest(): void {
    for (const queue of this.#topics.keys()) {
      if (queue.parked) {
        this.#find(queue);
        return;
      }
      if (!queue.idle) continue;
      this.#topics.delete(queue);
      this.#parts.sender.setAside(queue, false);
    }
  }
}
