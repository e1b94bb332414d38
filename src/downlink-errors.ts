import { spec, type ErrorSpec } from './error-spec.js';

/** The part of the table of errors that is about records from Kafka and the commands in them. */
export const DOWNLINK_ERRORS = {
  BODY_EMPTY: spec(
    false,
    'A record on a downlink topic has no value (a tombstone), or an empty one.',
    'Commands need a body; do not send tombstones to this topic, and do not compact it.',
  ),
  BODY_NOT_JSON: spec(
    false,
    'The body of a downlink record is no JSON that can be taken: not UTF-8, a byte order mark, bad syntax, a number beyond the range of a double, or nested deeper than 127 levels.',
    'Mend the sender: the message says what is wrong with the bytes.',
  ),
  ENVELOPE_INVALID: spec(
    false,
    'The body of a downlink record is no envelope: a part is missing or has the wrong type.',
    'Mend the sender, or give the route the payload mode `mapped_json`.',
  ),
  SCHEMA_VERSION_UNSUPPORTED: spec(
    false,
    'The `schema_version` of a downlink envelope is not 1.',
    'Send schema_version 1, or update this library.',
  ),
  KIND_UNKNOWN: spec(
    false,
    'The `event.kind` of a downlink envelope is no kind that this library knows.',
    'Mend the spelling in the sender, or update this library.',
  ),
  COMMAND_INVALID: spec(
    false,
    'The data of a command lacks a field or has a wrong one; the message names it.',
    'Mend the sender; with `mapped_json`, check the expression of that field.',
  ),
} as const satisfies Record<string, ErrorSpec>;
