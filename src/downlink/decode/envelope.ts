import { DecodeError, type ErrorCode } from '../../api/errors.js';
import { DOWNLINK_KINDS, UPLINK_KINDS } from '../../api/kinds.js';
import { isMap, type JsonMap } from '../../language/jmespath/values.js';
import { describe } from './describe.js';

/** Kinds that an envelope may name. Those of the uplink are known too: such a record is just not for a route. */
const KNOWN_KINDS: ReadonlySet<string> = new Set([...UPLINK_KINDS, ...DOWNLINK_KINDS]);

export interface Envelope {
  readonly kind: string;
  readonly data: unknown;
}

/**
 * Reads the parts of an envelope that matter: `schema_version`, `event.kind` and `payload.data`, whose content
 * is not looked at. All are checked before the kind is compared with a route's, as in the reference; `envelope`
 * and unknown fields are ignored.
 *
 * @throws DecodeError
 */
export function readEnvelope(body: unknown, topic: string): Envelope {
  const root = objectAt(topic, 'the body', body);
  checkSchemaVersion(topic, root['schema_version']);
  const kind = objectAt(topic, 'event', root['event'])['kind'];
  if (typeof kind !== 'string') throw invalid(topic, 'event.kind', 'a string', kind);
  if (!KNOWN_KINDS.has(kind)) {
    const expected = 'write_point, command_received or rpc_response_received';
    throw problem('KIND_UNKNOWN', topic, 'event.kind', expected, describe(kind));
  }
  const payload = objectAt(topic, 'payload', root['payload']);
  if (!Object.hasOwn(payload, 'data')) throw invalid(topic, 'payload.data', 'an object', undefined);
  return { kind, data: payload['data'] };
}

function checkSchemaVersion(topic: string, version: unknown): void {
  if (version === 1) return;
  const numeric = typeof version === 'number' || typeof version === 'bigint';
  const code = numeric ? 'SCHEMA_VERSION_UNSUPPORTED' : 'ENVELOPE_INVALID';
  throw problem(code, topic, 'schema_version', '1', describe(version));
}

function objectAt(topic: string, place: string, value: unknown): JsonMap {
  if (isMap(value)) return value;
  throw invalid(topic, place, 'an object', value);
}

function invalid(topic: string, place: string, expected: string, found: unknown): DecodeError {
  return problem('ENVELOPE_INVALID', topic, place, expected, describe(found));
}

function problem(code: ErrorCode, topic: string, place: string, expected: string, found: string) {
  return new DecodeError(code, `${topic}: ${place}: expected ${expected}, found ${found}`, {
    topic,
  });
}
