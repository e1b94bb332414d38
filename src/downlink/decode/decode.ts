import type { DownlinkEvent } from '../../api/commands.js';
import { DecodeError } from '../../api/errors.js';
import { JsonError, parseExactJson } from '../../language/json/exact-json.js';
import { cut } from '../../api/reason.js';
import type { RecordContent } from '../../record/incoming-record.js';
import type { Route, RouteTable } from './routes.js';

/** What a record is to this gateway. */
export type Decoded =
  | ({ readonly outcome: 'event'; readonly route: Route } & DownlinkEvent)
  /** No route matched, and none failed. */
  | { readonly outcome: 'ignored' }
  | { readonly outcome: 'error'; readonly error: DecodeError };

/**
 * Tries the routes of the record's topic in order: the first that yields an event wins, one that does not match
 * is skipped, an error is remembered and the next route is tried. The first error is told when no route yields
 * an event. Never throws for what a record holds.
 */
export function decodeRecord(table: RouteTable, record: RecordContent): Decoded {
  const routes = table.get(record.topic)?.routes;
  if (routes === undefined) return { outcome: 'ignored' };
  let failure: DecodeError | undefined;
  try {
    const body = parseBody(record);
    for (const route of routes) {
      try {
        const event = route.decode(record, body);
        if (event !== undefined) return { outcome: 'event', route, ...event };
      } catch (error) {
        failure ??= decodeErrorOf(error);
      }
    }
  } catch (error) {
    failure = decodeErrorOf(error);
  }
  return failure === undefined ? { outcome: 'ignored' } : { outcome: 'error', error: failure };
}

function parseBody({ topic, value }: RecordContent): unknown {
  if (value === null || value.length === 0) {
    const found = value === null ? 'no value' : 'an empty value';
    throw new DecodeError('BODY_EMPTY', `${topic}: expected JSON, found ${found}`, { topic });
  }
  try {
    return parseExactJson(value);
  } catch (cause) {
    if (!(cause instanceof JsonError)) throw cause;
    throw new DecodeError('BODY_NOT_JSON', `${topic}: body: ${cut(cause.message, 200)}`, { cause, topic });
  }
}

/** Anything else that is thrown is a fault of this library, which must not pass for one of the record. */
function decodeErrorOf(error: unknown): DecodeError {
  if (error instanceof DecodeError) return error;
  throw error;
}
