/** Events that `preview` shows where none is given: one of each kind, of a device of a plant. */
import type { UplinkKind } from '../api/kinds.js';
import type { PointMeta, UplinkEvent } from '../api/uplink.js';

const DEVICE = { deviceId: 1001, deviceName: 'pump-1' };
const TIMESTAMP = Date.UTC(2026, 0, 31, 12, 35, 0, 123);

const EVENTS: { readonly [K in UplinkKind]: UplinkEvent & { readonly kind: K } } = {
  telemetry: {
    kind: 'telemetry',
    ...DEVICE,
    timestamp: TIMESTAMP,
    values: [
      { pointId: 1, pointKey: 'temp', value: 25 },
      { pointId: 2, pointKey: 'running', value: true },
    ],
  },
  attributes: {
    kind: 'attributes',
    ...DEVICE,
    timestamp: TIMESTAMP,
    clientAttributes: [{ pointId: 3, pointKey: 'setpoint', value: 90 }],
    sharedAttributes: { firmware: '2.4.1' },
  },
  device_connected: { kind: 'device_connected', ...DEVICE, deviceType: 'pump', timestamp: TIMESTAMP },
  device_disconnected: { kind: 'device_disconnected', ...DEVICE, deviceType: 'pump', timestamp: TIMESTAMP },
  alarm: {
    kind: 'alarm',
    ...DEVICE,
    timestamp: TIMESTAMP,
    alarmType: 'over_temperature',
    severity: 'MAJOR',
    message: 'above 90 °C',
    details: { limit: 90, value: 93.5 },
  },
  rpc_response: {
    kind: 'rpc_response',
    ...DEVICE,
    timestamp: TIMESTAMP,
    requestId: 'r-17',
    targetType: 'SUBDEVICE',
    result: { restarted: true },
  },
  write_point_response: {
    kind: 'write_point_response',
    requestId: 'w-4',
    pointId: 1,
    deviceId: DEVICE.deviceId,
    status: 'Success',
    appliedValue: 25,
    completedAt: TIMESTAMP,
  },
};

const POINTS: Readonly<Record<string, PointMeta>> = {
  1: { pointKey: 'temp', dataType: 'float64', channelName: 'modbus-1' },
  2: { pointKey: 'running', dataType: 'boolean', channelName: 'modbus-1' },
  3: { pointKey: 'setpoint', dataType: 'int32', channelName: 'modbus-1' },
};

export function sampleOf(kind: UplinkKind): UplinkEvent {
  return EVENTS[kind];
}

/** The point metadata of the samples, as a host would know it. */
export function samplePoint(id: number | string): PointMeta | undefined {
  return POINTS[id];
}
