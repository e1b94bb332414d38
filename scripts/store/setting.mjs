// @ts-check
/** What the gateways of the store's proofs are configured with, and what follows from it for the judge. */

/** Four partitions are enough for keys to be apart, and few enough to be read at once. */
export const PARTITIONS = 4;
/** Each so many messages one is an alarm. */
export const ALARM_EVERY = 10;
const COMMIT_MS = 200;
const CRITICAL_COMMIT_MS = 20;
/** Half of it is in use after a second or two of an outage: then everything goes to the disk only. */
export const SMALL_QUEUE = { maxMessages: 3000 };
/** Promises of stored messages end while a round still runs. */
const MESSAGE_TIMEOUT_MS = 1500;

/**
 * @typedef {object} Setting
 * @property {string} bootstrapServers
 * @property {{ telemetry: string, alarm: string, attributes: string }} topics
 * @property {string} folder Parent of the store's folder
 * @property {number} storeAfterMs Of telemetry; of alarms it is always 0
 * @property {Record<string, unknown>} [store] Further settings of the store
 * @property {Record<string, unknown>} [uplink] Further settings of the uplink
 */

/** @param {string} prefix */
export function topicsOf(prefix) {
  return { telemetry: `${prefix}.telemetry`, alarm: `${prefix}.alarm`, attributes: `${prefix}.attributes` };
}

/**
 * @param {Setting} setting
 * @returns {import('../../src/index.js').NorthwardConfig}
 */
export function configOf({ bootstrapServers, topics, folder, storeAfterMs, store = {}, uplink = {} }) {
  const mapping = (/** @type {string} */ topic) => ({ enabled: true, topic, key: '{{device_id}}' });
  return {
    app: { id: 1, name: 'store' },
    connection: { bootstrapServers },
    uplink: {
      telemetry: mapping(topics.telemetry),
      alarm: mapping(topics.alarm),
      attributes: mapping(topics.attributes),
      headers: ['message_id'],
      producer: { messageTimeoutMs: MESSAGE_TIMEOUT_MS },
      store: { path: folder, storeAfterMs, commitIntervalMs: COMMIT_MS, minFreeBytes: 1_048_576, ...store },
      ...uplink,
    },
    downlink: { enabled: false },
  };
}

/**
 * @param {Setting} setting
 * @returns {import('./judge.mjs').LaneRule[]}
 */
export function rulesOf({ topics, storeAfterMs }) {
  const isAlarm = (/** @type {number} */ n) => n % ALARM_EVERY === 0;
  return [
    { topic: topics.telemetry, holds: (n) => !isAlarm(n), storeAfterMs, commitIntervalMs: COMMIT_MS },
    { topic: topics.alarm, holds: isAlarm, storeAfterMs: 0, commitIntervalMs: CRITICAL_COMMIT_MS },
  ];
}
