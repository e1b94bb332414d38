import type { DownlinkEvent } from '../../api/commands.js';
import { DecodeError } from '../../api/errors.js';
import { decodeUtf8, JsonError, parseDecoded } from '../../language/json/exact-json.js';
import { cut } from '../../api/reason.js';
import type { RecordContent } from '../../record/incoming-record.js';
import type { Route, RouteTable, TopicRoutes } from './routes.js';

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
  const topic = table.get(record.topic);
  if (topic === undefined) return { outcome: 'ignored' };
  try {
    return decodeBody(topic, record);
  } catch (error) {
    return { outcome: 'error', error: bodyErrorOf(record.topic, error) };
  }
}

/** @throws DecodeError or JsonError where the body is no JSON */
function decodeBody({ routes, envelopes }: TopicRoutes, record: RecordContent): Decoded {
  const bytes = bodyOf(record);
  const text = decodeUtf8(bytes);
  const known = envelopes?.read(text, record) ?? null;
  if (known !== null) return found(known.route, known.event);
  const body = parseDecoded(text, bytes);
  let failure: DecodeError | undefined;
  for (const route of routes) {
    try {
      const event = route.decode(record, body);
      if (event === undefined) continue;
      envelopes?.learn(text, route);
      return found(route, event);
    } catch (error) {
      failure ??= decodeErrorOf(error);
    }
  }
  return failure === undefined ? { outcome: 'ignored' } : { outcome: 'error', error: failure };
}

function found(route: Route, event: DownlinkEvent): Decoded {
  // Not by spreading: that took over a microsecond.
  return { outcome: 'event', route, kind: event.kind, data: event.data } as Decoded;
}

function bodyOf({ topic, value }: RecordContent): Uint8Array {
  if (value !== null && value.length > 0) return value;
  const empty = value === null ? 'no value' : 'an empty value';
  throw new DecodeError('BODY_EMPTY', `${topic}: expected JSON, found ${empty}`, { topic });
}

function bodyErrorOf(topic: string, error: unknown): DecodeError {
  if (!(error instanceof JsonError)) return decodeErrorOf(error);
  const message = `${topic}: body: ${cut(error.message, 200)}`;
  return new DecodeError('BODY_NOT_JSON', message, { cause: error, topic });
}

/** Anything else that is thrown is a fault of this library, which must not pass for one of the record. */
function decodeErrorOf(error: unknown): DecodeError {
  if (error instanceof DecodeError) return error;
  throw error;
}
