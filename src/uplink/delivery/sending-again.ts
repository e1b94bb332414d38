/** What becomes of a message that did not arrive: whether it goes again, and where, as it is or in parts. */
import type { NorthwardError } from '../../api/errors.js';
import type { Clock } from '../../core/clock.js';
import { isTopicFault } from '../../kafka/port/codes.js';
import type { DeliveryFailure } from '../../kafka/port/ports.js';
import type { OutboxLimits, ProducerLink } from './limits.js';
import type { PackedRecords } from './packing.js';
import type { Pending, TopicQueue } from './pending.js';
import { topicFault } from './receipts.js';
import { Resending } from './resending.js';
import type { Sender } from './sender.js';

export interface SendingAgainHooks {
  /** Nothing is sent any more. */
  readonly isOver: () => boolean;
  /** Whether the outbox may send it. */
  readonly stays: (pending: Pending) => boolean;
  /** It does not: it is its owner's again. */
  readonly returned: (pending: Pending) => void;
  /** Its topic is missing, and is made: it waits for that, whoever keeps it. */
  readonly waits: (queue: TopicQueue, error: NorthwardError) => boolean;
  /** A topic is missing or forbidden. */
  readonly topicFault: (queue: TopicQueue, error: NorthwardError) => void;
}

export class SendingAgain {
  readonly #sender: Sender;
  readonly #packed: PackedRecords;
  readonly #hooks: SendingAgainHooks;
  readonly #resending: Resending;
  readonly #offsetsTold: boolean;
  /** The queues of messages of the present group of reports, each as often as it has such. */
  #decided: TopicQueue[] = [];

  constructor(
    clock: Clock,
    sender: Sender,
    packed: PackedRecords,
    link: ProducerLink,
    { makesTopics, offsetsTold }: OutboxLimits,
    hooks: SendingAgainHooks,
  ) {
    this.#sender = sender;
    this.#packed = packed;
    this.#hooks = hooks;
    this.#offsetsTold = offsetsTold;
    this.#resending = new Resending(clock, {
      putBack: (messages) => {
        this.#putBack(messages);
      },
      paused: (queue, error) => {
        const ofTopic = isTopicFault(error.code);
        // One that is to be made is told where that is refused.
        if (!makesTopics || error.code !== 'TOPIC_NOT_FOUND')
          link.onTopicFault(ofTopic ? topicFault(error) : error, ofTopic ? queue : null);
        if (ofTopic) hooks.topicFault(queue, error);
      },
      resume: (queue) => {
        sender.resume(queue);
      },
    });
  }

  /** Its report is there, which is told in a turn to come. If it may go again, nothing of its topic goes before that is decided. */
  reported(pending: Pending): void {
    const { queue } = pending;
    if (queue !== null && this.#mayGoAgain(pending)) queue.undecided += 1;
  }

  /** A message of the present group of reports is told. Call it before anything else is done about it. */
  decided(pending: Pending): void {
    const { queue } = pending;
    if (queue !== null && this.#mayGoAgain(pending)) this.#decided.push(queue);
  }

  /** A message of the present group of reports. @returns false: it does not go again, since it was refused alone, or its owner does not keep it */
  takes(pending: Pending, error: NorthwardError): boolean {
    const { failure, owner, queue } = pending;
    if (this.#packed.mayArriveInParts(pending, failure) && !this.#hooks.isOver()) {
      if (pending.together === 1) this.#resending.addParts(...this.#packed.divide(pending));
      else this.#resending.addRefused(pending);
      return true;
    }
    if (queue !== null && !this.#hooks.isOver() && this.#hooks.waits(queue, error)) {
      pending.resent ||= queue.mayHave(pending);
      this.#resending.addWaiting(pending);
      return true;
    }
    const refused = failure !== null && failure.refusal !== null;
    if ((refused && pending.together === 1) || owner.keeps?.(pending, error) !== true) return false;
    // What was refused did not arrive. What has no topic did not either, but for an earlier try, where its brokers lost sight of it since.
    if (!refused && (!isTopicFault(error.code) || queue?.mayHave(pending) === true)) pending.resent = true;
    if (refused) this.#resending.addRefused(pending);
    else this.#resending.add(pending, error);
    return true;
  }

  /** The client does not take it, or its topic is known not to. @returns whether its parts stand where it stood */
  inParts(pending: Pending, failure: DeliveryFailure): boolean {
    if (!this.#packed.mayArriveInParts(pending, failure) || this.#hooks.isOver()) return false;
    this.#sender.putBack(this.#packed.divide(pending));
    return true;
  }

  /** The group is told. @returns whether something of it goes again */
  putBack(): boolean {
    const any = this.#resending.putBack();
    const decided = this.#decided;
    if (decided.length === 0) return any;
    this.#decided = [];
    for (const queue of decided) {
      queue.undecided -= 1;
      if (queue.undecided === 0) this.#sender.ready(queue);
    }
    return any;
  }

  close(): void {
    this.#resending.close();
  }

  /** What is refused alone does not, but for its parts. A report without an offset may be no more than a guess. */
  #mayGoAgain({ failure, offset, together, events }: Pending): boolean {
    if (failure === null) return offset === null && this.#offsetsTold;
    return failure.refusal === null || together !== 1 || events > 1;
  }

  #putBack(messages: readonly Pending[]): void {
    const { stays, returned } = this.#hooks;
    this.#sender.putBack(messages.filter(stays));
    for (const pending of messages) if (!stays(pending)) returned(pending);
  }
}
