/** The outcomes of one `publishBatch`, in the order of its events. */
import { PublishError, type NorthwardError } from '../api/errors.js';
import type { Receipt, UplinkEvent, Outcome } from '../api/uplink.js';
import { reasonOf } from '../api/reason.js';
import { FieldError } from './event/check.js';
import type { Owner, OwnerSlots } from './delivery/owner.js';

/** So many events are taken at once; a list that never ends must not fill the memory. */
const MAX_BATCH = 1_000_000;

/** The events of a batch, in a list that the host does not have. Throws PublishError. */
export function copyEvents(events: unknown): UplinkEvent[] {
  try {
    if (!Array.isArray(events)) throw new FieldError('events', 'a list', events);
    const { length } = events;
    if (length > MAX_BATCH) throw new FieldError('events', `at most ${MAX_BATCH}`, length);
    const copy: UplinkEvent[] = [];
    for (let i = 0; i < length; i += 1) copy.push((events as UplinkEvent[])[i] as UplinkEvent);
    return copy;
  } catch (cause) {
    throw new PublishError('EVENT_INVALID', `publishBatch(): ${reasonOf(cause)}`, { cause });
  }
}

export class BatchOutcomes implements Owner {
  readonly untilStored: boolean;
  readonly #outcomes: Outcome[];
  readonly #resolve: (outcomes: Outcome[]) => void;
  #missing: number;

  constructor(size: number, untilStored: boolean, resolve: (outcomes: Outcome[]) => void) {
    this.untilStored = untilStored;
    this.#outcomes = new Array<Outcome>(size);
    this.#missing = size;
    this.#resolve = resolve;
  }

  delivered({ index }: OwnerSlots, receipt: Receipt): void {
    this.#settle(index, receipt);
  }

  failed({ index }: OwnerSlots, error: NorthwardError): void {
    this.#settle(index, { status: 'failed', error });
  }

  #settle(index: number, outcome: Outcome): void {
    this.#outcomes[index] = outcome;
    this.#missing -= 1;
    if (this.#missing === 0) this.#resolve(this.#outcomes);
  }
}
