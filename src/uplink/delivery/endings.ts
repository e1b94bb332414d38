/** How a message leaves the outbox without a report that it arrived: with an error, or back to its owner, who keeps it. */
import type { NorthwardError } from '../../api/errors.js';
import type { Outcomes } from './outcomes.js';
import type { Pending } from './pending.js';
import type { PendingPool } from './pending-pool.js';
import type { Room } from './room.js';
import type { Sender } from './sender.js';

export class Endings {
  readonly #pool: PendingPool;
  readonly #sender: Sender;
  readonly #room: Room;
  readonly #outcomes: Outcomes;
  readonly #left: () => void;

  /** @param left one has left: it may have been the last */
  constructor(pool: PendingPool, sender: Sender, room: Room, outcomes: Outcomes, left: () => void) {
    this.#pool = pool;
    this.#sender = sender;
    this.#room = room;
    this.#outcomes = outcomes;
    this.#left = left;
  }

  /** The end of a message that waits. What was refused and goes again may stand before it. */
  endWaiting(pending: Pending, error: NorthwardError): void {
    this.#sender.remove(pending);
    this.#room.leave(pending);
    this.end(pending, error);
  }

  /** The end of a message that is not, or no longer, counted; its owner may keep it. */
  end(pending: Pending, error: NorthwardError): void {
    if (pending.owner.keeps?.(pending, error) !== true) {
      this.fail(pending, error);
      return;
    }
    this.#returned(pending);
    this.#left();
  }

  /** The same, whatever its owner would keep. */
  fail(pending: Pending, error: NorthwardError): void {
    this.#outcomes.failed(pending, error);
    this.#pool.give(pending);
    this.#left();
  }

  /** It is its owner's alone again. */
  giveBack(pending: Pending): void {
    this.#room.leave(pending);
    this.#returned(pending);
  }

  #returned(pending: Pending): void {
    pending.leave();
    if (pending.owner.returned === undefined) this.#pool.give(pending);
    else pending.owner.returned(pending);
  }
}
