import type {
  CommandReceivedData,
  DownlinkEvent,
  DownlinkKind,
  RpcResponseReceivedData,
  WritePointCommandData,
} from '../command-model.js';
import type { Json } from '../model.js';
import { CommandFields } from './fields.js';
import type { InboundRecord } from './record.js';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * The data of a kind as it stands on the wire → the event in host form. Unknown fields are ignored, absent and
 * null ones left out.
 *
 * @throws DecodeError with the code COMMAND_INVALID
 */
export function validateEvent(kind: DownlinkKind, data: unknown, record: InboundRecord): DownlinkEvent {
  const fields = new CommandFields(kind, record.topic, data);
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
