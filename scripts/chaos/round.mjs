// @ts-check
/** One round: gateways and a platform at work, faults by a schedule, then quiet; all of it is read back and judged. */
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { nowUs } from '../store/journal.mjs';
import { Random } from '../store/random.mjs';
import { Admin } from './admin.mjs';
import { nothingDone, play } from './faults.mjs';
import { GatewayUnit } from './plant.mjs';
import { Platform } from './platform.mjs';
import { scheduleOf } from './schedule.mjs';
import { GATEWAYS, PARTITIONS, topicsOf } from './setting.mjs';

/** So long after the last fault everything is handed over and executed. */
const SETTLE_MS = 60_000;

/**
 * @typedef {object} RoundOptions
 * @property {import('./brokers.mjs').Brokers} brokers
 * @property {number} seed
 * @property {number} seconds How long faults happen
 * @property {readonly string[]} without Kinds of faults that are left out
 * @property {string} folder Of the gateways' disks and clocks
 * @property {boolean} ownDisks Each gateway has a small file system of its own, which can be full
 * @property {string | undefined} clock The library that makes clocks jump
 * @property {(topic: string) => Promise<import('./judged.mjs').Held>} dump Reads a topic before it is deleted
 * @property {(topic: string) => Promise<string>} idOf The id that it has now
 * @property {(text: string) => void} say
 *
 * @typedef {object} Played What the judge needs
 * @property {number} seed
 * @property {string} prefix
 * @property {number} startUs
 * @property {number} endUs Everything was handed over and executed, or the time for it was over
 * @property {ReadonlyMap<string, number>} sentAt When a broker had acknowledged each command
 * @property {ReadonlyMap<string, ReadonlySet<string>>} sent Ids of commands that Kafka has acknowledged, of the present topics
 * @property {readonly GatewayUnit[]} gateways
 * @property {import('./faults.mjs').Done} done
 * @property {Platform['counts']} counts
 * @property {number | undefined} settledMs Undefined: not within a minute
 * @property {string[]} problems
 * @property {readonly import('./schedule.mjs').Fault[]} schedule
 */

/**
 * @param {RoundOptions} options
 * @returns {Promise<Played>}
 */
export async function playRound(options) {
  const { brokers, seed } = options;
  const prefix = `chaos-${seed}`;
  const topics = topicsOf(prefix);
  const admin = new Admin(brokers.direct);
  const platform = new Platform(brokers.direct, topics, new Random(seed + 1));
  /** @type {GatewayUnit[]} */
  const gateways = [];
  try {
    for (const topic of Object.values(topics)) await admin.create(topic, PARTITIONS);
    await makeGateways(options, prefix, gateways);
    await platform.start();
    return await played(options, { prefix, topics, admin, platform, gateways });
  } finally {
    admin.close();
    await platform.stop().catch(() => undefined);
    // One that cannot be removed keeps none of the others.
    await Promise.allSettled(gateways.map((gateway) => gateway.remove()));
  }
}

/**
 * The topics of a round that was judged: a broker that was killed looks through all that it has before it takes requests.
 * @param {import('./brokers.mjs').Brokers} brokers
 * @param {string} prefix
 */
export async function removeTopics(brokers, prefix) {
  const admin = new Admin(brokers.direct);
  try {
    await Promise.all(Object.values(topicsOf(prefix)).map((topic) => admin.delete(topic)));
  } finally {
    admin.close();
  }
}

/**
 * @param {RoundOptions} options
 * @param {string} prefix
 * @param {GatewayUnit[]} gateways Those that it makes
 */
async function makeGateways({ brokers, folder, ownDisks, clock }, prefix, gateways) {
  const common = { edge: brokers.edge, prefix, clock, folder: path.join(folder, prefix), ownDisk: ownDisks };
  for (let number = 0; number < GATEWAYS; number += 1) gateways.push(await GatewayUnit.make(number, common));
  await Promise.all(gateways.map((gateway) => gateway.start()));
}

/**
 * @param {RoundOptions} options
 * @param {{ prefix: string, topics: import('./setting.mjs').Topics, admin: Admin, platform: Platform, gateways: GatewayUnit[] }} scene
 * @returns {Promise<Played>}
 */
async function played(
  { brokers, seed, seconds, without, ownDisks, clock, dump, idOf, say },
  { prefix, topics, admin, platform, gateways },
) {
  const shape = { seconds, brokers: brokers.ids.length, gateways: GATEWAYS };
  // What this machine cannot do would be counted, and never happen.
  const left = new Set([
    ...without,
    ...(ownDisks ? [] : ['disk']),
    ...(clock === undefined ? ['clock'] : []),
  ]);
  const schedule = scheduleOf(seed, shape).filter(({ kind }) => !left.has(kind));
  const done = nothingDone();
  const startUs = nowUs();
  await play(schedule, { brokers, gateways, platform, admin, topics, dump, idOf, say }, done);
  await calm(brokers, gateways);
  await platform.stop();
  const { settledMs, problems } = await settled(gateways, platform);
  const endUs = nowUs();
  await Promise.all(gateways.map((gateway) => gateway.stop()));
  problems.push(...gateways.flatMap((gateway) => gateway.problems));
  const { counts, sent, sentAt } = platform;
  return {
    seed,
    prefix,
    startUs,
    endUs,
    sent,
    sentAt,
    gateways,
    done,
    counts,
    settledMs,
    problems,
    schedule,
  };
}

/**
 * Everything works again.
 * @param {import('./brokers.mjs').Brokers} brokers
 * @param {readonly GatewayUnit[]} gateways
 */
async function calm(brokers, gateways) {
  brokers.link(brokers.ids, 'open');
  await brokers.back();
  for (const gateway of gateways) {
    await gateway.freeDisk();
    await gateway.setClock(0);
    await gateway.start();
    gateway.say('publish 0');
  }
}

/**
 * Waits until each message is handed over and each command executed.
 * @param {readonly GatewayUnit[]} gateways
 * @param {Platform} platform
 */
async function settled(gateways, platform) {
  const from = performance.now();
  const left = () => SETTLE_MS - (performance.now() - from);
  const problems = [];
  const drained = await Promise.all(gateways.map((gateway) => gateway.drained(SETTLE_MS)));
  for (const [index, good] of drained.entries()) {
    if (good) continue;
    const state = JSON.stringify(gateways[index]?.journal?.samples.at(-1));
    problems.push(
      `a silent stall: gateway ${index} has something left a minute after the last fault: ${state}`,
    );
  }
  let waiting = missingCommands(gateways, platform);
  while (waiting.length > 0 && left() > 0) {
    await wait(100);
    waiting = missingCommands(gateways, platform);
  }
  if (waiting.length > 0) {
    const named = waiting.slice(0, 5).join(', ');
    problems.push(
      `a silent stall: ${waiting.length} commands are not executed a minute after the last fault: ${named}`,
    );
  }
  return { settledMs: problems.length === 0 ? performance.now() - from : undefined, problems };
}

/** @param {readonly GatewayUnit[]} gateways @param {Platform} platform */
function missingCommands(gateways, platform) {
  const executed = new Set();
  for (const { journals } of gateways)
    for (const journal of journals) for (const { id, ok } of journal.executions) if (ok) executed.add(id);
  return [...platform.sent.values()].flatMap((ids) => [...ids].filter((id) => !executed.has(id)));
}
