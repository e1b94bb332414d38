// @ts-check
/** Hours of a gateway with an outage in it: what it holds from sample to sample, and whether everything arrived. */
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { bytesOf } from '../store/backlog.mjs';
import { createTopic } from '../store/topics.mjs';
import { HostChild } from './child.mjs';
import { CommandSender, Reader } from './platform.mjs';
import { Tally } from './tally.mjs';

export const PARTITIONS = 4;
const DEVICES = 100;
const ALARM_EVERY = 100;
/** Samples of a run; never more often than the first, never less often than the second. */
const SAMPLES = 720;
const SAMPLE_MS = { least: 250, most: 5_000 };
/** For what is still on its way when the last message was published. */
const DRAIN_MS = 10 * 60_000;
/** From the report of `stop()` on: then nothing keeps the process alive. */
export const EXIT_MS = 10_000;
const LOOK_MS = 200;

/**
 * @typedef {object} SoakPlan
 * @property {number} seconds
 * @property {number} outageSeconds In the middle
 * @property {number} rate Messages a second
 * @property {number} commands A second
 *
 * @typedef {import('./host.mjs').HostSample & { at: number, diskBytes: number }} Sample `at`: seconds since the first message
 *
 * @typedef {object} Marks Seconds since the first message
 * @property {number} away The broker was killed
 * @property {number} back It was started again, and takes requests
 * @property {number} replayed Nothing waits on disk for the first time after that; Infinity: never
 * @property {number} end The last message was published
 *
 * @typedef {object} SoakResult
 * @property {string} node
 * @property {SoakPlan} plan
 * @property {Marks} marks
 * @property {Sample[]} samples
 * @property {import('./host.mjs').Counts} counts
 * @property {number} commandsSent
 * @property {{ read: number, written: number, skipped: number, distinct: number, copies: number, strange: number, missing: { count: number, first: number[] } }} inKafka
 * @property {{ distinct: number, copies: number, strange: number, missing: { count: number, first: number[] } }} executed
 * @property {{ report: import('../../src/index.js').StopReport | null, code: number | null, signal: string | null, exitMs: number }} stop
 * @property {number} lostByLedger
 * @property {string[]} troubles
 */

/**
 * @param {{ cluster: import('../kafka/cluster.mjs').KafkaCluster, folder: string, place: import('./node.mjs').HostPlace,
 *   plan: SoakPlan, say?: (text: string) => void }} options
 * @returns {Promise<SoakResult>}
 */
export async function runSoak({ cluster, folder, place, plan, say = () => undefined }) {
  const { bootstrapServers } = cluster;
  const topics = { telemetry: 'soak.telemetry', alarm: 'soak.alarm', commands: 'soak.commands' };
  for (const topic of Object.values(topics)) await createTopic(bootstrapServers, topic, PARTITIONS);
  const store = path.join(folder, 'store');
  const uplink = [topics.telemetry, topics.alarm];
  // A broker may take its time to come back: then it takes longer than planned.
  const most = Math.ceil(plan.rate * plan.seconds * 1.1) + plan.rate * 120;
  const reader = new Reader({ bootstrapServers, topics: uplink, partitions: PARTITIONS, most });
  const sender = new CommandSender({
    bootstrapServers,
    topic: topics.commands,
    partitions: PARTITIONS,
    devices: DEVICES,
  });
  const executed = new Tally(Math.ceil(plan.commands * plan.seconds * 1.1) + plan.commands * 120);
  const samples = new Samples(store, say);
  const host = new HostChild(place, hostOptions(bootstrapServers, topics, store, plan), {
    sample: (sample) => void samples.take(sample),
    commands: (numbers) => numbers.forEach((n) => executed.add(n)),
  });
  try {
    const node = await host.started;
    await reader.start();
    await sender.start(plan.commands);
    host.say(`publish ${plan.rate}`);
    samples.begin();
    const marks = await throughOutage({ cluster, plan, host, samples, say });
    host.say('publish 0');
    await Promise.all([sender.stop(), untilDrained(host, () => executed.distinct >= sender.sent)]);
    const stop = await stopHost(host);
    const counts = host.stopped?.counts ?? host.last?.counts ?? noCounts();
    const written = await reader.written();
    for (const until = performance.now() + DRAIN_MS; reader.read < written && performance.now() < until;)
      await wait(LOOK_MS);
    return {
      node,
      plan,
      marks,
      samples: samples.all,
      counts,
      commandsSent: sender.sent,
      inKafka: {
        ...tallied(reader.tally, counts.published),
        read: reader.read,
        written,
        skipped: reader.skipped,
      },
      executed: tallied(executed, sender.sent),
      stop,
      lostByLedger: (host.stopped?.losses ?? []).reduce((sum, { count }) => sum + count, 0),
      troubles: host.troubles,
    };
  } finally {
    await host.kill();
    await reader.stop();
  }
}

/**
 * @param {string} bootstrapServers
 * @param {{ telemetry: string, alarm: string, commands: string }} topics
 * @param {string} store
 * @param {SoakPlan} plan
 * @returns {import('./host.mjs').HostOptions}
 */
