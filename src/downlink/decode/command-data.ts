import type {
  CommandReceivedData,
  DownlinkEvent,
  DownlinkKind,
  RpcResponseReceivedData,
  WritePointCommandData,
} from '../../api/commands.js';
import type { Json, TargetType } from '../../api/uplink.js';
import type { RecordContent } from '../../record/incoming-record.js';
import { DecodeError } from '../../api/errors.js';
import { isMap, type JsonMap } from '../../language/jmespath/values.js';
import { parseRfc3339 } from '../../language/rfc3339.js';
import { describe } from './describe.js';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * The data of a kind as it stands on the wire → the event in host form. Unknown fields are ignored, absent and
 * null ones left out.
 *
 * @throws DecodeError with the code COMMAND_INVALID
 */
export function validateEvent(kind: DownlinkKind, data: unknown, record: RecordContent): DownlinkEvent {
  if (isMap(data)) return validateFields(kind, new MapSource(data), record);
  throw invalid(record.topic, kind, 'data', 'an object', data);
}

/** Where the fields of a command are read. */
export interface FieldSource {
  /** `undefined` where it is absent. */
  get(name: string): unknown;
}

class MapSource implements FieldSource {
  readonly #map: JsonMap;

  constructor(map: JsonMap) {
    this.#map = map;
  }

  get(name: string): unknown {
    return this.#map[name];
  }
}

/**
 * The same of data whose fields are read one by one.
 *
 * @throws DecodeError with the code COMMAND_INVALID
 */
export function validateFields(
  kind: DownlinkKind,
  source: FieldSource,
  record: RecordContent,
): DownlinkEvent {
  const fields = new CommandFields(kind, record.topic, source);
  switch (kind) {
    case 'write_point':
      return { kind, data: writePoint(fields, record.timestampMs) };
    case 'command_received':
      return { kind, data: commandReceived(fields, record.timestampMs) };
    case 'rpc_response_received':
      return { kind, data: rpcResponseReceived(fields, record.timestampMs) };
  }
}

function writePoint(fields: CommandFields, recordMs: number | undefined): WritePointCommandData {
  const data: Mutable<WritePointCommandData> = {
    requestId: fields.string('request_id'),
    pointId: fields.int32('point_id'),
    value: fields.scalar('value'),
    timestamp: fields.timestamp('timestamp', recordMs),
  };
  const timeoutMs = fields.optionalUint('timeout_ms');
  if (timeoutMs !== undefined) data.timeoutMs = timeoutMs;
  return data;
}

function commandReceived(fields: CommandFields, recordMs: number | undefined): CommandReceivedData {
  const data: Mutable<CommandReceivedData> = {
    commandId: fields.string('command_id'),
    key: fields.string('key'),
    targetType: fields.targetType('target_type'),
    timestamp: fields.timestamp('timestamp', recordMs),
  };
  const deviceId = fields.optionalInt32('device_id');
  if (deviceId !== undefined) data.deviceId = deviceId;
  const deviceName = fields.optionalString('device_name');
  if (deviceName !== undefined) data.deviceName = deviceName;
  const params = json(fields.optional('params'));
  if (params !== undefined) data.params = params;
  const timeoutMs = fields.optionalUint('timeout_ms');
  if (timeoutMs !== undefined) data.timeoutMs = timeoutMs;
  return data;
}

function rpcResponseReceived(fields: CommandFields, recordMs: number | undefined): RpcResponseReceivedData {
  const data: Mutable<RpcResponseReceivedData> = {
    requestId: fields.string('request_id'),
    targetType: fields.targetType('target_type'),
    timestamp: fields.timestamp('timestamp', recordMs),
  };
  const result = json(fields.optional('result'));
  if (result !== undefined) data.result = result;
  const error = fields.optionalString('error');
  if (error !== undefined) data.error = error;
  return data;
}

/** What is read here was parsed from JSON, or made of such by an expression. */
function json(value: unknown): Json | undefined {
  return value as Json | undefined;
}

/** The furthest a Date goes from 1970, in ms. */
const MAX_DATE_MS = 8.64e15;

/**
 * Reads the snake_case data of one command field by field. A field that may be absent is `undefined` where it
 * is absent or null. Every method throws a `DecodeError` that names the field, what was expected and found.
 */
export class CommandFields {
  private readonly kind: DownlinkKind;
  private readonly topic: string;
  private readonly source: FieldSource;

  constructor(kind: DownlinkKind, topic: string, source: FieldSource) {
    this.kind = kind;
    this.topic = topic;
    this.source = source;
  }

  string(name: string): string {
    return this.optionalString(name) ?? this.fail(name, 'a string');
  }

  optionalString(name: string): string | undefined {
    const value = this.optional(name);
    return value === undefined || typeof value === 'string' ? value : this.fail(name, 'a string');
  }

  int32(name: string): number {
    return this.optionalInt32(name) ?? this.fail(name, 'an int32');
  }

  optionalInt32(name: string): number | undefined {
    const value = this.optional(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'number' || (value | 0) !== value) return this.fail(name, 'an int32');
    return value | 0;
  }

  /** A uint64; beyond 2^53 the nearest number. */
  optionalUint(name: string): number | undefined {
    const value = this.optional(name);
    if (value === undefined) return undefined;
    return isUint64(value) ? plainZero(Number(value)) : this.fail(name, 'an unsigned integer');
  }

  /** A boolean, number or string; -0.0 comes as 0, as in the reference's answers. */
  scalar(name: string): boolean | number | bigint | string {
    const value = this.optional(name);
    switch (typeof value) {
      case 'number':
        return plainZero(value);
      case 'boolean':
      case 'bigint':
      case 'string':
        return value;
      default:
        return this.fail(name, 'a boolean, number or string');
    }
  }

  targetType(name: string): TargetType {
    const value = this.optional(name);
    return value === 'GATEWAY' || value === 'SUBDEVICE' ? value : this.fail(name, 'GATEWAY or SUBDEVICE');
  }

  /** RFC 3339 text or Unix ms; absent or null: the timestamp of the record. */
  timestamp(name: string, recordTimestampMs: number | undefined): Date {
    const value = this.optional(name) ?? recordTimestampMs;
    const ms = typeof value === 'string' ? parseRfc3339(value) : value;
    if (typeof ms !== 'number' || !Number.isInteger(ms) || Math.abs(ms) > MAX_DATE_MS) {
      return this.fail(name, 'an RFC 3339 time with offset, or Unix milliseconds');
    }
    return new Date(ms);
  }

  /** Any value; `undefined` where it is absent or null. */
  optional(name: string): unknown {
    return this.source.get(name) ?? undefined;
  }

  private fail(name: string, expected: string): never {
    throw invalid(this.topic, this.kind, name, expected, this.source.get(name));
  }
}

function invalid(
  topic: string,
  kind: DownlinkKind,
  name: string,
  expected: string,
  found: unknown,
): DecodeError {
  const message = `${topic}: ${kind}: ${name}: expected ${expected}, found ${describe(found)}`;
  return new DecodeError('COMMAND_INVALID', message, { topic, kind });
}

/** The number, with 0 for -0. */
function plainZero(value: number): number {
  return value + 0;
}

function isUint64(value: unknown): value is number | bigint {
  if (typeof value === 'bigint') return value >= 0n && value < 2n ** 64n;
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 64;
}
