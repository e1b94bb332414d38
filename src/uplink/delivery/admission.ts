/** What may not enter the queue at all, whatever room there is. */
import type { NorthwardError } from '../../api/errors.js';
import { carriesTimestamp } from '../../record/outgoing-record.js';
import type { ErrorOf, OutboxLimits } from './limits.js';
import type { Pending, TopicQueue } from './pending.js';
import { errorFor } from './receipts.js';
import type { Shares } from './room.js';
import type { TopicFaults } from './topic-faults.js';

export class Admission {
  readonly #limits: OutboxLimits;
  readonly #shares: Shares;
  readonly #faults: TopicFaults;
  readonly #stores: boolean;
  #closed: ErrorOf | null = null;
  #delivers = false;

  /** @param stores there is a store, which takes what a topic in doubt would hold too much of */
  constructor(limits: OutboxLimits, shares: Shares, faults: TopicFaults, stores: boolean) {
    this.#limits = limits;
    this.#stores = stores;
    this.#shares = shares;
    this.#faults = faults;
  }

  /** Why the message is refused; `null`: it may enter when there is room. */
  refusal(pending: Pending, queue: TopicQueue): NorthwardError | null {
    if (this.#closed !== null) return this.#closed(pending);
    if (pending.mustBeStored && !this.#stores) return notConfigured(pending);
    const most = Math.min(this.#limits.maxMessageBytes, this.#limits.maxBytes);
    if (pending.bytes > most) {
      return errorFor(pending, 'MESSAGE_TOO_LARGE', `${pending.bytes} bytes, the limit is ${most}`);
    }
    if (!carriesTimestamp(pending.timestampMs)) return notCarried(pending);
    if (!this.#stores && this.#shares.queueShareSpent(queue, this.#delivers)) {
      const detail = 'the topic holds its share of uplink.queue, and no record arrived there yet';
      return errorFor(pending, 'QUEUE_FULL', detail);
    }
    return this.#faults.refusal(pending, queue);
  }

  /** Records do arrive somewhere: a topic where none ever did is in doubt from now on. */
  somethingArrived(): void {
    this.#delivers = true;
  }

  /** Nothing enters any more. */
  close(errorOf: ErrorOf): void {
    this.#closed = errorOf;
  }
}

function notConfigured(pending: Pending): NorthwardError {
  const hint = "Configure uplink.store, or publish without until: 'stored'.";
  return errorFor(
    pending,
    'STORE_DEGRADED',
    "until: 'stored' needs uplink.store, which is not configured",
    undefined,
    hint,
  );
}

/** Sent, it would be stored with another time than its receipt says. */
function notCarried(pending: Pending): NorthwardError {
  const field = pending.kind === 'write_point_response' ? 'completedAt' : 'timestamp';
  const ms = pending.timestampMs;
  const instead = ms === 0 ? 'with the present time' : 'as a record without a timestamp';
  const detail = `${field}: expected anything but 0 and -1 ms since 1970; found ${ms}, which would be stored ${instead}`;
  const hint = `Set ${field}, or leave it out for now. A clock that was never set is the usual reason.`;
  return errorFor(pending, 'EVENT_INVALID', detail, undefined, hint);
}
