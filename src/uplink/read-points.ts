import type { Id } from '../model.js';
import type { Fields } from './check.js';
import { checkId, checkText } from './check.js';
import { toJsonObject } from './json-value.js';
import { checkPoints } from './points.js';
import type { Point } from './points.js';
import { readTimestamp } from './wire-event.js';
import type { ReadContext, WireEvent } from './wire-event.js';

const NO_POINTS: readonly Point[] = [];

/** Telemetry. Throws FieldError. */
export function readTelemetry(data: Fields, context: ReadContext): WireEvent {
  const deviceId = checkId(data['deviceId'], 'deviceId');
  const deviceName = checkText(data['deviceName'], 'deviceName');
  const values = checkPoints(data['values'], 'values', deviceId, context.reader);
  const metadata = toJsonObject(data['metadata'], 'metadata');
  return withPoints(data, context, deviceId, deviceName, [values], metadata);
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
  return withPoints(data, context, deviceId, deviceName, groups, null);
}

function readGroup(data: Fields, field: string, deviceId: Id, context: ReadContext): readonly Point[] {
  const values = data[field];
  return values === undefined ? NO_POINTS : checkPoints(values, field, deviceId, context.reader);
}

function withPoints(
  data: Fields,
  context: ReadContext,
  deviceId: Id,
  deviceName: string,
  groups: readonly (readonly Point[])[],
  metadata: Fields | null,
): WireEvent {
  const timestampMs = readTimestamp(data, 'timestamp', context);
  return {
    timestampMs,
    deviceId,
    deviceName,
    deviceType: undefined,
    groups,
    metadata,
    data: null,
    extra: null,
  };
}
