/**
 * Records and routes as bytes. A route is what many records share: topic, key, headers, kind and device. It is written once a
 * segment; a record then names it by its number.
 */
import type { Id } from '../api/uplink.js';
import { RecordHeaders, type OutgoingKind, type RecordHeader } from '../record/outgoing-record.js';
import type { PackedEvents } from '../record/packed-events.js';
import { ByteReader, ByteWriter, Malformed } from './bytes.js';
import type { RecordToStore } from './port.js';

/** The shared part of a record. */
export type Route = Pick<RecordToStore, 'topic' | 'key' | 'headers' | 'kind' | 'deviceId' | 'deviceName'>;

const NULL = 0;
const NUMBER = 1;
const TEXT = 2;
const BYTES = 3;

export function writeRoute(to: ByteWriter, route: Route): void {
  to.text(route.topic);
  writeOptional(to, route.key);
  to.text(route.kind);
  writeId(to, route.deviceId);
  to.text(route.deviceName);
  to.varint(route.headers.timestampAt + 1);
  to.varint(route.headers.messageIdAt + 1);
  to.varint(route.headers.list.length);
  for (const [name, value] of route.headers.list) {
    to.text(name);
    to.byte(value === null ? NULL : typeof value === 'string' ? TEXT : BYTES);
    if (typeof value === 'string') to.text(value);
    else if (value !== null) to.sized(value);
  }
}

/** All of it is copied. */
export function readRoute(from: ByteReader): Route {
  const topic = from.text();
  const key = readOptional(from);
  const kind = from.text() as OutgoingKind;
  const deviceId = readId(from);
  const deviceName = from.text();
  const timestampAt = from.varint() - 1;
  const messageIdAt = from.varint() - 1;
  const headers: RecordHeader[] = [];
  for (let left = from.varint(); left > 0; left -= 1) headers.push([from.text(), readHeaderValue(from)]);
  const shared = new RecordHeaders(headers, timestampAt, messageIdAt);
  return { topic, key, kind, deviceId, deviceName, headers: shared };
}

function readHeaderValue(from: ByteReader): RecordHeader[1] {
  const tag = from.byte();
  if (tag === NULL) return null;
  return tag === TEXT ? from.text() : Buffer.from(from.sized());
}

function writeOptional(to: ByteWriter, bytes: Buffer | null): void {
  if (bytes === null) {
    to.varint(0);
    return;
  }
  to.varint(bytes.length + 1);
  to.raw(bytes);
}

function readOptional(from: ByteReader): Buffer | null {
  const length = from.varint();
  return length === 0 ? null : Buffer.from(from.raw(length - 1));
}

function writeId(to: ByteWriter, id: Id | null): void {
  to.byte(id === null ? NULL : typeof id === 'number' ? NUMBER : TEXT);
  if (typeof id === 'number') to.double(id);
  else if (id !== null) to.text(id);
}

function readId(from: ByteReader): Id | null {
  const tag = from.byte();
  if (tag === NULL) return null;
  return tag === NUMBER ? from.double() : from.text();
}

/** What a record in a frame differs from the one before in. The first one differs from zeros. */
export class Previous {
  sequence = 0;
  timestampMs = 0;
  acceptedAtMs = 0;
}

const HANDED_OVER = 1;
const HAS_VALUE = 2;
/** It is not of the life that wrote the segment: it was moved here. */
const OTHER_LIFE = 4;
const EXACT_TIMESTAMP = 8;
const EXACT_ACCEPTED = 16;
/** It holds several events. */
const PACKED = 32;
const ALL_MARKS = 63;
/** Differences up to here are written as such. */
const NEAR_MS = 0x3fff_ffff;

/** @param life of the segment */
export function writeRecord(
  to: ByteWriter,
  record: RecordToStore,
  route: number,
  life: number,
  before: Previous,
): void {
  const { value, sequence, timestampMs, acceptedAtMs, packed = null } = record;
  const timestamp = nearBy(before.timestampMs, timestampMs);
  const accepted = nearBy(before.acceptedAtMs, acceptedAtMs);
  to.byte(
    (record.handedOver ? HANDED_OVER : 0) |
      (value === null ? 0 : HAS_VALUE) |
      (record.life === life ? 0 : OTHER_LIFE) |
      (timestamp ? 0 : EXACT_TIMESTAMP) |
      (accepted ? 0 : EXACT_ACCEPTED) |
      (packed === null ? 0 : PACKED),
  );
  to.varint(route);
  if (record.life !== life) to.varint(record.life);
  to.signed(sequence - before.sequence);
  if (timestamp) to.signed(timestampMs - before.timestampMs);
  else to.double(timestampMs);
  if (accepted) to.signed(acceptedAtMs - before.acceptedAtMs);
  else to.double(acceptedAtMs);
  if (packed !== null) writePacked(to, packed, timestampMs);
  if (value !== null) to.sized(value);
  before.sequence = sequence;
  before.timestampMs = timestampMs;
  before.acceptedAtMs = acceptedAtMs;
}

