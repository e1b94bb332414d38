// @ts-check
/** What the gateways of a round are configured with, and which message belongs into which topic. */
import { ALARM_EVERY, configOf } from '../store/setting.mjs';

export const GATEWAYS = 4;
export const DEVICES = 50;
/** Of each topic, before any are added. */
export const PARTITIONS = 3;
/** Messages a second of each gateway. */
export const RATE = 60;
export const ATTRIBUTES_EVERY = 6;
/** Numbers of one life, and of one gateway; none publishes so many. */
const NUMBERS_A_LIFE = 1_000_000;
const NUMBERS_A_GATEWAY = 1_000_000_000;

/**
 * @typedef {object} Topics
 * @property {string} telemetry
 * @property {string} alarm
 * @property {string} attributes
 * @property {string} answers
 * @property {string} write
 * @property {string} command
 */

/** @param {string} prefix @returns {Topics} */
export function topicsOf(prefix) {
  const named = (/** @type {string} */ name) => `${prefix}.${name}`;
  return {
    telemetry: named('telemetry'),
    alarm: named('alarm'),
    attributes: named('attributes'),
    answers: named('answers'),
    write: named('write'),
    command: named('command'),
  };
}

/** @param {string} prefix */
export function groupOf(prefix) {
  return `${prefix}.gateways`;
}

/** Half of the gateways store each message before they send it. @param {number} gateway */
export function storeAfterMsOf(gateway) {
  return gateway % 2 === 0 ? 0 : 1000;
}

/** @param {number} gateway @param {number} life */
export function firstNumberOf(gateway, life) {
  return gateway * NUMBERS_A_GATEWAY + life * NUMBERS_A_LIFE + 1;
}

/** The gateway that published it. @param {number} n */
export function gatewayOf(n) {
  return Math.floor(n / NUMBERS_A_GATEWAY);
}

/** @param {number} gateway */
export function devicesOf(gateway) {
  const first = Math.floor((DEVICES * gateway) / GATEWAYS);
  return { firstDevice: first, devices: Math.floor((DEVICES * (gateway + 1)) / GATEWAYS) - first };
}

/**
 * @param {Topics} topics
 * @param {number} gateway
 * @returns {readonly { topic: string, holds: (n: number) => boolean, storeAfterMs: number, commitIntervalMs: number }[]}
 */
export function rulesOf({ telemetry, alarm, attributes }, gateway) {
  const isAlarm = (/** @type {number} */ n) => n % ALARM_EVERY === 0;
  const isAttributes = (/** @type {number} */ n) => !isAlarm(n) && n % ATTRIBUTES_EVERY === 0;
  const storeAfterMs = storeAfterMsOf(gateway);
  return [
    { topic: telemetry, holds: (n) => !isAlarm(n) && !isAttributes(n), storeAfterMs, commitIntervalMs: 200 },
    { topic: attributes, holds: isAttributes, storeAfterMs, commitIntervalMs: 200 },
    { topic: alarm, holds: isAlarm, storeAfterMs: 0, commitIntervalMs: 20 },
  ];
}

/**
 * @param {object} of
 * @param {string} of.bootstrapServers
 * @param {string} of.prefix
 * @param {number} of.gateway
 * @param {string} of.folder Of its store
 * @returns {import('../../src/index.js').NorthwardConfig}
 */
export function gatewayConfig({ bootstrapServers, prefix, gateway, folder }) {
  const topics = topicsOf(prefix);
  return {
    ...configOf({
      bootstrapServers,
      topics,
      folder,
      storeAfterMs: storeAfterMsOf(gateway),
      uplink: { producer: {}, writePointResponse: { enabled: true, topic: topics.answers } },
    }),
    downlink: {
      groupId: groupOf(prefix),
      autoOffsetReset: 'earliest',
      // A killed member is noticed sooner, and a re-made topic too.
      consumer: { properties: { 'session.timeout.ms': 6000, 'heartbeat.interval.ms': 500 } },
      writePoint: { enabled: true, topic: topics.write },
      commandReceived: { enabled: true, topic: topics.command },
    },
  };
}
