// @ts-check
// A gateway host for hours, in a process of its own that needs the same memory at the end as at the beginning: it counts, and
// keeps no list. Once in a while it writes a line of JSON to file descriptor 3. Lines on its input: `publish RATE`, `collect`,
// `stop`.
// Argument: JSON of `HostOptions`.
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { createKafkaNorthward } from 'ng-kafka-northward';
import { noCounts } from './counts.mjs';
import { alarm, telemetry } from '../store/messages.mjs';
import { collectGarbage, watchResources } from './resources.mjs';

/**
 * @typedef {object} HostOptions
 * @property {import('../../src/index.js').NorthwardConfig} config
 * @property {number} devices
 * @property {number} alarmEvery Each so many messages one is an alarm: it goes to the disk before it is sent
 * @property {number} sampleMs
 *
 * @typedef {object} Counts Of messages, since the start
 * @property {number} published
 * @property {number} delivered By a receipt
 * @property {number} stored By a receipt: an event tells the end
 * @property {number} skipped
 * @property {Record<string, number>} rejected By code
 * @property {number} arrived Events `delivered`
 * @property {number} lost In events `lost`
 * @property {number} maybeDuplicate Of `delivered` and `arrived`
 *
 * @typedef {import('./resources.mjs').Resources & {
 *   state: string, queued: number, storeState: string, storeBytes: number, waiting: number, lag: number, counts: Counts
 * }} HostSample
 *
 * @typedef {{ heapUsed: number, external: number }} Live Bytes that a full garbage collection leaves
 *
 * @typedef {{ sample: HostSample }
 *   | { live: Live }
 *   | { started: string }
 *   | { commands: number[] }
 *   | { stopped: { report: import('../../src/index.js').StopReport, losses: import('../../src/index.js').LossEntry[], counts: Counts } }
 *   | { trouble: string }} Told
 */

const TICK_MS = 5;
/** Executed commands are told in one line, as the parent counts them. */
const TELL_COMMANDS = 100;
const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 20_000;

/** @type {HostOptions} */
const { config, devices, alarmEvery, sampleMs } = JSON.parse(process.argv[2] ?? '{}');

/** @param {Told} told */
function tell(told) {
  const bytes = Buffer.from(`${JSON.stringify(told)}\n`);
  for (let done = 0; done < bytes.length;) done += writeSync(3, bytes, done);
}

const counts = noCounts();
const log = (/** @type {string} */ message, /** @type {unknown} */ fields) =>
  tell({ trouble: `${message} ${JSON.stringify(fields ?? {})}` });
const northward = createKafkaNorthward(config, {
  logger: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: log },
});
process.on('unhandledRejection', (reason) => tell({ trouble: `unhandled rejection: ${String(reason)}` }));
northward.on('delivered', ({ receipt }) => {
  counts.arrived += 1;
  if (receipt.maybeDuplicate === true) counts.maybeDuplicate += 1;
});
northward.on('lost', ({ count, cause, lane }) => {
  counts.lost += count;
  tell({ trouble: `lost ${count} of lane ${lane}: ${cause}` });
});

/** @param {import('../../src/index.js').Receipt} receipt */
function settled(receipt) {
  counts[receipt.status] += 1;
  if (receipt.status === 'delivered' && receipt.maybeDuplicate === true) counts.maybeDuplicate += 1;
}

/** @param {{ code: string }} error */
function rejected({ code }) {
  counts.rejected[code] = (counts.rejected[code] ?? 0) + 1;
}

let rate = 0;
let due = 0;
let lastTick = performance.now();
function tick() {
  const at = performance.now();
  // After a stall of the machine it does not publish in one gulp what it could not publish meanwhile.
  due += (Math.min(at - lastTick, 1000) * rate) / 1000;
  lastTick = at;
  for (; due >= 1; due -= 1) {
    const n = counts.published;
    counts.published += 1;
    const promise =
      n % alarmEvery === 0
        ? northward.publishAlarm(alarm(n, devices))
        : northward.publishTelemetry(telemetry(n, devices));
    promise.then(settled, rejected);
  }
}

/** @type {number[]} */
let executed = [];
function tellCommands() {
  if (executed.length > 0) tell({ commands: executed });
  executed = [];
}

/** Executes what comes until the gateway stops; to ask for the next one acknowledges the one before. */
async function executeCommands() {
  for await (const { data } of northward.commands()) {
    executed.push('requestId' in data ? Number(data.requestId) : NaN);
    if (executed.length >= TELL_COMMANDS) tellCommands();
  }
}

const resources = watchResources();
function sample() {
  tellCommands();
  const { state, uplink, downlink, store } = northward.metrics();
  const lanes = store?.lanes ?? [];
  tell({
    sample: {
      ...resources.take(),
      state,
      queued: uplink.queue.messages,
      storeState: store?.state ?? 'none',
      storeBytes: lanes.reduce((sum, lane) => sum + lane.bytes, 0),
      waiting: lanes.reduce((sum, lane) => sum + lane.messages, 0),
      lag: downlink.lag.reduce((sum, { lag }) => sum + (lag ?? 0), 0),
      counts,
    },
  });
}

async function stop() {
  clearInterval(ticking);
  clearInterval(sampling);
  const report = await northward.stop({ timeoutMs: STOP_TIMEOUT_MS });
  await executing;
  tellCommands();
  resources.close();
  // From here on nothing of this script keeps the process alive, and nothing ends it: what is left is the library's.
  stopping = true;
  input.close();
  process.stdin.destroy();
  tell({ stopped: { report, losses: [...northward.losses()], counts } });
}

let stopping = false;
const input = createInterface({ input: process.stdin });
input.on('line', (line) => {
  const [word, argument] = line.split(' ');
  if (word === 'publish') rate = Number(argument);
  if (word === 'collect') tell({ live: collectGarbage() });
  if (word === 'stop') void stop();
});
// The parent is gone: nobody is interested any more.
input.on('close', () => stopping || process.exit(1));

const executing = executeCommands();
await northward.start();
await northward.ready({ timeoutMs: READY_TIMEOUT_MS });
tell({ started: process.versions.node });
lastTick = performance.now();
const ticking = setInterval(tick, TICK_MS);
const sampling = setInterval(sample, sampleMs);
