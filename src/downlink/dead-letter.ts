/** A record that cannot be used → its dead letter (contract §6). Pure. */
import type { NorthwardError } from '../errors.js';
import type { ConsumedRecord } from '../kafka/consumer-port.js';
import type { OutboundRecord } from './outward.js';

/** Kafka's own limit for the length of an error text is far larger; readers want one line. */
const MAX_MESSAGE = 500;

/** Names of the headers that tell what happened. The record's own headers stand before them, as they were. */
export const DEAD_LETTER_HEADERS = {
  code: 'dl_error_code',
  message: 'dl_error_message',
  topic: 'dl_source_topic',
  partition: 'dl_source_partition',
  offset: 'dl_source_offset',
  attempts: 'dl_attempts',
  time: 'dl_time',
} as const;

/**
 * Original key, value, headers and timestamp, plus the headers above.
 *
 * @param attempts how often it was handed to the host; 0 where it could not be decoded
 * @param nowMs Unix ms
 */
export function deadLetterOf(
  record: ConsumedRecord,
  topic: string,
  error: NorthwardError,
  attempts: number,
  nowMs: number,
): OutboundRecord {
  const names = DEAD_LETTER_HEADERS;
  return {
    topic,
    key: record.key,
    value: record.value,
    timestampMs: record.timestampMs ?? nowMs,
    headers: [
      ...record.headers,
      [names.code, error.code],
      [names.message, error.message.slice(0, MAX_MESSAGE)],
      [names.topic, record.topic],
      [names.partition, String(record.partition)],
      [names.offset, String(record.offset)],
      [names.attempts, String(attempts)],
      [names.time, new Date(nowMs).toISOString()],
    ],
  };
}
