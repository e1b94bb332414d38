// @ts-check
/** Messages that carry their number, so that whoever reads them knows which they are. */

/**
 * @param {number} n
 * @param {number} devices
 */
export function telemetry(n, devices) {
  return {
    ...device(n, devices),
    values: [{ pointId: 1, pointKey: 'value', value: n / 10 }],
    metadata: { n },
  };
}

/**
 * @param {number} n
 * @param {number} devices
 */
export function alarm(n, devices) {
  return {
    ...device(n, devices),
    alarmType: 'pressure',
    severity: /** @type {const} */ ('MAJOR'),
    message: 'too high',
    details: { n },
  };
}

/**
 * @param {number} n
 * @param {number} devices
 */
export function attributes(n, devices) {
  return { ...device(n, devices), clientAttributes: { n } };
}

/** @param {number} n @param {number} devices */
function device(n, devices) {
  return { deviceId: n % devices, deviceName: `pump-${n % devices}` };
}
