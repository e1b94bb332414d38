import type { OutgoingKind } from '../record/outgoing-record.js';
import { bytesOf } from '../record/outgoing-record.js';
import type { ReadableLane } from '../store/open-to-read.js';
import type { StoredRecord } from '../store/port.js';

/** What waits of one kind in one lane. */
export interface StoreSum {
  readonly lane: string;
  /** For a topic that is missing. */
  readonly parked: boolean;
  readonly kind: OutgoingKind;
  messages: number;
  /** Of keys and values. */
  bytes: number;
  /** When the first and the last one was accepted, Unix ms. */
  oldestMs: number;
  newestMs: number;
}

/** What waits, by lane and kind. */
export class StoreSums {
  readonly #rows = new Map<string, StoreSum>();
  missing = 0;

  add({ name: lane, parked }: ReadableLane, record: StoredRecord): void {
    const { kind, acceptedAtMs } = record;
    const id = JSON.stringify([lane, parked, kind]);
    let row = this.#rows.get(id);
    if (row === undefined) {
      row = { lane, parked, kind, messages: 0, bytes: 0, oldestMs: Infinity, newestMs: -Infinity };
      this.#rows.set(id, row);
    }
    row.messages += 1;
    row.bytes += bytesOf(record);
    row.oldestMs = Math.min(row.oldestMs, acceptedAtMs);
    row.newestMs = Math.max(row.newestMs, acceptedAtMs);
  }

  addMissing(count: number): void {
    this.missing += count;
  }

  get rows(): readonly StoreSum[] {
    return [...this.#rows.values()];
  }

  get messages(): number {
    return this.rows.reduce((sum, { messages }) => sum + messages, 0);
  }
}
