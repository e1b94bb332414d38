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
    'The data of a command lacks a field or has a wrong one.',
    'Mend the sender; with `mapped_json`, check the expression of that field.',
  ),
  DECODE_FAULT: spec(
    false,
    'Decoding a record met a fault of this library; the record is treated as one that cannot be decoded.',
    'Please report it, with the message and its cause.',
  ),
  COMMAND_FAILED: spec(
    true,
    'The host failed on a command: nack(), or its loop was left. `cause` is what the host gave.',
    'Look at the cause.',
  ),
  COMMAND_EXPIRED: spec(
    false,
    'The budget of a write point (`timeout_ms` from the hand-over) is spent; the reason with which its `signal` aborts.',
    'Stop working on it; ask the platform for a larger budget if the device needs one.',
  ),
  COMMAND_STALE: spec(
    false,
    'The partition of the command was taken away; its new owner gets the command.',
    'Nothing: stop working on it.',
  ),
  RESPONSE_UNSUPPORTED: spec(
    false,
    'respond() was called on a kind that is not answered.',
    'Call respond() on `write_point` and `command_received` only.',
  ),
  RESPONSE_REPEATED: spec(
    false,
    'respond() was called a second time on the same command.',
    'Answer a command once.',
  ),
  DEVICE_UNKNOWN: spec(
    false,
    'A reply names no device, and neither the command nor the point metadata does.',
    'Give respond() a deviceId, or createKafkaNorthward() a pointMeta that knows it (byId, byDeviceName). command.canRespond tells before the work. Where this error leaves the loop, the command comes again: catch it, and ack().',
  ),
  GROUP_PROTOCOL_MISMATCH: spec(
    true,
    'The other members of the consumer group use another way of assigning partitions.',
    'Cooperative and eager assignment do not mix in one group: while members of the other way run, set downlink.consumer.properties {"partition.assignment.strategy": "range,roundrobin"}.',
  ),
  CONSUMER_FATAL: spec(
    true,
    'The consumer met a fatal error and was made anew.',
    'Nothing, unless it repeats; with downlink.groupInstanceId, check that no two members have the same one.',
  ),
  CONSUME_FAILED: spec(
    true,
    'The consumer reports an error.',
    'Nothing, unless it repeats: the consumer tries again by itself.',
  ),
  COMMIT_FAILED: spec(
    true,
    'Offsets could not be committed; the marks are kept and committed again.',
    'Nothing, unless it repeats: commands may come again after a restart until a commit succeeds.',
  ),
  POSITIONS_UNKNOWN: spec(
    true,
    'The brokers did not tell where to start reading; the partitions were given back, and are asked for again.',
    'Check that the group coordinator and the leaders of the partitions are up.',
  ),
} as const satisfies Record<string, ErrorSpec>;
