import type { NorthwardError } from '../../api/errors.js';
import type { Receipt } from '../../api/uplink.js';
import { valueOfEvents } from '../../record/packed-events.js';
import { messageIdAfter } from '../../store/port.js';
import type { Outcomes } from '../delivery/outcomes.js';
import type { Owner } from '../delivery/owner.js';
import type { Pending } from '../delivery/pending.js';

/** The messages of a record with several events: how it ended is told to each of them, with what is its own. */
export class PackedMessages implements Owner {
  readonly #messages: readonly Pending[];
  readonly #outcomes: Outcomes;
  readonly #release: (message: Pending) => void;

  /** @param messages in the order of the record's events */
  constructor(messages: readonly Pending[], outcomes: Outcomes, release: (message: Pending) => void) {
    this.#messages = messages;
    this.#outcomes = outcomes;
    this.#release = release;
  }

  delivered(_record: Pending, receipt: Receipt): void {
    let index = 0;
    for (const message of this.#messages) {
      message.owner.delivered(message, receiptOf(receipt, index));
      this.#release(message);
      index += 1;
    }
  }

  failed(record: Pending, error: NorthwardError): void {
    this.#end(record, (message) => {
      this.#outcomes.failed(message, error);
    });
  }

  evicted(record: Pending, error: NorthwardError): void {
    this.#end(record, (message) => {
      this.#outcomes.countFailed(error);
      message.owner.failed(message, error);
    });
  }

  divided(_record: Pending, first: Pending, second: Pending): void {
    this.#give(first, this.#messages.slice(0, first.events));
    this.#give(second, this.#messages.slice(first.events));
  }

  #end(record: Pending, end: (message: Pending) => void): void {
    const { value, packed, messageId } = record;
    let index = 0;
    for (const message of this.#messages) {
      // The record that this event would have had alone.
      message.messageId = messageIdAfter(messageId, index);
      if (value !== null && packed !== null) message.value = valueOfEvents(value, packed, index, index + 1);
      end(message);
      this.#release(message);
      index += 1;
    }
  }

  #give(part: Pending, messages: readonly Pending[]): void {
    const [only, another] = messages;
    if (only === undefined || another !== undefined) {
      part.owner = new PackedMessages(messages, this.#outcomes, this.#release);
      return;
    }
    part.owner = only.owner;
    part.promise = only.promise;
    part.resolve = only.resolve;
    part.reject = only.reject;
    part.index = only.index;
    this.#release(only);
  }
}

/** Of the message at this place of the record. */
function receiptOf(receipt: Receipt, index: number): Receipt {
  if (index === 0) return receipt;
  return receipt.status === 'stored' ? { ...receipt, id: messageIdAfter(receipt.id, index) } : { ...receipt };
}
