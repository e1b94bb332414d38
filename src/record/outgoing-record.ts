/**
 * A record on its way to Kafka, whoever made it: an event of the host, a reply, a dead letter. It is plain data, so that
 * every stage between mapping and client can hold it, write it down and hand it on.
 */
import type { MappedKind } from '../api/kinds.js';
import type { Id } from '../api/uplink.js';

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
}

/** A string goes out as UTF-8. */
export type RecordHeader = readonly [name: string, value: string | Buffer | null];

/** Its value is the timestamp of the record. */
export const TIMESTAMP_HEADER = 'ts_ms';

/**
 * The headers of a record, in order. All records of a route share one object: the only thing in which theirs differ is the
 * value of `ts_ms`, and that is the timestamp of the record.
 */
export class RecordHeaders {
  readonly list: readonly RecordHeader[];
  /** Place of `ts_ms` in the list; -1: there is none. */
  readonly timestampAt: number;
  /** What a port has made of them, kept for the next record that has the same. No business of anybody else. */
  portForm: unknown = undefined;

  /** @param timestampAt place of the header whose value is the record's timestamp */
  constructor(list: readonly RecordHeader[], timestampAt = -1) {
    this.list = list;
    this.timestampAt = timestampAt;
  }
}

export const NO_HEADERS = new RecordHeaders([]);

/** What its headers are made of. */
type WithHeaders = Pick<OutgoingRecord, 'headers' | 'timestampMs'>;

/** The headers of one record: `ts_ms` has its value. */
export function headersOf({ headers, timestampMs }: WithHeaders): RecordHeader[] {
  return headers.list.map((header, at) =>
    at === headers.timestampAt ? [header[0], `${timestampMs}`] : header,
  );
}

/** The headers of one record by name, as texts. */
export function headerTexts(record: WithHeaders): Record<string, string> {
  return Object.fromEntries(headersOf(record).map(([name, value]) => [name, String(value ?? '')]));
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
