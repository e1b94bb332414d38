import { bytesOf } from '../record/outgoing-record.js';
import { eventsIn } from '../record/packed-events.js';
import type { StoredRecord } from './port.js';

/** What may be taken at a time, and how much of that is left. The record that reaches a bound is the last. */
export class Portion {
  #records: number;
  #bytes: number;
  #events: number;

  constructor(records: number, bytes = Infinity, events = Infinity) {
    this.#records = records;
    this.#bytes = bytes;
    this.#events = events;
  }

  get isFull(): boolean {
    return this.#records <= 0 || this.#bytes <= 0 || this.#events <= 0;
  }

  add(record: StoredRecord): void {
    this.#records -= 1;
    this.#bytes -= bytesOf(record);
    this.#events -= eventsIn(record.packed);
  }
}
