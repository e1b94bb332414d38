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

/** The number of a message, from its record; NaN: it has none. @param {string} value */
export function numberIn(value) {
  return Number(/"n":(\d+)/.exec(value)?.[1] ?? NaN);
}

/** @param {number} n @param {number} devices */
function device(n, devices) {
  return { deviceId: n % devices, deviceName: `pump-${n % devices}` };
}
