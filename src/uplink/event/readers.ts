import type { Id } from '../../api/uplink.js';
import { type Fields, checkId, checkText, checkFields, checkOneOf, FieldError } from './check.js';
import { toJsonObject, toJson } from './json-value.js';
import { checkPoints, type Point } from './points.js';
import { TelemetryEvent } from './telemetry-event.js';
import { readTimestamp, type ReadContext, type WireEvent } from './wire-event.js';
import { isScalar, wireScalar } from './scalar.js';

const NO_POINTS: readonly Point[] = [];

/** Telemetry. Throws FieldError. */
export function readTelemetry(data: Fields, context: ReadContext, into = new TelemetryEvent()): WireEvent {
  const deviceId = checkId(data['deviceId'], 'deviceId');
  into.deviceId = deviceId;
  into.deviceName = checkText(data['deviceName'], 'deviceName');
  checkPoints(data['values'], 'values', deviceId, context.reader, into.points);
  into.metadata = toJsonObject(data['metadata'], 'metadata');
  into.timestampMs = readTimestamp(data, 'timestamp', context);
  return into;
}

/** Attributes. Throws FieldError. */
export function readAttributes(data: Fields, context: ReadContext): WireEvent {
  const deviceId = checkId(data['deviceId'], 'deviceId');
  const deviceName = checkText(data['deviceName'], 'deviceName');
  const groups = [
    readGroup(data, 'clientAttributes', deviceId, context),
    readGroup(data, 'sharedAttributes', deviceId, context),
    readGroup(data, 'serverAttributes', deviceId, context),
  ];
  const timestampMs = readTimestamp(data, 'timestamp', context);
  return { ...BASE, timestampMs, deviceId, deviceName, groups, data: null };
}

function readGroup(data: Fields, field: string, deviceId: Id, context: ReadContext): readonly Point[] {
  const values = data[field];
  return values === undefined ? NO_POINTS : checkPoints(values, field, deviceId, context.reader);
}

const SEVERITIES = ['CRITICAL', 'MAJOR', 'MINOR', 'WARNING', 'INFO'] as const;
const TARGETS = ['GATEWAY', 'SUBDEVICE'] as const;
const STATUSES = ['Success', 'Failed'] as const;
const ERROR_KINDS = [
  'NotFound',
  'NotWriteable',
  'TypeMismatch',
  'OutOfRange',
  'NotConnected',
  'QueueTimeout',
  'DriverError',
] as const;

const NO_DETAILS: Fields = {};

/** What the kinds without points have in common. */
const BASE = { deviceName: '', deviceType: undefined, groups: [], metadata: null, extra: null } as const;

/** Device online or offline. Throws FieldError. */
export function readDeviceState(fields: Fields, context: ReadContext): WireEvent {
  const deviceId = checkId(fields['deviceId'], 'deviceId');
  const deviceName = checkText(fields['deviceName'], 'deviceName');
  const deviceType = checkText(fields['deviceType'], 'deviceType');
  const timestampMs = readTimestamp(fields, 'timestamp', context);
  const data = { device_id: deviceId, device_name: deviceName, device_type: deviceType };
  return { ...BASE, timestampMs, deviceId, deviceName, deviceType, data };
}

/** Alarm. Throws FieldError. */
export function readAlarm(fields: Fields, context: ReadContext): WireEvent {
  const deviceId = checkId(fields['deviceId'], 'deviceId');
  const deviceName = checkText(fields['deviceName'], 'deviceName');
  const timestampMs = readTimestamp(fields, 'timestamp', context);
  const data = {
    device_id: deviceId,
    device_name: deviceName,
    alarm_type: checkText(fields['alarmType'], 'alarmType'),
    severity: checkOneOf(fields['severity'], 'severity', SEVERITIES),
    message: checkText(fields['message'], 'message'),
    details: toJsonObject(fields['details'], 'details') ?? NO_DETAILS,
    timestamp: context.times.rfc3339(timestampMs),
    cleared: readCleared(fields['cleared']),
  };
  const extra = { alarm_type: data.alarm_type, severity: data.severity };
  return { ...BASE, timestampMs, deviceId, deviceName, data, extra };
}

function readCleared(value: unknown): boolean {
  if (value === undefined) return false;
  if (typeof value !== 'boolean') throw new FieldError('cleared', 'a boolean', value);
  return value;
}

/** Answer to a command. Throws FieldError. */
export function readRpcResponse(fields: Fields, context: ReadContext): WireEvent {
  const deviceId = checkId(fields['deviceId'], 'deviceId');
  const named = fields['deviceName'] !== undefined;
  const deviceName = named ? checkText(fields['deviceName'], 'deviceName') : '';
  const timestampMs = readTimestamp(fields, 'timestamp', context);
  const requestId = checkText(fields['requestId'], 'requestId');
  const data: Record<string, unknown> = { device_id: deviceId };
  if (named) data['device_name'] = deviceName;
  data['request_id'] = requestId;
  data['target_type'] = checkOneOf(fields['targetType'], 'targetType', TARGETS);
  if (fields['result'] !== undefined) data['result'] = toJson(fields['result'], 'result');
  if (fields['error'] !== undefined) data['error'] = checkText(fields['error'], 'error');
  data['timestamp'] = context.times.rfc3339(timestampMs);
  return { ...BASE, timestampMs, deviceId, deviceName, data, extra: { request_id: requestId } };
}

/** Answer to a write point. Throws FieldError. */
export function readWritePointResponse(fields: Fields, context: ReadContext): WireEvent {
  const deviceId = checkId(fields['deviceId'], 'deviceId');
  const pointId = checkId(fields['pointId'], 'pointId');
  const requestId = checkText(fields['requestId'], 'requestId');
  const timestampMs = readTimestamp(fields, 'completedAt', context);
  const data: Record<string, unknown> = { request_id: requestId, point_id: pointId, device_id: deviceId };
  data['status'] = checkOneOf(fields['status'], 'status', STATUSES);
  if (fields['error'] !== undefined) data['error'] = readError(fields['error']);
  if (fields['appliedValue'] !== undefined) data['applied_value'] = readValue(fields['appliedValue']);
  data['completed_at'] = context.times.rfc3339(timestampMs);
  const extra = { request_id: requestId, point_id: `${pointId}` };
  return { ...BASE, timestampMs, deviceId, data, extra };
}

function readError(value: unknown): Fields {
  const error = checkFields(value, 'error');
  return {
    kind: checkOneOf(error['kind'], 'error.kind', ERROR_KINDS),
    message: checkText(error['message'], 'error.message'),
  };
}

function readValue(value: unknown): unknown {
  if (!isScalar(value)) {
    throw new FieldError('appliedValue', 'boolean, number, bigint, string, Uint8Array, Date or null', value);
  }
  return wireScalar(value);
}
