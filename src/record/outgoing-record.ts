/**
 * A record on its way to Kafka, whoever made it: an event of the host, a reply, a dead letter. It is plain data, so that
 * every stage between mapping and client can hold it, write it down and hand it on.
 */
import type { MappedKind } from '../api/kinds.js';
import type { Id } from '../api/uplink.js';
import type { PackedEvents } from './packed-events.js';

/** What a record is about; Kafka does not hear of it. */
export type OutgoingKind = MappedKind | 'dead_letter';

export interface OutgoingRecord {
  readonly topic: string;
  readonly key: Buffer | null;
  /** `null`: a tombstone. */
  readonly value: Buffer | null;
  readonly headers: RecordHeaders;
  /** Unix ms. */
  readonly timestampMs: number;
  readonly kind: OutgoingKind;
  /** Whose event it is; `null`: nobody's. */
  readonly deviceId: Id | null;
  /** `""` where the kind has none. */
  readonly deviceName: string;
  /** What the store calls the message, for the header `message_id`; absent or `""`: no store has taken it. */
  readonly messageId?: string | undefined;
  /** Where the events are that it holds; absent or `null`: it is one. */
  readonly packed?: PackedEvents | null | undefined;
}

/** What all records have in common, to be filled. */
export type RecordFields = {
  -readonly [Field in keyof Omit<OutgoingRecord, 'messageId' | 'packed'>]: OutgoingRecord[Field];
};

/** Makes one record of another; buffers and headers are shared. */
export function copyRecord(into: RecordFields, from: RecordFields): void {
  into.topic = from.topic;
  into.key = from.key;
  into.value = from.value;
  into.headers = from.headers;
  into.timestampMs = from.timestampMs;
  into.kind = from.kind;
  into.deviceId = from.deviceId;
  into.deviceName = from.deviceName;
}

/** A string goes out as UTF-8. */
export type RecordHeader = readonly [name: string, value: string | Buffer | null];

/** Its value is the timestamp of the record. */
export const TIMESTAMP_HEADER = 'ts_ms';

/** Its value is the `messageId` of the record, `""` where it has none. */
export const MESSAGE_ID_HEADER = 'message_id';

/** Says that a record comes from disk, later than live ones. */
const REPLAYED_HEADER = 'replayed';

/**
 * The headers of a record, in order. All records of a route share one object: the only things in which theirs differ are the
 * values of `ts_ms` and `message_id`, and those are the timestamp and the id of the record.
 */
export class RecordHeaders {
  readonly list: readonly RecordHeader[];
  /** Place of `ts_ms` in the list; -1: there is none. */
  readonly timestampAt: number;
  /** Place of `message_id` in the list; -1: there is none. */
  readonly messageIdAt: number;
  /** What a port has made of them, kept for the next record that has the same. No business of anybody else. */
  portForm: unknown = undefined;
  #replayed: RecordHeaders | null = null;
  #withIdStart: RecordHeaders | null = null;

  /**
   * @param timestampAt place of the header whose value is the record's timestamp
   * @param messageIdAt place of the header whose value is the record's id
   */
  constructor(list: readonly RecordHeader[], timestampAt = -1, messageIdAt = -1) {
    this.list = list;
    this.timestampAt = timestampAt;
    this.messageIdAt = messageIdAt;
  }

  /** These with one more at the end, which takes the place of one that has its name. */
  with(name: string, value: string): RecordHeaders {
    const others = this.list.filter(([each]) => each !== name);
    const placeOf = (at: number): number => others.findIndex((header) => header === this.list[at]);
    return new RecordHeaders(
      [...others, [name, value]],
      placeOf(this.timestampAt),
      placeOf(this.messageIdAt),
    );
  }

  /** What the ids of these records begin with, in the place where the id will stand; `""`: with the names of their store and its life. */
  get idStart(): string {
    const value = this.list[this.messageIdAt]?.[1];
    return typeof value === 'string' ? value : '';
  }

  /** These, of records whose ids begin with that; the last one is kept, so that all records of a route share it. */
  withIdStart(start: string): RecordHeaders {
    let made = this.#withIdStart;
    if (made === null || made.idStart !== start) {
      const { list, timestampAt, messageIdAt } = this;
      const changed = list.map((header, at) => (at === messageIdAt ? ([header[0], start] as const) : header));
      made = new RecordHeaders(changed, timestampAt, messageIdAt);
      this.#withIdStart = made;
    }
    return made;
  }

  /** These with the mark of a replay; made once, so that all replayed records of a route share them as well. */
  get replayed(): RecordHeaders {
    if (this.#replayed === null) {
      this.#replayed = this.with(REPLAYED_HEADER, 'true');
      this.#replayed.#replayed = this.#replayed;
    }
    return this.#replayed;
  }
}

export const NO_HEADERS = new RecordHeaders([]);

/** What its headers are made of. */
type WithHeaders = Pick<OutgoingRecord, 'headers' | 'timestampMs' | 'messageId'>;

/** The headers of one record: `ts_ms` and `message_id` have their values. */
export function headersOf({ headers, timestampMs, messageId = '' }: WithHeaders): RecordHeader[] {
  return headers.list.map((header, at) => {
    if (at === headers.timestampAt) return [header[0], `${timestampMs}`];
    return at === headers.messageIdAt ? [header[0], messageId] : header;
  });
}

/** The headers of one record by name, as texts. */
export function headerTexts(record: WithHeaders): Record<string, string> {
  return textsOf(headersOf(record));
}

/** Those of a message that nothing has taken yet: without `message_id`, since it has none. */
export function previewHeaders(record: WithHeaders): Record<string, string> {
  return textsOf(headersOf(record).filter((_, at) => at !== record.headers.messageIdAt));
}

function textsOf(headers: readonly RecordHeader[]): Record<string, string> {
  return Object.fromEntries(headers.map(([name, value]) => [name, String(value ?? '')]));
}

/** What a record counts against the bounds of queues. */
export function bytesOf({ value, key }: Pick<OutgoingRecord, 'value' | 'key'>): number {
  return (value?.length ?? 0) + (key?.length ?? 0);
}

/**
 * What the native client does to a record on its way, both ways, where that is not plain (docs/design.md lists the
 * traps). The ports in memory do the same, so that a test of a host sees what Kafka would get.
 */

/** A timestamp of 0 becomes the present time in the client; -1 is Kafka's own mark for "none". */
export function carriesTimestamp(ms: number): boolean {
  return ms !== 0 && ms !== -1;
}

/** The client ends a name at NUL; half a surrogate pair becomes U+FFFD. */
export function carriedName(name: string): string {
  const end = name.indexOf('\0');
  return Buffer.from(end === -1 ? name : name.slice(0, end)).toString();
}

/** Whether the name of a header arrives as it is. */
export function carriesName(name: string): boolean {
  return carriedName(name) === name;
}
