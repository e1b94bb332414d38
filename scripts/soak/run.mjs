// @ts-check
/** Hours of a gateway with an outage in it: what it holds from sample to sample, and whether everything arrived. */
import path from 'node:path';
import { noCounts } from './counts.mjs';
import { setTimeout as wait } from 'node:timers/promises';
import { createTopic } from '../store/topics.mjs';
import { HostChild } from './child.mjs';
import { CommandSender, Reader } from './platform.mjs';
import { REPLAY_SECONDS, Samples } from './samples.mjs';
import { Tally } from './tally.mjs';

const PARTITIONS = 4;
const TOPICS = { telemetry: 'soak.telemetry', alarm: 'soak.alarm', commands: 'soak.commands' };
const DEVICES = 100;
const ALARM_EVERY = 100;
/** Samples of a run; never more often than the first, never less often than the second. */
const SAMPLES = 720;
const SAMPLE_MS = { least: 250, most: 5_000 };
/** For what is still on its way when the last message was published. */
const DRAIN_MS = 10 * 60_000;
const LOOK_MS = 200;

/**
 * @typedef {object} SoakPlan
 * @property {number} seconds In all; longer where the broker needs long to start again, or the store to become empty
 * @property {number} outageSeconds In the middle
 * @property {number} rate Messages a second
 * @property {number} commands A second
 *
 * @typedef {object} Marks Seconds since the first message
 * @property {number} away The broker was killed
 * @property {number} back It was started again, and takes requests
 * @property {number} replayed Nothing waits on disk for the first time after that; Infinity: it did not come to that
 * @property {number} end The last message was published
 *
 * @typedef {object} SoakResult
 * @property {{ before: import('./host.mjs').Live | null, after: import('./host.mjs').Live | null }} live Just before the outage, and at the end
 * @property {string} node
 * @property {SoakPlan} plan
 * @property {Marks} marks
 * @property {import('./samples.mjs').Sample[]} samples
 * @property {import('./host.mjs').Counts} counts
 * @property {number} commandsSent
 * @property {{ read: number, written: number, skipped: number, distinct: number, copies: number, strange: number, missing: { count: number, first: number[] } }} inKafka
 * @property {{ distinct: number, copies: number, strange: number, missing: { count: number, first: number[] } }} executed
 * @property {import('./child.mjs').HostEnd} stop
 * @property {number} lostByLedger
 * @property {string[]} troubles
 */

/**
 * @typedef {object} SoakOptions
 * @property {import('../kafka/cluster.mjs').KafkaCluster} cluster
 * @property {string} folder For the store
 * @property {import('./node.mjs').HostPlace} place
 * @property {SoakPlan} plan
 * @property {(text: string) => void} [say]
 *
 * @param {SoakOptions} options
 * @returns {Promise<SoakResult>}
 */
export async function runSoak(options) {
  const { cluster, plan } = options;
  for (const topic of Object.values(TOPICS)) await createTopic(cluster.bootstrapServers, topic, PARTITIONS);
  const parts = makeParts(options);
  const { host, reader, sender, samples, executed } = parts;
  try {
    const node = await host.started;
    await reader.start();
    await sender.start(plan.commands);
    host.say(`publish ${plan.rate}`);
    samples.begin();
    const { before, ...marks } = await throughOutage(options, parts);
    const live = { before, after: await host.collect() };
    host.say('publish 0');
    await Promise.all([sender.stop(), untilDrained(host, () => executed.distinct >= sender.sent)]);
    const stop = await host.stop();
    const written = await readAll(reader);
    return { node, plan, marks, live, samples: samples.all, stop, ...countsOf(parts, written) };
  } finally {
    await host.kill();
    await reader.stop();
  }
}

/** @typedef {ReturnType<typeof makeParts>} Parts */

