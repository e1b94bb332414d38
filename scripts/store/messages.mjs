// @ts-check
/** Messages that carry their number, so that whoever reads them knows which they are. */

/**
 * @param {number} n
 * @param {number} devices
 * @param {number} [firstDevice]
 */
export function telemetry(n, devices, firstDevice = 0) {
  return {
    ...device(n, devices, firstDevice),
    values: [{ pointId: 1, pointKey: 'value', value: n / 10 }],
    metadata: { n },
  };
}

/**
 * @param {number} n
 * @param {number} devices
 * @param {number} [firstDevice]
 */
export function alarm(n, devices, firstDevice = 0) {
  return {
    ...device(n, devices, firstDevice),
    alarmType: 'pressure',
    severity: /** @type {const} */ ('MAJOR'),
    message: 'too high',
    details: { n },
  };
}

/**
 * @param {number} n
 * @param {number} devices
 * @param {number} [firstDevice]
 */
export function attributes(n, devices, firstDevice = 0) {
  return { ...device(n, devices, firstDevice), clientAttributes: { n } };
}

/** The number of a message, from its record; NaN: it has none. @param {string} value */
export function numberIn(value) {
  // An attribute stands as a key and a value.
  return Number(/"n"(?:,"value")?:(\d+)/.exec(value)?.[1] ?? NaN);
}

/** @param {number} n @param {number} devices @param {number} firstDevice */
function device(n, devices, firstDevice) {
  const deviceId = firstDevice + (n % devices);
  return { deviceId, deviceName: `pump-${deviceId}` };
}
