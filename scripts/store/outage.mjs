// @ts-check
/** One real outage while a gateway publishes at its rate: what arrives, in which order, how fast, and in how much memory. */
import { setTimeout as wait } from 'node:timers/promises';
import { Gateway } from './gateway.mjs';
import { nowUs } from './journal.mjs';
import { judge } from './judge.mjs';
import { Outages } from './outages.mjs';
import { readAll } from './rounds.mjs';
import { configOf, PARTITIONS, rulesOf } from './setting.mjs';
import { createTopic } from './topics.mjs';

const PROBES_A_SECOND = 20;
const REPLAY_MS = 30 * 60_000;

/**
 * @typedef {object} Outage
 * @property {import('../kafka/cluster.mjs').KafkaCluster} cluster
 * @property {Omit<import('./setting.mjs').Setting, 'bootstrapServers'>} setting
 * @property {number} seconds
 * @property {number} rate
 * @property {'per_key' | 'live_first'} order
 * @property {number} [share] `uplink.store.replay.share`
 * @property {'killed' | 'frozen'} how What becomes of the broker
 * @property {number} usualMs How long it is looked at before the outage and after the replay
 * @property {(text: string) => void} [say]
 *
 * @typedef {object} Latency ms
 * @property {number} count
 * @property {number} p50
 * @property {number} p99
 *
 * @typedef {object} Phase
 * @property {number} fromUs
 * @property {number} toUs
 * @property {number} rssMb The most in it
 * @property {Latency} probes Of a lane that has no backlog
 * @property {Latency} live Of what was published meanwhile and ended with a delivery
 *
 * @typedef {import('./judge.mjs').Verdict & {
 *   usual: Phase, outage: Phase, replay: Phase, after: Phase, backlog: number, replayMs: number, brokerStartMs: number
 * }} OutageResult
 */

/**
 * @param {Outage} options
 * @returns {Promise<OutageResult>}
 */
export async function runOutage(options) {
  const { cluster, setting: given, order, share = 0.25 } = options;
  const setting = {
    ...given,
    bootstrapServers: cluster.bootstrapServers,
    store: { ...given.store, replay: { order, share } },
  };
  const topics = Object.values(setting.topics);
  for (const topic of topics) await createTopic(cluster.bootstrapServers, topic, PARTITIONS);
  const gateway = new Gateway({ config: configOf(setting), first: 1, untilStoredEvery: 0 });
  try {
    await started(gateway);
    const marks = await throughOutage(gateway, options);
    gateway.say('publish 0');
    gateway.say('probe 0');
    await within(REPLAY_MS, 'all is handed over', () => gateway.ask('drain', 'drained'), gateway);
    const endUs = nowUs();
    await gateway.stop();
    const { journal } = gateway;
    const found = phases(journal, marks);
    const rules = rulesOf(setting).map((rule) => ({ ...rule, order }));
    const records = await readAll(cluster.bootstrapServers, [setting.topics.telemetry, setting.topics.alarm]);
    return {
      ...judge([{ journal, clean: true, endUs }], rules, records),
      ...found,
      replayMs: (found.replay.toUs - found.replay.fromUs) / 1000,
      backlog: Math.max(0, ...journal.samples.map(({ store }) => store?.waiting ?? 0)),
      brokerStartMs: marks.brokerStartMs,
    };
  } finally {
    await gateway.kill();
  }
}

/** @param {Gateway} gateway */
async function started(gateway) {
  if ((await gateway.line('started')) !== '') return;
  const { errors } = await gateway.ended;
  throw new Error(`the gateway did not start:\n${errors}`);
}

/**
 * @param {Gateway} gateway
 * @param {Outage} options
 */
async function throughOutage(gateway, { cluster, seconds, rate, how, usualMs, say = () => undefined }) {
  gateway.say(`publish ${rate}`);
  gateway.say(`probe ${PROBES_A_SECOND}`);
  // Its first connections and its first compilations are over.
  await wait(usualMs / 2);
  const begin = nowUs();
  await wait(usualMs);
  // What is probed has no backlog later, so it has none now.
  gateway.say('probe 0');
  await wait(200);
  const away = nowUs();
  say(`the broker is ${how}, at ${rate} messages a second`);
  const outages = new Outages(cluster);
  outages.begin(how);
  await outages.settled();
  await wait(seconds * 1000);
  const starting = performance.now();
  outages.end();
  await outages.settled();
  const brokerStartMs = performance.now() - starting;
  const back = nowUs();
  gateway.say(`probe ${PROBES_A_SECOND}`);
  say(`the broker is back; waiting on disk: ${waitingIn(gateway)}`);
  await within(REPLAY_MS, 'the backlog is gone', () => untilNothingWaits(gateway, rate, say), gateway);
  const replayed = nowUs();
  await wait(usualMs);
  return { begin, away, back, replayed, end: nowUs(), brokerStartMs };
}

/** @param {Gateway} gateway */
function waitingIn(gateway) {
  return gateway.journal.samples.at(-1)?.store?.waiting ?? 0;
}

