/** A record that cannot be used → its dead letter (contract §6). Pure. */
import type { NorthwardError } from '../../api/errors.js';
import { carriesTimestamp, RecordHeaders, type OutgoingRecord } from '../../record/outgoing-record.js';
import type { IncomingRecord } from '../../record/incoming-record.js';
import { cut } from '../../api/reason.js';

/** Kafka's own limit for the length of an error text is far larger; readers want one line. */
const MAX_MESSAGE = 500;
const MAX_NAME = 100;
/** What the client puts in the place of bytes that are no UTF-8. */
const UNREADABLE = '\uFFFD';

/** Names of the headers that tell what happened. The record's own headers stand before them, as they were. */
export const DEAD_LETTER_HEADERS = {
  code: 'dl_error_code',
  message: 'dl_error_message',
  topic: 'dl_source_topic',
  partition: 'dl_source_partition',
  offset: 'dl_source_offset',
  attempts: 'dl_attempts',
  time: 'dl_time',
  changed: 'dl_changed',
} as const;

const names = DEAD_LETTER_HEADERS;

/**
 * Original key, value, headers and timestamp, plus the headers above; `dl_changed` only where the client cannot carry
 * something as it was.
 *
 * @param attempts how often it was handed to the host; 0 where it could not be decoded
 * @param nowMs Unix ms
 */
export function deadLetterOf(
  record: IncomingRecord,
  topic: string,
  error: NorthwardError,
  attempts: number,
  nowMs: number,
): OutgoingRecord {
  const changes = changesOf(record);
  return {
    topic,
    key: record.key,
    value: record.value,
    timestampMs: keepsTimestamp(record) ? record.timestampMs : nowMs,
    kind: 'dead_letter',
    deviceId: null,
    deviceName: '',
    headers: new RecordHeaders([
      ...record.headers,
      [names.code, error.code],
      [names.message, error.message.slice(0, MAX_MESSAGE)],
      [names.topic, record.topic],
      [names.partition, String(record.partition)],
      [names.offset, String(record.offset)],
      [names.attempts, String(attempts)],
      [names.time, new Date(nowMs).toISOString()],
      ...(changes === '' ? [] : [[names.changed, changes] as const]),
    ]),
  };
}

type Timed = IncomingRecord & { readonly timestampMs: number };

function keepsTimestamp(record: IncomingRecord): record is Timed {
  return record.timestampMs !== undefined && carriesTimestamp(record.timestampMs);
}

/** What of the record the client did not bring, or cannot send, as it was; `''`: nothing. */
function changesOf(record: IncomingRecord): string {
  const changes: string[] = [];
  if (!keepsTimestamp(record))
    changes.push(`timestamp: was ${record.timestampMs ?? 'none'}, is ${names.time}`);
  for (const [name, value] of record.headers) {
    if (value === null || value.length === 0)
      changes.push(`header ${shown(name)}: was empty or null, is empty`);
    if (name.includes(UNREADABLE)) changes.push(`header ${shown(name)}: its name may have been no UTF-8`);
  }
  return changes.join('; ').slice(0, MAX_MESSAGE);
}

function shown(name: string): string {
  return JSON.stringify(cut(name, MAX_NAME));
}
