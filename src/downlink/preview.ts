import { types } from 'node:util';
import type { DownlinkPreview, DownlinkRecord, RecordBytes } from '../api/commands.js';
import { DecodeError } from '../api/errors.js';
import { reasonOf } from '../api/reason.js';
import { decodeRecord } from './decode/decode.js';
import type { RecordContent } from '../record/incoming-record.js';
import type { RouteTable } from './decode/routes.js';

/**
 * Tells what would become of a record, without a broker.
 *
 * @param nowMs the timestamp of a record that has none, Unix ms
 */
export function previewRecord(table: RouteTable, record: DownlinkRecord, nowMs?: number): DownlinkPreview {
  let read: RecordContent;
  try {
    read = inbound(record, nowMs);
  } catch (cause) {
    const message = `previewDownlink(): the record cannot be read: ${reasonOf(cause)}`;
    return { outcome: 'error', error: new DecodeError('COMMAND_INVALID', message, { cause }) };
  }
  const decoded = decodeRecord(table, read);
  if (decoded.outcome !== 'event') return decoded;
  const { route: _, ...event } = decoded;
  return event;
}

function inbound(record: DownlinkRecord, nowMs: number | undefined): RecordContent {
  return {
    topic: record.topic,
    key: bytesOf(record.key),
    value: bytesOf(record.value),
    headers: headersOf(record.headers ?? []),
    timestampMs: record.timestampMs ?? nowMs,
  };
}

/** More headers than a record of Kafka's usual size has room for. */
const MOST_HEADERS = 1_000_000;

function headersOf(given: NonNullable<DownlinkRecord['headers']>): RecordContent['headers'] {
  const { length } = given;
  if (!Array.isArray(given) || length > MOST_HEADERS) {
    throw new TypeError(`expected a list of at most ${MOST_HEADERS} headers`);
  }
  return Array.from({ length }, (_, i) => {
    const [name, value] = given[i] as (typeof given)[number];
    return [name, bytesOf(value)] as const;
  });
}

function bytesOf(value: RecordBytes | undefined): Uint8Array | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return Buffer.from(value);
  if (!types.isUint8Array(value)) throw new TypeError('expected a string, bytes or null');
  return value;
}
