import type { Pending, TopicQueue } from '../delivery/pending.js';
import type { RecordHeader, RecordHeaders } from '../../record/outgoing-record.js';
import { CLOSE, COMMA, OPEN } from '../../record/packed-events.js';

/** Events of one record are no farther apart: its timestamp stands for all of them, and brokers judge and delete by it. */
const MAX_SPREAD_MS = 86_400_000;

/** Events that wait for others, and the value that they have together so far. What is equal in all of them is as in the first. */
export class OpenPack {
  readonly messages: Pending[] = [];
  readonly lengths: number[] = [];
  readonly timestamps: number[] = [];
  /** What its events count in the room, as long as it is open. */
  counted = 0;
  /** Monotonic ms. */
  readonly deadline: number;
  /** Topic and key, where there is a key: no older record may be open with the same. */
  readonly place: string | null;
  /** Neighbours of the same kind, the oldest first. */
  older: OpenPack | null = null;
  newer: OpenPack | null = null;
  #first: Pending;
  /** Of its topic, where its events count from now on. */
  readonly #queue: TopicQueue | null;
  #bytes: Buffer;
  #used = 1;

  /** @param expectedBytes room to begin with */
  constructor(first: Pending, place: string | null, deadline: number, expectedBytes: number) {
    this.#first = first;
    this.#queue = first.queue;
    this.place = place;
    this.deadline = deadline;
    this.#bytes = Buffer.allocUnsafe(Math.max(expectedBytes, (first.value?.length ?? 0) + 1));
    this.#bytes[0] = OPEN;
    this.add(first);
  }

  get first(): Pending {
    return this.#first;
  }

  /** Of the value, with its brackets. */
  get bytes(): number {
    return this.#used + 1;
  }

  /** Whether the event may be in this record: it differs in nothing but its values and its time. */
  isLike(pending: Pending): boolean {
    const first = this.#first;
    return (
      pending.topic === first.topic &&
      isSameKey(pending.key, first.key) &&
      pending.deviceName === first.deviceName &&
      pending.untilStored === first.untilStored &&
      Math.abs(pending.timestampMs - first.timestampMs) <= MAX_SPREAD_MS &&
      (pending.headers === first.headers || areSameHeaders(pending.headers, first.headers))
    );
  }

  /** Bytes of the value with this event. */
  bytesWith({ value }: Pending): number {
    return this.bytes + 1 + (value?.length ?? 0) - 2;
  }

  /** Copies what the event says: its value is not touched after that. */
  add(pending: Pending): void {
    const { value } = pending;
    if (value === null) throw new Error('an event without a value cannot share a record');
    const length = value.length - 2;
    if (length > 0) {
      this.#reserve(length + 1);
      if (this.#used > 1) this.#bytes[this.#used++] = COMMA;
      value.copy(this.#bytes, this.#used, 1, value.length - 1);
      this.#used += length;
    }
    this.messages.push(pending);
    this.counted += pending.bytes;
    this.lengths.push(length);
    this.timestamps.push(pending.timestampMs);
    pending.value = null;
    pending.queue = null;
    if (this.#queue !== null) this.#queue.furtherEvents += 1;
  }

  /** The value of the record. Nothing can be added any more. */
  close(): Buffer {
    this.#bytes[this.#used] = CLOSE;
    if (this.#queue !== null) this.#queue.furtherEvents -= this.messages.length;
    return this.#bytes.subarray(0, this.bytes);
  }

  /** So many more bytes, and the bracket at the end. */
  #reserve(more: number): void {
    const needed = this.#used + more + 1;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.#bytes.length));
    this.#bytes.copy(larger, 0, 0, this.#used);
    this.#bytes = larger;
  }
}

function isSameKey(a: Buffer | null, b: Buffer | null): boolean {
  return a === b || (a !== null && b !== null && a.equals(b));
}

/** All but the value of `ts_ms`, which is the timestamp of the record. */
function areSameHeaders(a: RecordHeaders, b: RecordHeaders): boolean {
  if (a.timestampAt !== b.timestampAt || a.messageIdAt !== b.messageIdAt) return false;
  return (
    a.list.length === b.list.length &&
    a.list.every((header, at) => at === a.timestampAt || isSameHeader(header, b.list[at]))
  );
}

function isSameHeader([name, value]: RecordHeader, other: RecordHeader | undefined): boolean {
  if (other === undefined || name !== other[0]) return false;
  const [, its] = other;
  if (typeof value === 'string' || typeof its === 'string') return value === its;
  return isSameKey(value, its);
}
