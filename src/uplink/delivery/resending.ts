/**
 * Messages that failed and are kept by their owners: they go again, in order. After each failure their topic waits a while, and
 * longer each time, so that nothing spins. What was refused with its batch goes at once: in small groups, so that not each of
 * a large batch has to go by itself, then alone.
 */
import type { Clock } from '../../core/clock.js';
import type { NorthwardError } from '../../api/errors.js';
import { growingWait } from '../../core/backoff.js';
import { DeadlineTimer } from '../../core/deadline-timer.js';
import { byAcceptance, type Pending, type TopicQueue } from './pending.js';

const FIRST_MS = 200;
const LONGEST_MS = 15_000;

export interface ResendingHooks {
  /** They wait where they stood, in the order of acceptance. */
  readonly putBack: (messages: readonly Pending[]) => void;
  /** Nothing of the topic goes for a while, because of this failure. */
  readonly paused: (queue: TopicQueue, error: NorthwardError) => void;
  /** The topic may be written to again. */
  readonly resume: (queue: TopicQueue) => void;
}

export class Resending {
  readonly #clock: Clock;
  readonly #hooks: ResendingHooks;
  readonly #timer: DeadlineTimer;
  /** Monotonic ms at which a topic goes on. */
  readonly #pausing = new Map<TopicQueue, number>();
  /** Of the present group of reports. */
  #again: Pending[] = [];
  readonly #failed = new Map<TopicQueue, NorthwardError>();
  /** For the first time. */
  readonly #refused = new Map<TopicQueue, Pending[]>();

  constructor(clock: Clock, hooks: ResendingHooks) {
    this.#clock = clock;
    this.#hooks = hooks;
    this.#timer = new DeadlineTimer(clock, (now) => {
      this.#goOn(now);
    });
  }

  /** A message of the present group of reports goes again. */
  add(pending: Pending, error: NorthwardError): void {
    this.#again.push(pending);
    if (pending.queue !== null) this.#failed.set(pending.queue, error);
  }

  /** The same of one that waits for its topic. */
  addWaiting(pending: Pending): void {
    this.#again.push(pending);
  }

  /** The same of the halves of one that was refused alone: each goes alone as well. */
  addParts(first: Pending, second: Pending): void {
    first.together = 1;
    second.together = 1;
    this.#again.push(first, second);
  }

  /** The same of one that was refused with its batch. */
  addRefused(pending: Pending): void {
    this.#again.push(pending);
    const { queue } = pending;
    if (pending.together > 0) pending.together = 1;
    else if (queue !== null) {
      const batch = this.#refused.get(queue);
      if (batch === undefined) this.#refused.set(queue, [pending]);
      else batch.push(pending);
    }
  }

  /** The group is told. @returns whether something of it goes again */
  putBack(): boolean {
    if (this.#again.length === 0) return false;
    const again = this.#again.sort(byAcceptance);
    const failed = [...this.#failed];
    const refused = [...this.#refused.values()];
    this.#again = [];
    this.#failed.clear();
    this.#refused.clear();
    // With one at fault among n, this takes the fewest requests: √n groups, and the √n of one of them alone.
    for (const batch of refused) {
      for (const pending of batch) pending.together = Math.floor(Math.sqrt(batch.length));
    }
    for (const [queue, error] of failed) this.#pause(queue, error);
    this.#hooks.putBack(again);
    return true;
  }

  /** Nothing waits for a while any more. */
  close(): void {
    this.#timer.cancel();
    for (const queue of this.#pausing.keys()) queue.pausing = false;
    this.#pausing.clear();
  }

  #pause(queue: TopicQueue, error: NorthwardError): void {
    if (queue.pausing || queue.parked) return;
    queue.pausing = true;
    queue.failures += 1;
    // One message finds out whether it is better now.
    queue.trial = true;
    const wait = growingWait(FIRST_MS, LONGEST_MS, queue.failures);
    this.#pausing.set(queue, this.#clock.monotonic() + wait);
    this.#arm();
    this.#hooks.paused(queue, error);
  }

  #goOn(now: number): void {
    for (const [queue, at] of this.#pausing) {
      if (at > now) continue;
      this.#pausing.delete(queue);
      queue.pausing = false;
      this.#hooks.resume(queue);
    }
    this.#arm();
  }

  #arm(): void {
    let due = Infinity;
    for (const at of this.#pausing.values()) due = Math.min(due, at);
    this.#timer.arm(due);
  }
}
