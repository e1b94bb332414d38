import type { UplinkEvent, UplinkKind } from '../../api/uplink.js';
import { checkFields } from './check.js';
import { readAlarm, readDeviceState, readRpcResponse, readWritePointResponse } from './readers.js';
import { readAttributes, readTelemetry } from './readers.js';
import type { TelemetryEvent } from './telemetry-event.js';
import type { ReadContext, ReadEvent, WireEvent } from './wire-event.js';

const READERS: Readonly<Record<UplinkKind, ReadEvent>> = {
  telemetry: readTelemetry,
  attributes: readAttributes,
  device_connected: readDeviceState,
  device_disconnected: readDeviceState,
  alarm: readAlarm,
  rpc_response: readRpcResponse,
  write_point_response: readWritePointResponse,
};

/** The kind that an event names, which may be none that exists; `undefined` where it cannot be read. */
export function kindOf(event: unknown): UplinkKind {
  try {
    return (event as UplinkEvent | null | undefined)?.kind as UplinkKind;
  } catch {
    return undefined as unknown as UplinkKind;
  }
}

/**
 * Checks the host's data and turns it into wire terms. Throws FieldError naming the field.
 * @param into for telemetry, which is what is returned then
 */
export function readEvent(
  kind: UplinkKind,
  data: unknown,
  context: ReadContext,
  into?: TelemetryEvent,
): WireEvent {
  return READERS[kind](checkFields(data, 'event'), context, into);
}
