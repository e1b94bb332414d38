/** A record of the downlink as a person writes it down → one as the library takes it. */
import type { DownlinkRecord } from '../api/commands.js';
import { UsageError } from './command.js';
import { jsonText } from './escape.js';

/** @throws UsageError, which names the file and the field */
export function toRecord(json: unknown, file: string): DownlinkRecord {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new UsageError(`${file}: expected an object with topic and value`);
  }
  const { topic, key, value, headers, timestampMs } = json as Readonly<Record<string, unknown>>;
  if (typeof topic !== 'string') throw new UsageError(`${file}: topic: expected a text`);
  if (value === undefined) throw new UsageError(`${file}: value: expected a text, JSON, or null`);
  if (timestampMs !== undefined && typeof timestampMs !== 'number') {
    throw new UsageError(`${file}: timestampMs: expected Unix milliseconds`);
  }
  return {
    topic,
    value: bytesOf(value),
    ...(key === undefined ? {} : { key: bytesOf(key) }),
    ...(headers === undefined ? {} : { headers: headersOf(headers, file) }),
    ...(timestampMs === undefined ? {} : { timestampMs }),
  };
}

/** A text as it is; other JSON as its text. */
function bytesOf(json: unknown): string | null {
  return json === null || typeof json === 'string' ? json : jsonText(json);
}

function headersOf(json: unknown, file: string): [name: string, value: string | null][] {
  if (typeof json !== 'object' || json === null) {
    throw new UsageError(`${file}: headers: expected {"name": "text"}, or a list of ["name", "text"]`);
  }
  const pairs: readonly unknown[] = Array.isArray(json) ? json : Object.entries(json);
  return pairs.map((pair) => {
    const [name, value] = Array.isArray(pair) ? (pair as readonly unknown[]) : [];
    if (typeof name !== 'string' || value === undefined) {
      throw new UsageError(`${file}: headers: expected {"name": "text"}, or a list of ["name", "text"]`);
    }
    return [name, bytesOf(value)];
  });
}
