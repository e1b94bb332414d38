import { ByteWriter } from './bytes.js';
import { writeRoute, type Route } from './record-codec.js';
import type { RecordToStore } from './port.js';
import { bytesOf, type OutgoingKind } from '../record/outgoing-record.js';

/** With more routes than these, or more bytes of them, the table begins again with the next frame: keys that never repeat stay bounded. */
const MOST_ROUTES = 4_096;
const MOST_BYTES = 1024 * 1024;

/** A route in this segment, and what was written of it. */
export interface NumberedRoute {
  readonly number: number;
  readonly route: Route;
  readonly tally: Tally;
}

/** What a segment holds of one kind. */
export interface Tally {
  readonly kind: OutgoingKind;
  count: number;
  bytes: number;
  firstMs: number;
  lastMs: number;
}

/** The routes of a segment that is being written. */
export class RouteTable {
  readonly tallies = new Map<OutgoingKind, Tally>();
  /** Routes below it are not used any more. */
  base = 0;
  /** By key, or by headers where there is no key: mostly the same object each time. */
  readonly #byIdentity = new Map<object, NumberedRoute>();
  readonly #byContent = new Map<string, NumberedRoute>();
  #byNumber = new Map<number, NumberedRoute>();
  readonly #scratch = new ByteWriter(512);
  #next = 0;
  #bytes = 0;

  /** All definitions that may still be used. */
  get definitions(): Buffer {
    const all = new ByteWriter(1_024);
    for (const { number, route } of this.#byNumber.values()) this.#define(number, route, all);
    return all.written;
  }

  /** What a frame that begins now may name; it stays as it is when the table begins again. */
  beginFrame(): ReadonlyMap<number, NumberedRoute> {
    if (this.#byContent.size >= MOST_ROUTES || this.#bytes > MOST_BYTES) this.#beginAgain();
    return this.#byNumber;
  }

  /** The number of the record's route; a new one is defined in `into`. Counts the record. */
  numberOf(record: RecordToStore, into: ByteWriter): number {
    const identity = record.key ?? record.headers;
    let known = this.#byIdentity.get(identity);
    if (known === undefined || !isSame(known.route, record)) {
      known = this.#byItsContent(record, into);
      this.#byIdentity.set(identity, known);
    }
    count(known.tally, record);
    return known.number;
  }

  #byItsContent(record: RecordToStore, into: ByteWriter): NumberedRoute {
    this.#scratch.clear();
    writeRoute(this.#scratch, record);
    const content = this.#scratch.written.toString('latin1');
    const known = this.#byContent.get(content);
    if (known !== undefined) {
      if (this.#byIdentity.size > 2 * MOST_ROUTES) this.#byIdentity.clear();
      return known;
    }
    this.#bytes += content.length;
    const added = { number: this.#next, route: copyOf(record), tally: this.#tallyOf(record.kind) };
    this.#next += 1;
    this.#byContent.set(content, added);
    this.#byNumber.set(added.number, added);
    into.varint(added.number);
    into.sized(this.#scratch.written);
    return added;
  }

  #define(number: number, route: Route, into: ByteWriter): void {
    this.#scratch.clear();
    writeRoute(this.#scratch, route);
    into.varint(number);
    into.sized(this.#scratch.written);
  }

  #beginAgain(): void {
    this.base = this.#next;
    this.#bytes = 0;
    this.#byIdentity.clear();
    this.#byContent.clear();
    this.#byNumber = new Map();
  }

  #tallyOf(kind: OutgoingKind): Tally {
    let tally = this.tallies.get(kind);
    if (tally === undefined) {
      tally = { kind, count: 0, bytes: 0, firstMs: Infinity, lastMs: -Infinity };
      this.tallies.set(kind, tally);
    }
    return tally;
  }
}

function isSame(route: Route, record: RecordToStore): boolean {
  return (
    route.headers === record.headers &&
    route.topic === record.topic &&
    route.deviceName === record.deviceName &&
    route.deviceId === record.deviceId &&
    route.kind === record.kind
  );
}

/** The key is the caller's, who may use its bytes again. */
function copyOf({ topic, key, headers, kind, deviceId, deviceName }: Route): Route {
  return { topic, key: key === null ? null : Buffer.from(key), headers, kind, deviceId, deviceName };
}

function count(tally: Tally, record: RecordToStore): void {
  tally.count += 1;
  tally.bytes += bytesOf(record);
  if (record.timestampMs < tally.firstMs) tally.firstMs = record.timestampMs;
  if (record.timestampMs > tally.lastMs) tally.lastMs = record.timestampMs;
}
