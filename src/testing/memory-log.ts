/** The records of one partition in memory. */
import { carriedName } from '../record/outgoing-record.js';
import type { TopicPartition } from '../kafka/port/consumer-port.js';
import type { IncomingRecord } from '../record/incoming-record.js';

export const nameOf = ({ topic, partition }: TopicPartition): string => `${topic} ${partition}`;

export interface NewRecord {
  readonly value: Uint8Array | string | null;
  readonly key?: Uint8Array | string | null | undefined;
  readonly headers?: readonly (readonly [name: string, value: Uint8Array | string | null])[] | undefined;
  readonly timestampMs?: number | undefined;
}

export class MemoryLog {
  #records: IncomingRecord[] = [];
  #low = 0;
  #next = 0;
  #epoch = 0;
  /** Where each leader epoch that is over ends. */
  readonly #ends = new Map<number, number>();

  /** The first offset that is there. */
  get low(): number {
    return this.#low;
  }

  /** The offset that the next record gets. */
  get next(): number {
    return this.#next;
  }

  /** Leader epoch of the records that come. */
  get epoch(): number {
    return this.#epoch;
  }

  /** How much of a log that was read in this epoch is still here. */
  endOf(epoch: number): number {
    let end = this.#next;
    for (const [each, at] of this.#ends) if (each >= epoch) end = Math.min(end, at);
    return end;
  }

  /** Another leader, which has nothing from `end` on. */
  elect(end = this.#next): void {
    this.#records = this.#records.filter(({ offset }) => offset < end);
    this.#ends.set(this.#epoch, end);
    this.#next = end;
    this.#epoch += 1;
  }

  /** An offset without a record, as at the end of a transaction. */
  appendControl(): void {
    this.#next += 1;
  }

  /** @returns its offset */
  append({ topic, partition }: TopicPartition, record: NewRecord, nowMs: number): number {
    const offset = this.#next;
    this.#next += 1;
    this.#records.push({
      topic,
      partition,
      offset,
      key: bytesOf(record.key ?? null),
      value: bytesOf(record.value),
      // As the native client brings them: null as empty, names as far as it can tell them.
      headers: (record.headers ?? []).map(
        ([name, value]) => [carriedName(name), bytesOf(value ?? '')] as const,
      ),
      timestampMs: record.timestampMs === -1 ? undefined : (record.timestampMs ?? nowMs),
      leaderEpoch: this.#epoch,
    });
    return offset;
  }

  read(from: number, max: number): IncomingRecord[] {
    const first = this.#records.findIndex(({ offset }) => offset >= from);
    return first === -1 ? [] : this.#records.slice(first, first + max);
  }

  /** Everything below `offset` is gone. */
  truncate(offset: number): void {
    this.#low = offset;
    this.#next = Math.max(this.#next, offset);
    this.forget(offset);
  }

  /** Nobody reads what is below `offset` again. */
  forget(below: number): void {
    this.#records = this.#records.filter(({ offset }) => offset >= below);
  }
}

function bytesOf(bytes: Uint8Array | string | null): Buffer | null {
  return bytes === null ? null : Buffer.from(bytes as string);
}
