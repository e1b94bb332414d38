// @ts-check
/** Publishing gateways that come to a violent end, one after another on one folder; then all of it is read back and judged. */
import { setTimeout as wait } from 'node:timers/promises';
import { Gateway } from './gateway.mjs';
import { nowUs } from './journal.mjs';
import { judge } from './judge.mjs';
import { Outages } from './outages.mjs';
import { configOf, PARTITIONS, rulesOf } from './setting.mjs';
import { createTopic, readTopic } from './topics.mjs';

/** Numbers of one life; no gateway publishes so many. */
const NUMBERS_A_LIFE = 1_000_000;
const DRAIN_MS = 180_000;

/**
 * @typedef {object} Rounds
 * @property {import('../kafka/cluster.mjs').KafkaCluster} cluster
 * @property {Omit<import('./setting.mjs').Setting, 'bootstrapServers'>} setting
 * @property {number} rounds
 * @property {number} rate Messages a second
 * @property {import('./random.mjs').Random} random
 * @property {{ begins: number, ends: number, killed: number }} outages How likely one begins, and ends, in a round, and that
 * the broker is killed for it, not frozen: then it needs 10 s to come back
 * @property {(gateway: Gateway) => Promise<number>} end Brings it to its end; resolves with the moment of it, in microseconds
 * @property {NodeJS.ProcessEnv} [env] Of the gateways
 * @property {(text: string) => void} [say]
 *
 * @typedef {import('./judge.mjs').Verdict & { drainMs: number, outages: number }} Result
 */

/**
 * @param {Rounds} options
 * @returns {Promise<Result>}
 */
export async function runRounds(options) {
  const { cluster, rounds, say = () => undefined } = options;
  const setting = { ...options.setting, bootstrapServers: cluster.bootstrapServers };
  const topics = Object.values(setting.topics);
  for (const topic of topics) await createTopic(cluster.bootstrapServers, topic, PARTITIONS);
  const outages = new Outages(cluster);
  /** @type {import('./judge.mjs').Life[]} */
  const lives = [];
  const counts = { outages: 0 };
  try {
    for (let round = 0; round < rounds; round += 1) {
      lives.push(await oneRound(options, setting, outages, lives.length, counts));
      say(`round ${round + 1} of ${rounds}: ${lifeText(lives.at(-1))}`);
    }
  } finally {
    outages.end();
    await outages.settled();
  }
  const { life, drainMs } = await lastLife(options, setting, lives.length);
  lives.push(life);
  say(`drained in ${drainMs.toFixed(0)} ms`);
  const records = await readAll(cluster.bootstrapServers, topics);
  return { ...judge(lives, rulesOf(setting), records), drainMs, ...counts };
}

/**
 * @param {Rounds} options
 * @param {import('./setting.mjs').Setting} setting
 * @param {Outages} outages
 * @param {number} index
 * @param {{ outages: number }} counts
 * @returns {Promise<import('./judge.mjs').Life>}
 */
async function oneRound({ random, rate, outages: likely, end, env }, setting, outages, index, counts) {
  const gateway = new Gateway({ config: configOf(setting), first: index * NUMBERS_A_LIFE + 1 }, env);
  gateway.say(`publish ${rate}`);
  // Some ends come while it starts, and finds what the life before has left.
  if (!random.chance(0.1)) await mustStart(gateway);
  const lifeMs = random.between(50, 2500);
  const changes = random.chance(outages.underWay ? likely.ends : likely.begins);
  const changeMs = random.between(0, lifeMs);
  const how = random.chance(likely.killed) ? 'killed' : 'frozen';
  await wait(changeMs);
  if (changes && outages.underWay) outages.end();
  else if (changes) {
    counts.outages += 1;
    outages.begin(how);
  }
  await Promise.race([wait(lifeMs - changeMs), gateway.ended]);
  const alive = await Promise.race([gateway.ended, Promise.resolve(undefined)]);
  if (alive !== undefined) throw endedByItself(alive);
  const endUs = await end(gateway);
  return { journal: gateway.journal, clean: false, endUs };
}

/** @param {Gateway} gateway */
async function mustStart(gateway) {
  const started = await Promise.race([gateway.line('started'), wait(60_000).then(() => undefined)]);
  if (started === undefined) {
    await gateway.kill();
    throw new Error('a gateway did not start within a minute');
  }
  if (started === '') throw endedByItself(await gateway.ended);
}

/** @param {{ code: number | null, signal: string | null, errors: string }} ended */
function endedByItself({ code, signal, errors }) {
  return new Error(`a gateway ended by itself, with ${signal ?? code}:\n${errors.slice(-2000)}`);
}

/**
 * Publishes nothing, hands over all that is left, and stops in order.
 * @param {Rounds} options
 * @param {import('./setting.mjs').Setting} setting
 * @param {number} index
 */
async function lastLife({ env }, setting, index) {
  const from = performance.now();
  const gateway = new Gateway({ config: configOf(setting), first: index * NUMBERS_A_LIFE + 1 }, env);
  await mustStart(gateway);
  const drained = await Promise.race([gateway.ask('drain', 'drained'), wait(DRAIN_MS).then(() => undefined)]);
  if (drained === undefined) {
    const left = JSON.stringify(gateway.journal.samples.at(-1));
    await gateway.kill();
    throw new Error(
      `the last gateway had something left after ${DRAIN_MS} ms: ${left}\n${gateway.journal.warnings.slice(-10).join('\n')}`,
    );
  }
  const endUs = nowUs();
  const ended = await gateway.stop();
  if (ended.code !== 0) throw endedByItself(ended);
  return { life: { journal: gateway.journal, clean: true, endUs }, drainMs: performance.now() - from };
}

/**
 * @param {string} bootstrapServers
 * @param {readonly string[]} topics
 */
export async function readAll(bootstrapServers, topics) {
  /** @type {Map<string, import('./topics.mjs').ReadRecord[]>} */
  const all = new Map();
  for (const topic of topics) {
    /** @type {import('./topics.mjs').ReadRecord[]} */
    const records = [];
    await readTopic(bootstrapServers, topic, PARTITIONS, (record) => records.push(record));
    all.set(topic, records);
  }
  return all;
}

/** @param {import('./judge.mjs').Life | undefined} life */
function lifeText(life) {
  if (life === undefined) return '';
  const { accepted, settled, storedAs, rejected, startMs, samples } = life.journal;
  const waiting = samples.at(-1)?.store?.waiting ?? '-';
  const start = startMs === undefined ? 'ended while it started' : `started in ${startMs.toFixed(0)} ms`;
  return `${start}, accepted ${accepted.size}, settled ${settled.size} (stored ${storedAs.size}), rejected ${rejected.size}, waiting ${waiting}`;
}

/**
 * kill -9.
 * @param {Gateway} gateway
 */
export async function killed(gateway) {
  const endUs = nowUs();
  await gateway.kill();
  return endUs;
}

/** @param {Result} result */
export function resultText(result) {
  return [
    `accepted ${result.accepted}, settled ${result.settled}, outages ${result.outages}`,
    `gone without a receipt ${result.missing}; of these the longest beyond storeAfterMs + commitIntervalMs: ${result.overdueMs.toFixed(0)} ms, in which it waited for ${result.syncs} syncs`,
    `records beyond the first of their message ${result.copies}, told as maybeDuplicate ${result.saidMaybe}; dropped by message_id: none left`,
    ...(result.problems.length === 0
      ? ['no problem found']
      : result.problems.map((problem) => `PROBLEM ${problem}`)),
  ].join('\n');
}
