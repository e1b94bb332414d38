// @ts-check
/** The faults of a round, drawn from a seed: the same seed gives the same faults at the same moments. Pure. */
import { Random } from '../store/random.mjs';

/**
 * @typedef {{ atMs: number, forMs: number } & (
 *   | { kind: 'broker', how: 'kill' | 'shutdown' | 'freeze', nodes: readonly number[] }
 *   | { kind: 'gateway', how: 'kill' | 'stop', gateway: number }
 *   | { kind: 'link', state: Exclude<import('./link.mjs').LinkState, 'open'>, nodes: readonly number[], resets: boolean }
 *   | { kind: 'disk', gateway: number }
 *   | { kind: 'clock', gateway: number, seconds: number }
 *   | { kind: 'topic', how: 'partitions' | 'recreate', topic: 'telemetry' | 'alarm' | 'attributes' | 'write' | 'command' }
 * )} Fault `forMs`: how long it lasts; a gateway or broker is away so long
 *
 * @typedef {object} Shape
 * @property {number} seconds How long faults happen
 * @property {number} brokers
 * @property {number} gateways
 */

/** Where two brokers are away, nothing can be written with min.insync.replicas 2. */
const TWO_AT_ONCE = 0.15;
/** From a start to its next fault a broker needs time, or it never takes part. */
const BROKER_GAP_MS = /** @type {const} */ ([1_000, 4_000]);
const BROKER_AWAY_MS = /** @type {const} */ ([300, 5_000]);
const BROKER_START_MS = 4_000;
const GATEWAY_LIFE_MS = /** @type {const} */ ([2_000, 16_000]);
const GATEWAY_AWAY_MS = /** @type {const} */ ([50, 3_000]);
const LINK_GAP_MS = /** @type {const} */ ([1_000, 6_000]);
const LINK_FAULT_MS = /** @type {const} */ ([500, 12_000]);
const DISK_FULL_MS = /** @type {const} */ ([2_000, 9_000]);
const LINK_STATES = /** @type {const} */ ([
  'cut',
  'stalled',
  'requests-stalled',
  'answers-stalled',
  'half-open',
  'slow',
]);
/** Records more than an hour ahead are refused by Kafka: half an hour is what a bad clock may be off here. */
const CLOCK_SECONDS = 1_800;

/**
 * @param {number} seed
 * @param {Shape} shape
 * @returns {readonly Fault[]} In the order of their time
 */
export function scheduleOf(seed, shape) {
  const random = new Random(seed);
  const endMs = shape.seconds * 1000;
  const faults = [
    ...brokerFaults(random, endMs, shape),
    ...linkFaults(random, endMs, shape),
    ...topicFaults(random, endMs),
    ...diskFaults(random, endMs, shape),
  ];
  for (let gateway = 0; gateway < shape.gateways; gateway += 1)
    faults.push(...gatewayFaults(random, endMs, gateway));
  return faults.toSorted((a, b) => a.atMs - b.atMs);
}

/** @param {Random} random @param {readonly [number, number]} range */
const within = (random, [from, to]) => random.between(from, to);

/** @param {Random} random @param {number} endMs @param {Shape} shape @returns {Fault[]} */
function brokerFaults(random, endMs, { brokers }) {
  /** @type {Fault[]} */
  const faults = [];
  for (let atMs = within(random, BROKER_GAP_MS); ;) {
    const first = random.between(1, brokers);
    const how = random.chance(0.8) ? 'kill' : random.chance(0.5) ? 'shutdown' : 'freeze';
    const second = random.chance(TWO_AT_ONCE) ? [(first % brokers) + 1] : [];
    const forMs = within(random, BROKER_AWAY_MS);
    if (atMs + forMs > endMs) return faults;
    faults.push({ kind: 'broker', how, nodes: [first, ...second], atMs, forMs });
    atMs += forMs + BROKER_START_MS + within(random, BROKER_GAP_MS);
  }
}

/** @param {Random} random @param {number} endMs @param {Shape} shape @returns {Fault[]} */
function linkFaults(random, endMs, { brokers }) {
  /** @type {Fault[]} */
  const faults = [];
  const all = Array.from({ length: brokers }, (_, index) => index + 1);
  for (let atMs = within(random, LINK_GAP_MS); ;) {
    const state = LINK_STATES[random.between(0, LINK_STATES.length - 1)] ?? 'cut';
    const nodes = random.chance(0.3) ? all : [random.between(1, brokers)];
    const forMs = within(random, LINK_FAULT_MS);
    if (atMs + forMs > endMs) return faults;
    faults.push({ kind: 'link', state, nodes, resets: random.chance(0.5), atMs, forMs });
    atMs += forMs + within(random, LINK_GAP_MS);
  }
}

/** @param {Random} random @param {number} endMs @param {number} gateway @returns {Fault[]} */
function gatewayFaults(random, endMs, gateway) {
  /** @type {Fault[]} */
  const faults = [];
  for (let atMs = within(random, GATEWAY_LIFE_MS); ;) {
    const forMs = within(random, GATEWAY_AWAY_MS);
    if (atMs + forMs > endMs) return faults;
    faults.push({ kind: 'gateway', how: random.chance(0.75) ? 'kill' : 'stop', gateway, atMs, forMs });
    atMs += forMs + within(random, GATEWAY_LIFE_MS);
  }
}

/** @param {Random} random @param {number} endMs @returns {Fault[]} */
function topicFaults(random, endMs) {
  const grown = /** @type {const} */ (['telemetry', 'alarm', 'write']);
  const made = /** @type {const} */ (['attributes', 'command']);
  const at = () => random.between(Math.floor(endMs * 0.1), Math.floor(endMs * 0.9));
  return [
    ...grown.map((topic) => ({
      kind: /** @type {const} */ ('topic'),
      how: /** @type {const} */ ('partitions'),
      topic,
      atMs: at(),
      forMs: 0,
    })),
    ...made
      .filter(() => random.chance(0.6))
      .map((topic) => ({
        kind: /** @type {const} */ ('topic'),
        how: /** @type {const} */ ('recreate'),
        topic,
        atMs: at(),
        forMs: random.between(0, 3_000),
      })),
  ];
}

/** @param {Random} random @param {number} endMs @param {Shape} shape @returns {Fault[]} */
function diskFaults(random, endMs, { gateways }) {
  /** @type {Fault[]} */
  const faults = [];
  for (let count = random.between(1, 3); count > 0; count -= 1) {
    const forMs = within(random, DISK_FULL_MS);
    const atMs = random.between(0, Math.max(0, endMs - forMs));
    faults.push({ kind: 'disk', gateway: random.between(0, gateways - 1), atMs, forMs });
  }
  for (let count = random.between(1, 3); count > 0; count -= 1) {
    const seconds = random.between(-CLOCK_SECONDS, CLOCK_SECONDS);
    const atMs = random.between(0, endMs);
    faults.push({ kind: 'clock', gateway: random.between(0, gateways - 1), seconds, atMs, forMs: 0 });
  }
  return faults;
}
