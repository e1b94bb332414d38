import type { UplinkEvent, Value } from 'ng-kafka-northward';

const DEVICES = 20;
const FIRST_ID = 1001;
const TYPES = ['pump', 'valve', 'boiler', 'meter'] as const;

interface Device {
  readonly deviceId: number;
  readonly deviceName: string;
  readonly deviceType: string;
}

const devices: readonly Device[] = Array.from({ length: DEVICES }, (_, index) => {
  const deviceType = TYPES[index % TYPES.length] ?? 'device';
  return { deviceId: FIRST_ID + index, deviceName: `${deviceType}-${index + 1}`, deviceType };
});

const setpoints = new Map<number, Value>();
const FIRST_SETPOINT = 100;
/** This device is busy when it is written to, so many times. */
const STUBBORN_DEVICE = 7;
let timesBusy = 2;

/** A small plant of 20 devices. All that it publishes follows from the second in which it does it. */
export const plant = {
  devices: DEVICES,
  stubbornDevice: STUBBORN_DEVICE,

  /** Id of a device, counted from 0. */
  idOf: (device: number): number => FIRST_ID + device,

  /** The point of a device that can be written to. */
  setpointOf: (device: number): number => FIRST_SETPOINT + device,

  /** Writes a setpoint. Throws where there is none, and when the device is busy. */
  write(pointId: number, value: Value): { deviceId: number; appliedValue: Value } {
    const index = pointId - FIRST_SETPOINT;
    const device = devices[index];
    if (device === undefined) throw new Error(`there is no point ${pointId}`);
    if (index === STUBBORN_DEVICE && timesBusy > 0) {
      timesBusy -= 1;
      throw new Error(`${device.deviceName} is busy`);
    }
    setpoints.set(device.deviceId, value);
    return { deviceId: device.deviceId, appliedValue: value };
  },

  /** What a device says that it is. */
  identify(deviceId: number | undefined): { name: string; type: string } {
    const device = devices.find((each) => each.deviceId === deviceId);
    if (device === undefined) throw new Error(`there is no device ${deviceId}`);
    return { name: device.deviceName, type: device.deviceType };
  },

  /** One measurement of every device. */
  telemetry(timestamp: number): UplinkEvent[] {
    return devices.map(({ deviceId, deviceName }) => {
      const wave = Math.sin(timestamp / 5000 + deviceId);
      return {
        kind: 'telemetry',
        deviceId,
        deviceName,
        timestamp,
        values: [
          { pointId: 1, pointKey: 'temperature', value: round(60 + 15 * wave) },
          { pointId: 2, pointKey: 'pressure', value: round(2.5 + 0.5 * wave) },
          { pointId: 3, pointKey: 'running', value: wave > -0.9 },
          { pointId: 4, pointKey: 'pulses', value: BigInt(timestamp) * 1000n },
        ],
      };
    });
  },

  /** Every device comes online and tells what it is. */
  begin(timestamp: number): UplinkEvent[] {
    return devices.flatMap((device) => [connected(device, timestamp), attributes(device, timestamp)]);
  },

  /** In each second one device drops off, and comes back with new attributes. */
  incident(second: number, timestamp: number): UplinkEvent[] {
    const device = devices[second % DEVICES];
    if (device === undefined) return [];
    return [
      disconnected(device, timestamp),
      connected(device, timestamp + 1),
      attributes(device, timestamp + 1),
    ];
  },

  /** Every device goes offline. */
  end(timestamp: number): UplinkEvent[] {
    return devices.map((device) => disconnected(device, timestamp));
  },
};

function connected(device: Device, timestamp: number): UplinkEvent {
  return { kind: 'device_connected', ...device, timestamp };
}

function disconnected(device: Device, timestamp: number): UplinkEvent {
  return { kind: 'device_disconnected', ...device, timestamp };
}

function attributes({ deviceId, deviceName, deviceType }: Device, timestamp: number): UplinkEvent {
  return {
    kind: 'attributes',
    deviceId,
    deviceName,
    timestamp,
    clientAttributes: { model: `${deviceType}-x${deviceId % 3}`, firmware: '2.4.1' },
    sharedAttributes: { reportIntervalMs: 20 },
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
