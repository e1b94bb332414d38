/** What the store gives of a record that it reads, or loses. */
import type { LossEntry } from '../api/store.js';
import type { LostRecord, StoredRecord } from './port.js';
import type { RecordCursor, Route } from './record-codec.js';

/** A copy of what the cursor stands at. */
export function storedRecord(
  position: number,
  cursor: RecordCursor,
  route: Route,
  life: number,
  wasOut: boolean,
): StoredRecord {
  return {
    topic: route.topic,
    key: route.key,
    headers: route.headers,
    kind: route.kind,
    deviceId: route.deviceId,
    deviceName: route.deviceName,
    value: cursor.value,
    packed: cursor.packed,
    timestampMs: cursor.timestampMs,
    life: cursor.life,
    sequence: cursor.sequence,
    acceptedAtMs: cursor.acceptedAtMs,
    handedOver: cursor.handedOver,
    position,
    maybeDuplicate: wasOut || cursor.handedOver,
    former: cursor.life !== life,
  };
}

export function lostRecord(position: number, cursor: RecordCursor, route: Route, life: number): Lost {
  return {
    position,
    life: cursor.life,
    sequence: cursor.sequence,
    headers: route.headers,
    kind: route.kind,
    events: cursor.events,
    former: cursor.life !== life,
    bytes: Math.max(0, cursor.valueLength) + (route.key?.length ?? 0),
    timestampMs: cursor.timestampMs,
    acceptedAtMs: cursor.acceptedAtMs,
  };
}

/** A record that will not arrive, with what the ledger wants of it. */
export interface Lost extends LostRecord {
  readonly bytes: number;
  readonly timestampMs: number;
  readonly acceptedAtMs: number;
}

/** How many events there were in them. */
export function eventsOf(lost: readonly LostRecord[]): number {
  let count = 0;
  for (const { events } of lost) count += events;
  return count;
}

/** Lost records of one kind, summed. */
export interface LossSum {
  readonly kind: LossEntry['kind'];
  count: number;
  bytes: number;
  firstMs: number;
  lastMs: number;
  /** The first position. */
  readonly from: number;
}

export function sumsOf(lost: readonly Lost[]): LossSum[] {
  const sums = new Map<string, LossSum>();
  for (const { kind, events, bytes, timestampMs, position } of lost) {
    let sum = sums.get(kind);
    if (sum === undefined) {
      sum = { kind, count: 0, bytes: 0, firstMs: Infinity, lastMs: -Infinity, from: position };
      sums.set(kind, sum);
    }
    sum.count += events;
    sum.bytes += bytes;
    sum.firstMs = Math.min(sum.firstMs, timestampMs);
    sum.lastMs = Math.max(sum.lastMs, timestampMs);
  }
  return [...sums.values()];
}
