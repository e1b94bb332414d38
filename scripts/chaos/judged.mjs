// @ts-check
/** A round that was played, read back from Kafka and judged. */
import { nowUs } from '../store/journal.mjs';
import { commandLog, uplinkLog } from './oracle/dumps.mjs';
import { judgeDownlink } from './oracle/downlink.mjs';
import { readCommits, readTopic, topicIdOf } from './oracle/read.mjs';
import { readLateStarts } from './oracle/starts.mjs';
import { judgeUplink } from './oracle/uplink.mjs';
import { gatewayOf, groupOf, rulesOf, topicsOf } from './setting.mjs';

/** Errors that a message or an answer may end with when everything fails: each says that it was not taken, or why it ended. */
const ALLOWED = new Set([
  'QUEUE_FULL',
  'STORE_FULL',
  'STORE_EVICTED',
  'STORE_DEGRADED',
  'DELIVERY_TIMEOUT',
  'DELIVERY_UNKNOWN',
  'COMMAND_STALE',
  'TOPIC_NOT_FOUND',
  'STOPPED',
]);
/** How a problem with the order of messages begins. */
const OUT_OF_ORDER = 'order of a key';
/** A topic that is read while brokers come and go. */
const ATTEMPTS = 4;

/**
 * @typedef {object} RoundVerdict
 * @property {Record<string, number>} up
 * @property {Record<string, number>} refused
 * @property {Record<string, number>} down
 * @property {readonly string[]} problems
 *
 * @typedef {{ all: import('./oracle/read.mjs').TopicDump, committed: import('./oracle/read.mjs').TopicDump | undefined }} Held
 */

/**
 * What a topic holds. Of a command topic both: what counts, and what was aborted.
 * @param {string} bootstrapServers
 * @param {string} topic
 * @param {boolean} withTransactions
 * @returns {Promise<Held>}
 */
export function readHeld(bootstrapServers, topic, withTransactions) {
  return patiently(async () => {
    const all = await readTopic(bootstrapServers, topic);
    const committed = withTransactions
      ? await readTopic(bootstrapServers, topic, { isolation: 'read_committed' })
      : undefined;
    return { all, committed };
  });
}

/** The id that a topic has now. @param {string} bootstrapServers @param {string} topic */
export function idOf(bootstrapServers, topic) {
  return patiently(() => topicIdOf(bootstrapServers, topic));
}

/**
 * @template Read
 * @param {() => Promise<Read>} read
 * @returns {Promise<Read>}
 */
async function patiently(read) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await read();
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

/**
 * @param {import('./round.mjs').Played} played
 * @param {import('./brokers.mjs').Brokers} brokers They work again
 * @returns {Promise<{ verdict: RoundVerdict, judged: unknown }>} And what it was judged from
 */
export async function judgeRound(played, brokers) {
  const bootstrapServers = brokers.direct;
  const topics = topicsOf(played.prefix);
  // Most of the time Kafka's tools start: together they are done sooner.
  const [upLogs, downLogs, commits] = await Promise.all([
    logsOf(played, bootstrapServers, [topics.telemetry, topics.alarm, topics.attributes], (held, removed) =>
      uplinkLog(held.all, removed),
    ),
    logsOf(played, bootstrapServers, [topics.write, topics.command], ({ all, committed }, removed) =>
      commandLog(committed ?? all, committed === undefined ? undefined : all, removed),
    ),
    readCommits(bootstrapServers, groupOf(played.prefix)),
  ]);
  const uplink = {
    gateways: played.gateways.map((gateway, number) => ({
      name: gateway.name,
      lives: gateway.lives,
      rules: rulesOf(topics, number),
      owns: (/** @type {number} */ n) => gatewayOf(n) === number,
      diskWorks: !played.done.fullDisks.has(number),
    })),
    topics: upLogs,
    grown: new Set(played.done.partitions.keys()),
    allowedCodes: ALLOWED,
  };
  const downlink = {
    gateways: played.gateways,
    topics: downLogs,
    commits,
    wallMinusMonotonicUs: Date.now() * 1000 - nowUs(),
    acknowledged: played.sent,
  };
  if (judgeUplink(uplink).problems.some((text) => text.startsWith(OUT_OF_ORDER)))
    await addLateStarts(uplink.topics, brokers);
  const { problems: upProblems, codes, ...up } = judgeUplink(uplink);
  const { problems: downProblems, ...down } = judgeDownlink(downlink);
  const verdict = { up, refused: codes, down, problems: [...upProblems, ...downProblems] };
  return { verdict, judged: { uplink, downlink, faults: played.done.log } };
}

/**
 * What explains an order is looked for only where there is something to explain. Of a topic that was deleted nothing is left to look at.
 * @param {Map<string, import('./oracle/uplink.mjs').UplinkLog[]>} topics
 * @param {import('./brokers.mjs').Brokers} brokers
 */
async function addLateStarts(topics, brokers) {
  for (const [topic, logs] of topics) {
    const present = logs.at(-1);
    if (present !== undefined) present.starts = await patiently(() => readLateStarts(brokers, topic));
  }
}

/**
 * The logs that each topic had, the present one last.
 * @template Log
 * @param {import('./round.mjs').Played} played
 * @param {string} bootstrapServers
 * @param {readonly string[]} names
 * @param {(held: Held, removed?: import('./oracle/logs.mjs').Removal) => Log} logOf
 * @returns {Promise<Map<string, Log[]>>}
 */
async function logsOf({ prefix, done }, bootstrapServers, names, logOf) {
  /** @type {Map<string, Log[]>} */
  const all = new Map();
  for (const name of names) {
    const former = done.removals
      .filter(({ topic }) => topic === name)
      .map(({ dump, fromUs, toUs }) => logOf(dump, { readUs: fromUs, goneUs: toUs }));
    const held = await readHeld(bootstrapServers, name, name === topicsOf(prefix).write);
    all.set(name, [...former, logOf(held)]);
  }
  return all;
}
