// @ts-check
/** A large backlog: how long a start takes, how much memory it needs, what becomes of the disk when it is handed over. */
import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import { Gateway } from './gateway.mjs';
import { configOf, PARTITIONS } from './setting.mjs';
import { createTopic, readTopic } from './topics.mjs';

/** Nobody listens there: an outage from the first moment on. */
const NOBODY = '127.0.0.1:1';
const STARTS = 5;

/**
 * @typedef {object} Backlog
 * @property {import('../kafka/cluster.mjs').KafkaCluster} cluster
 * @property {Omit<import('./setting.mjs').Setting, 'bootstrapServers'>} setting
 * @property {number} records
 * @property {number} [starts] How many starts a median is taken of. Default 5
 * @property {(text: string) => void} [say]
 *
 * @typedef {object} BacklogResult
 * @property {number} emptyStartMs Median
 * @property {number} fullStartMs Median
 * @property {number} fillMs
 * @property {number} fillRssMb The most
 * @property {number} startRssMb After the start with the backlog
 * @property {number} drainMs
 * @property {number} drainRssMb The most
 * @property {number} fullBytes On disk
 * @property {number} drainedBytes
 * @property {string[]} problems
 */

/**
 * @param {Backlog} options
 * @returns {Promise<BacklogResult>}
 */
export async function runBacklog({ cluster, setting, records, starts = STARTS, say = () => undefined }) {
  for (const topic of Object.values(setting.topics)) {
    await createTopic(cluster.bootstrapServers, topic, PARTITIONS);
  }
  const empty = { ...setting, folder: path.join(setting.folder, 'empty'), bootstrapServers: NOBODY };
  const full = { ...setting, folder: path.join(setting.folder, 'full'), bootstrapServers: NOBODY };
  const emptyStart = await medianStart(empty, starts);
  say(`start without backlog: ${emptyStart.ms.toFixed(1)} ms`);
  const filling = await fill(full, records);
  const fullBytes = await bytesOf(full.folder);
  say(`${records} messages in ${(filling.ms / 1000).toFixed(1)} s, ${mb(fullBytes)} on disk`);
  const fullStart = await medianStart(full, starts);
  say(`start with them: ${fullStart.ms.toFixed(1)} ms`);
  const draining = await drain({ ...full, bootstrapServers: cluster.bootstrapServers });
  const drainedBytes = await bytesOf(full.folder);
  say(`handed over in ${(draining.ms / 1000).toFixed(1)} s, ${mb(drainedBytes)} on disk`);
  return {
    emptyStartMs: emptyStart.ms,
    fullStartMs: fullStart.ms,
    fillMs: filling.ms,
    fillRssMb: filling.rssMb,
    startRssMb: fullStart.rssMb,
    drainMs: draining.ms,
    drainRssMb: draining.rssMb,
    fullBytes,
    drainedBytes,
    problems: await problemsOf(cluster.bootstrapServers, setting.topics.telemetry, records),
  };
}

/** @param {import('./setting.mjs').Setting} setting */
function gatewayOn(setting) {
  return new Gateway({ config: configOf(setting), first: 1, quiet: true, alarmEvery: 0 });
}

/**
 * Starts several times, and stops without having handed over anything.
 * @param {import('./setting.mjs').Setting} setting
 * @param {number} starts
 */
async function medianStart(setting, starts) {
  const all = [];
  let rssMb = 0;
  for (let n = 0; n < starts; n += 1) {
    const gateway = gatewayOn(setting);
    await mustSay(gateway, gateway.line('started'));
    await gateway.stop();
    all.push(gateway.journal.startMs ?? NaN);
    rssMb = Math.max(rssMb, mostMemory(gateway));
  }
  return { ms: all.toSorted((a, b) => a - b)[Math.floor(starts / 2)] ?? NaN, rssMb };
}

/** @param {import('./setting.mjs').Setting} setting @param {number} records */
async function fill(setting, records) {
  const gateway = gatewayOn(setting);
  await mustSay(gateway, gateway.line('started'));
  const from = performance.now();
  await mustSay(gateway, gateway.ask(`fill ${records}`, 'filled'));
  const ms = performance.now() - from;
  await gateway.stop();
  const errors = [...gateway.journal.otherErrors].map(([text, count]) => `${text}: ${count}`);
  if (errors.length > 0) throw new Error(`not all was taken in: ${errors.join(', ')}`);
  return { ms, rssMb: mostMemory(gateway) };
}

/** @param {import('./setting.mjs').Setting} setting */
async function drain(setting) {
  const gateway = gatewayOn(setting);
  await mustSay(gateway, gateway.line('started'));
  const from = performance.now();
  await mustSay(gateway, gateway.ask('drain', 'drained'));
  const ms = performance.now() - from;
  await gateway.stop();
  return { ms, rssMb: mostMemory(gateway) };
}

/** @param {Gateway} gateway @param {Promise<string>} line */
async function mustSay(gateway, line) {
  if ((await line) !== '') return;
  const { code, signal, errors } = await gateway.ended;
  throw new Error(`the gateway ended by itself, with ${signal ?? code}:\n${errors.slice(-2000)}`);
}

/** @param {Gateway} gateway */
function mostMemory({ journal }) {
  return journal.samples.reduce((most, { rssMb }) => Math.max(most, rssMb), 0);
}

/** What the files of a folder take on their disk. @param {string} folder @returns {Promise<number>} */
export async function bytesOf(folder) {
  const entries = await readdir(folder, { recursive: true }).catch(() => []);
  let bytes = 0;
  for (const name of entries) {
    // One that goes while it is looked at takes nothing any more.
    const found = await lstat(path.join(folder, name)).catch(() => undefined);
    if (found?.isFile() === true) bytes += found.blocks * 512;
  }
  return bytes;
}

/**
 * Each number once, those of a key in order.
 * @param {string} bootstrapServers
 * @param {string} topic
 * @param {number} records
 */
async function problemsOf(bootstrapServers, topic, records) {
  const seen = new Uint8Array(records + 1);
  /** @type {Map<string, number>} */
  const last = new Map();
  let twice = 0;
  let disorder = 0;
  await readTopic(bootstrapServers, topic, PARTITIONS, ({ n, key }) => {
    if (seen[n] === 1) twice += 1;
    seen[n] = 1;
    if (n < (last.get(key) ?? 0)) disorder += 1;
    last.set(key, n);
  });
  const missing = records - seen.reduce((sum, each) => sum + each, 0);
  const found = [
    [missing, 'missing'],
    [twice, 'twice'],
    [disorder, 'out of order'],
  ];
  return found.filter(([count]) => count !== 0).map(([count, what]) => `${count} of ${records} ${what}`);
}

/** @param {number} bytes */
function mb(bytes) {
  return `${(bytes / 2 ** 20).toFixed(1)} MB`;
}

/** @param {BacklogResult} result */
export function backlogText(result) {
  return [
    `start: ${result.emptyStartMs.toFixed(1)} ms without backlog, ${result.fullStartMs.toFixed(1)} ms with it (medians of ${STARTS})`,
    `RSS at most: ${result.fillRssMb} MB while it was filled, ${result.startRssMb} MB after a start, ${result.drainRssMb} MB while it was handed over`,
    `disk: ${mb(result.fullBytes)} full, ${mb(result.drainedBytes)} when all is handed over`,
    ...(result.problems.length === 0
      ? ['no problem found']
      : result.problems.map((text) => `PROBLEM ${text}`)),
  ].join('\n');
}
