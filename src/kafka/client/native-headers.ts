/**
 * Record headers as the native client takes them: an array of objects with one property each. It copies them before `produce()`
 * returns, so one array serves all records of a route, and only the values of `ts_ms` and `message_id` are changed in it.
 */
import {
  MESSAGE_ID_HEADER,
  TIMESTAMP_HEADER,
  type RecordHeader,
  type RecordHeaders,
} from '../../record/outgoing-record.js';

export type NativeHeaders = Array<Record<string, string | Buffer>>;

interface NativeForm {
  readonly headers: NativeHeaders;
  readonly timestamp: Record<string, string | Buffer> | undefined;
  readonly messageId: Record<string, string | Buffer> | undefined;
}

/** Texts of timestamps: events of one moment come in a row. */
let lastMs = Number.NaN;
let lastDigits = '';

/** `undefined`: none. Holds until the next call with the same headers. */
export function nativeHeaders(
  headers: RecordHeaders,
  timestampMs: number,
  messageId = '',
): NativeHeaders | undefined {
  if (headers.list.length === 0) return undefined;
  const form = (headers.portForm ??= nativeFormOf(headers)) as NativeForm;
  if (form.timestamp !== undefined) {
    if (timestampMs !== lastMs) {
      lastMs = timestampMs;
      lastDigits = `${timestampMs}`;
    }
    form.timestamp[TIMESTAMP_HEADER] = lastDigits;
  }
  if (form.messageId !== undefined) form.messageId[MESSAGE_ID_HEADER] = messageId;
  return form.headers;
}

function nativeFormOf({ list, timestampAt, messageIdAt }: RecordHeaders): NativeForm {
  const headers = list.map(nativeHeader);
  return { headers, timestamp: headers[timestampAt], messageId: headers[messageIdAt] };
}

/** The client cuts a string at NUL, refuses null, and sends an empty Buffer, but not an empty string, as null. */
function nativeHeader([name, value]: RecordHeader): Record<string, string | Buffer> {
  if (value === null || value.length === 0) return { [name]: '' };
  return { [name]: typeof value === 'string' && value.includes('\0') ? Buffer.from(value) : value };
}