function hostOptions(bootstrapServers, topics, store, plan) {
  const mapping = (/** @type {string} */ topic) => ({ enabled: true, topic, key: '{{device_id}}' });
  return {
    config: {
      app: { id: 1, name: 'soak' },
      connection: { bootstrapServers },
      uplink: {
        telemetry: mapping(topics.telemetry),
        alarm: mapping(topics.alarm),
        store: { path: store },
      },
      // A command that was sent before the group has its partitions counts as well.
      downlink: { autoOffsetReset: 'earliest', writePoint: { enabled: true, topic: topics.commands } },
    },
    devices: DEVICES,
    alarmEvery: ALARM_EVERY,
    sampleMs: Math.min(SAMPLE_MS.most, Math.max(SAMPLE_MS.least, (plan.seconds * 1000) / SAMPLES)),
  };
}

/**
 * @param {{ cluster: import('../kafka/cluster.mjs').KafkaCluster, plan: SoakPlan, host: HostChild, samples: Samples, say: (text: string) => void }} options
 * @returns {Promise<Marks>}
 */
async function throughOutage({ cluster, plan, host, samples, say }) {
  const [broker = 1] = cluster.nodeIds;
  await samples.until((plan.seconds - plan.outageSeconds) / 2, host);
  await cluster.kill9(broker);
  const away = samples.now();
  say(`the broker is killed: ${host.last?.counts.published} messages published`);
  await samples.until(away + plan.outageSeconds, host);
  await cluster.restart(broker);
  const back = samples.now();
  say(`the broker is back; waiting on disk: ${host.last?.waiting}`);
  await samples.until(plan.seconds, host);
  const end = samples.now();
  // Alarms go to the disk first: now and then one is on its way.
  const calm = samples.all.find(({ at, waiting }) => at > back && waiting < plan.rate / 20);
  return { away, back, replayed: calm?.at ?? Infinity, end };
}

/**
 * Until nothing is queued, nothing is on disk and all commands are executed.
 * @param {HostChild} host
 * @param {() => boolean} allExecuted
 */
async function untilDrained(host, allExecuted) {
  const from = host.last;
  for (const until = performance.now() + DRAIN_MS; performance.now() < until && !host.hasEnded;) {
    const { last } = host;
    if (last !== undefined && last !== from && last.queued + last.waiting === 0 && allExecuted()) return;
    await wait(LOOK_MS);
  }
}

/** @param {HostChild} host @returns {Promise<SoakResult['stop']>} */
async function stopHost(host) {
  host.say('stop');
  while (host.stopped === undefined && !host.hasEnded) await wait(LOOK_MS / 10);
  const from = performance.now();
  const timer = setTimeout(() => void host.kill(), EXIT_MS);
  const { code, signal } = await host.ended;
  clearTimeout(timer);
  return { report: host.stopped?.report ?? null, code, signal, exitMs: Math.round(performance.now() - from) };
}

/** @param {Tally} tally @param {number} below */
function tallied(tally, below) {
  const { distinct, copies, strange } = tally;
  return { distinct, copies, strange, missing: tally.missing(below) };
}

/** @returns {import('./host.mjs').Counts} */
function noCounts() {
  return { published: 0, delivered: 0, stored: 0, skipped: 0, rejected: {}, arrived: 0, lost: 0, maybeDuplicate: 0 };
}

/** All samples, on the clock of this process; from the first message on. */
class Samples {
  /** @type {Sample[]} */
  all = [];
  #store;
  /** @type {number | undefined} */
  #from;

  #say;
  #saidAt = 0;

  /** @param {string} store @param {(text: string) => void} say */
  constructor(store, say) {
    this.#store = store;
    this.#say = say;
  }

  begin() {
    this.#from = performance.now();
  }

  /** Seconds since the first message. */
  now() {
    return (performance.now() - (this.#from ?? performance.now())) / 1000;
  }

  /** @param {import('./host.mjs').HostSample} sample */
  async take(sample) {
    if (this.#from === undefined) return;
    const at = this.now();
    this.all.push({ ...sample, at, diskBytes: await bytesOf(this.#store) });
  }

  /** Each minute. */
  #sayHow() {
    const last = this.all.at(-1);
    if (last === undefined || this.now() - this.#saidAt < 60) return;
    this.#saidAt = this.now();
    const { at, counts, rss, heapUsed, waiting } = last;
    const mib = (/** @type {number} */ bytes) => (bytes / 2 ** 20).toFixed(0);
    this.#say(
      `${at.toFixed(0)} s: ${counts.published} published, RSS ${mib(rss)} MiB, heap ${mib(heapUsed)} MiB, ${waiting} waiting on disk`,
    );
  }

  /**
   * @param {number} at
   * @param {HostChild} host
   */
  async until(at, host) {
    while (this.now() < at) {
      if (host.hasEnded) throw new Error(`the gateway ended by itself:\n${(await host.ended).errors}`);
      await wait(Math.min(LOOK_MS, Math.max(1, (at - this.now()) * 1000)));
      this.#sayHow();
    }
  }
}