/** @param timestampMs of the record: events of one are near to each other, at whole milliseconds */
function writePacked(to: ByteWriter, { lengths, timestamps }: PackedEvents, timestampMs: number): void {
  to.varint(lengths.length);
  lengths.forEach((length, index) => {
    to.varint(length);
    to.signed((timestamps[index] ?? timestampMs) - timestampMs);
  });
}

function readPacked(from: ByteReader, timestampMs: number): PackedEvents {
  const lengths: number[] = [];
  const timestamps: number[] = [];
  for (let left = from.varint(); left > 0; left -= 1) {
    lengths.push(from.varint());
    timestamps.push(timestampMs + from.signed());
  }
  return { lengths, timestamps };
}

/** Goes on behind it. @returns how many events there are */
function passPacked(from: ByteReader): number {
  const events = from.varint();
  for (let left = 2 * events; left > 0; left -= 1) from.varint();
  return events;
}

/** Whether the difference says it exactly: not so for what is far away, no whole number, or -0. */
function nearBy(before: number, value: number): boolean {
  const difference = value - before;
  if (!(difference <= NEAR_MS && difference >= -NEAR_MS)) return false;
  return Number.isInteger(difference) && Object.is(before + difference, value);
}

/** Reads the records of a frame one after the other into its own fields. */
export class RecordCursor {
  route = 0;
  life = 0;
  handedOver = false;
  /** -1: a tombstone. */
  valueLength = -1;
  /** How many it holds. */
  events = 1;
  readonly previous = new Previous();
  readonly #from: ByteReader;
  readonly #life: number;
  #flagsAt = 0;
  #valueAt = 0;
  /** -1: it is one event. */
  #packedAt = -1;

  /** @param life of the segment */
  constructor(from: ByteReader, life: number) {
    this.#from = from;
    this.#life = life;
  }

  get sequence(): number {
    return this.previous.sequence;
  }

  get timestampMs(): number {
    return this.previous.timestampMs;
  }

  get acceptedAtMs(): number {
    return this.previous.acceptedAtMs;
  }

  /** Throws Malformed. */
  next(): void {
    const from = this.#from;
    const { previous } = this;
    this.#flagsAt = from.at;
    const flags = from.byte();
    this.route = from.varint();
    this.life = (flags & OTHER_LIFE) === 0 ? this.#life : from.varint();
    this.handedOver = (flags & HANDED_OVER) !== 0;
    previous.sequence += from.signed();
    previous.timestampMs =
      (flags & EXACT_TIMESTAMP) === 0 ? previous.timestampMs + from.signed() : from.double();
    previous.acceptedAtMs =
      (flags & EXACT_ACCEPTED) === 0 ? previous.acceptedAtMs + from.signed() : from.double();
    this.#packedAt = (flags & PACKED) === 0 ? -1 : from.at;
    this.events = this.#packedAt === -1 ? 1 : passPacked(from);
    this.valueLength = (flags & HAS_VALUE) === 0 ? -1 : from.varint();
    this.#valueAt = this.valueLength === -1 ? from.at : from.pass(this.valueLength);
    if (flags > ALL_MARKS) throw new Malformed('a record has marks that are not known');
  }

  /** The events that it holds; `null`: it is one. */
  get packed(): PackedEvents | null {
    if (this.#packedAt === -1) return null;
    return readPacked(new ByteReader(this.#from.bytes, this.#packedAt), this.timestampMs);
  }

  /** A copy; `null`: a tombstone. */
  get value(): Buffer | null {
    if (this.valueLength === -1) return null;
    const value = Buffer.allocUnsafe(this.valueLength);
    this.#from.bytes.copy(value, 0, this.#valueAt, this.#valueAt + this.valueLength);
    return value;
  }

  /** Notes in the bytes of this record that a client may have it from now on. */
  noteHandedOver(): void {
    const { bytes } = this.#from;
    bytes[this.#flagsAt] = (bytes[this.#flagsAt] ?? 0) | HANDED_OVER;
  }
}