/** @param {SoakOptions} options */
function makeParts({ cluster: { bootstrapServers }, folder, place, plan, say = () => undefined }) {
  const store = path.join(folder, 'store');
  const mostSeconds = Math.ceil(2 * plan.seconds) + REPLAY_SECONDS;
  const shared = { bootstrapServers, partitions: PARTITIONS };
  const topics = [TOPICS.telemetry, TOPICS.alarm];
  const reader = new Reader({ ...shared, topics, most: plan.rate * mostSeconds });
  const sender = new CommandSender({ ...shared, topic: TOPICS.commands, devices: DEVICES });
  const executed = new Tally(plan.commands * mostSeconds);
  /** @type {HostChild} */
  const host = new HostChild(place, hostOptions(bootstrapServers, store, plan), {
    sample: (sample) => void samples.take(sample),
    commands: (numbers) => numbers.forEach((n) => executed.add(n)),
  });
  const samples = new Samples(host, store, say);
  return { reader, sender, executed, samples, host };
}

/** Waits until all is read that was written, and tells how much that is. @param {Reader} reader */
async function readAll(reader) {
  const written = await reader.written();
  const until = performance.now() + DRAIN_MS;
  while (reader.read < written && performance.now() < until) await wait(LOOK_MS);
  return written;
}

/**
 * @param {Parts} parts
 * @param {number} written
 */
function countsOf({ host, reader, sender, executed }, written) {
  const { tally, read, skipped } = reader;
  const counts = host.stopped?.counts ?? host.last?.counts ?? noCounts();
  return {
    counts,
    commandsSent: sender.sent,
    inKafka: { ...tallied(tally, counts.published), read, written, skipped },
    executed: tallied(executed, sender.sent),
    lostByLedger: (host.stopped?.losses ?? []).reduce((sum, { count }) => sum + count, 0),
    troubles: host.troubles,
  };
}

/**
 * @param {string} bootstrapServers
 * @param {string} store
 * @param {SoakPlan} plan
 * @returns {import('./host.mjs').HostOptions}
 */
function hostOptions(bootstrapServers, store, plan) {
  const mapping = (/** @type {string} */ topic) => ({ enabled: true, topic, key: '{{device_id}}' });
  return {
    config: {
      app: { id: 1, name: 'soak' },
      connection: { bootstrapServers },
      uplink: {
        telemetry: mapping(TOPICS.telemetry),
        alarm: mapping(TOPICS.alarm),
        store: { path: store },
      },
      // A command that was sent before the group has its partitions counts as well.
      downlink: { autoOffsetReset: 'earliest', writePoint: { enabled: true, topic: TOPICS.commands } },
    },
    devices: DEVICES,
    alarmEvery: ALARM_EVERY,
    sampleMs: Math.min(SAMPLE_MS.most, Math.max(SAMPLE_MS.least, (plan.seconds * 1000) / SAMPLES)),
  };
}

/**
 * @param {SoakOptions} options
 * @param {Parts} parts
 * @returns {Promise<Marks & { before: import('./host.mjs').Live | null }>}
 */
async function throughOutage({ cluster, plan, say = () => undefined }, { host, samples }) {
  const [broker = 1] = cluster.nodeIds;
  await samples.until((plan.seconds - plan.outageSeconds) / 2);
  const before = await host.collect();
  await cluster.kill9(broker);
  const away = samples.now();
  say(`the broker is killed: ${host.last?.counts.published} messages published`);
  await samples.until(away + plan.outageSeconds);
  await cluster.restart(broker);
  const back = samples.now();
  say(`the broker is back; waiting on disk: ${host.last?.waiting}`);
  const half = (plan.seconds - plan.outageSeconds) / 2;
  const replayed = await samples.calm(back, plan.rate);
  if (Number.isFinite(replayed)) await samples.until(Math.max(back + half, replayed + half / 2));
  return { before, away, back, replayed, end: samples.now() };
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

/** @param {Tally} tally @param {number} below */
function tallied(tally, below) {
  const { distinct, copies, strange } = tally;
  return { distinct, copies, strange, missing: tally.missing(below) };
}