/** @param {Gateway} gateway @param {number} rate @param {(text: string) => void} say */
async function untilNothingWaits(gateway, rate, say) {
  let told = performance.now();
  // Where each message is stored before it is sent, some are always on their way.
  while (waitingIn(gateway) > rate / 4) {
    await wait(20);
    if (performance.now() - told < 5_000) continue;
    told = performance.now();
    say(`waiting on disk: ${waitingIn(gateway)}`);
  }
}

/**
 * @template T
 * @param {number} ms
 * @param {string} what
 * @param {() => Promise<T>} until
 * @param {Gateway} gateway
 */
async function within(ms, what, until, gateway) {
  const ended = gateway.ended.then(({ code, signal, errors }) => {
    throw new Error(
      `the gateway ended by itself, with ${signal ?? code}, before ${what}:\n${errors.slice(-2000)}`,
    );
  });
  const late = new AbortController();
  const tooLong = wait(ms, undefined, { signal: late.signal }).then(() => {
    throw new Error(
      `after ${ms} ms it is not so that ${what}: ${JSON.stringify(gateway.journal.samples.at(-1))}`,
    );
  });
  try {
    return await Promise.race([until(), ended, tooLong]);
  } finally {
    tooLong.catch(() => undefined);
    ended.catch(() => undefined);
    late.abort();
  }
}

/**
 * @param {import('./journal.mjs').Journal} journal
 * @param {{ begin: number, away: number, back: number, replayed: number, end: number }} marks
 */
function phases(journal, { begin, away, back, replayed, end }) {
  const phase = (/** @type {number} */ fromUs, /** @type {number} */ toUs) => {
    const holds = (/** @type {number} */ at) => at >= fromUs && at < toUs;
    const live = [...journal.receipts.keys()]
      .map((n) => ({ at: journal.accepted.get(n) ?? NaN, end: journal.settled.get(n) ?? NaN }))
      .filter(({ at }) => holds(at));
    return {
      fromUs,
      toUs,
      rssMb: Math.max(0, ...journal.samples.filter(({ at }) => holds(at)).map(({ rssMb }) => rssMb)),
      probes: latency(journal.probes.filter(({ at, ms }) => holds(at - ms * 1000)).map(({ ms }) => ms)),
      live: latency(live.map((each) => (each.end - each.at) / 1000)),
    };
  };
  // The client needs a moment to find the broker.
  const first = firstDelivery(journal, back);
  return {
    usual: phase(begin, away),
    outage: phase(away, first),
    replay: phase(first, replayed),
    after: phase(replayed, end),
  };
}

/** @param {import('./journal.mjs').Journal} journal @param {number} fromUs */
function firstDelivery(journal, fromUs) {
  const ends = [...journal.receipts.keys()].map((n) => journal.settled.get(n) ?? NaN);
  for (const { at } of journal.events.values()) ends.push(at);
  return ends.reduce((first, at) => (at > fromUs && at < first ? at : first), Infinity);
}

/** @param {readonly number[]} all @returns {Latency} */
function latency(all) {
  const sorted = Float64Array.from(all).sort();
  const at = (/** @type {number} */ share) => sorted[Math.floor((sorted.length - 1) * share)] ?? NaN;
  return { count: sorted.length, p50: at(0.5), p99: at(0.99) };
}

/** @param {OutageResult} result */
export function outageText(result) {
  const row = (/** @type {string} */ name, /** @type {Phase} */ phase) =>
    `${name.padEnd(8)} ${((phase.toUs - phase.fromUs) / 1e6).toFixed(1).padStart(6)} s, RSS at most ${phase.rssMb} MB, ` +
    `latency p50 / p99 ms: without backlog ${latencyText(phase.probes)}, published meanwhile ${latencyText(phase.live)}`;
  const ratio = (/** @type {'probes' | 'live'} */ of) =>
    `p50 × ${(result.replay[of].p50 / result.usual[of].p50).toFixed(2)}, p99 × ${(result.replay[of].p99 / result.usual[of].p99).toFixed(2)}`;
  return [
    row('usual', result.usual),
    row('outage', result.outage),
    row('replay', result.replay),
    row('after', result.after),
    `most on disk ${result.backlog} messages; the broker took ${(result.brokerStartMs / 1000).toFixed(1)} s to start; replay ${(result.replayMs / 1000).toFixed(1)} s, ${Math.round((result.backlog / result.replayMs) * 1000)} messages a second beside the live ones`,
    `while it replays, against the usual: without backlog ${ratio('probes')}; published meanwhile ${ratio('live')}`,
    `accepted ${result.accepted}, records beyond the first of their message ${result.copies}, told as maybeDuplicate ${result.saidMaybe}`,
    ...(result.problems.length === 0
      ? ['no problem found']
      : result.problems.map((text) => `PROBLEM ${text}`)),
  ].join('\n');
}

/** @param {Latency} latency */
function latencyText({ count, p50, p99 }) {
  return count === 0 ? '-' : `${p50.toFixed(1)} / ${p99.toFixed(1)} (${count})`;
}
