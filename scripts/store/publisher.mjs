// @ts-check
// A gateway in a process of its own, to be killed at any moment. It writes to file descriptor 3 what it knows, one line
// each and before anything else can happen to it; the parent reads (journal.mjs). Lines on its input: `publish RATE`,
// `fill COUNT`, `probe RATE`, `drain`, `stop`, `exit`. Argument: JSON of `PublisherOptions`.
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
// Before the library.
import { tellOfCalls } from './watched-calls.mjs';
import { executeCommands } from './commands.mjs';
import { nowUs, TICK_US } from './journal.mjs';
import { alarm, attributes, telemetry } from './messages.mjs';

/**
 * @typedef {object} PublisherOptions
 * @property {import('../../src/index.js').NorthwardConfig} config
 * @property {number} first Number of the first message; they are counted up from there
 * @property {number} [devices] Default 20
 * @property {number} [firstDevice] Id of the first of them. Default 0
 * @property {number} [alarmEvery] Each so many messages one is an alarm. Default 10; 0: none
 * @property {number} [untilStoredEvery] Each so many one is published with `until: 'stored'`. Default 7; 0: none
 * @property {number} [attributesEvery] Each so many one is an attribute message, if it is no alarm. Default 0: none
 * @property {boolean} [commands] Executes the commands that come, too
 * @property {boolean} [waitForGo] Start only when the line `go` comes
 * @property {boolean} [quiet] Only numbers, no line for each message
 */

const SAMPLE_MS = 50;

/** Another build of the library, that is broken on purpose. @type {typeof import('../../src/index.js')} */
const { createKafkaNorthward } = await import(process.env['NORTHWARD_LIBRARY'] ?? 'ng-kafka-northward');

/** @type {PublisherOptions} */
const options = JSON.parse(process.argv[2] ?? '{}');
const { devices = 20, firstDevice = 0, alarmEvery = 10, attributesEvery = 0 } = options;
const { untilStoredEvery = 7, quiet = false } = options;
let next = options.first;

/** @type {string[]} */
let lines = [];
/** @param {string} line */
function tell(line) {
  if (lines.push(line) === 1) setImmediate(flush);
}
function flush() {
  if (lines.length === 0) return;
  const text = `${lines.join('\n')}\n`;
  lines = [];
  writeAll(Buffer.from(text));
}
/** @param {Buffer} bytes */
function writeAll(bytes) {
  for (let done = 0; done < bytes.length;) done += writeSync(3, bytes, done);
}

/** For what must be known whatever happens next. @param {string} line */
function tellNow(line) {
  flush();
  writeAll(Buffer.from(`${line}\n`));
}

tellOfCalls((line) => writeAll(Buffer.from(`${line}\n`)));

const log = (/** @type {string} */ level) => (/** @type {string} */ message, /** @type {unknown} */ fields) =>
  tell(`w ${level} ${JSON.stringify({ message, ...Object(fields) })}`);
const northward = createKafkaNorthward(options.config, {
  logger: { debug: () => undefined, info: () => undefined, warn: log('warn'), error: log('error') },
});
process.on('unhandledRejection', (reason) => tell(`c unhandled rejection ${String(reason)}`));
northward.on('delivered', ({ id, receipt, former }) => {
  const again = receipt.maybeDuplicate === true ? 1 : 0;
  if (!quiet)
    tell(
      `D ${id} ${nowUs()} ${receipt.topic} ${receipt.partition} ${receipt.offset} ${again} ${former === true ? 1 : 0}`,
    );
});
northward.on('lost', ({ ids, count, cause, lane, former }) => {
  tell(`L ${JSON.stringify({ ids: ids.map(String), count, cause, lane, former: former === true })}`);
});
northward.on('rebalance', ({ type, partitions }) => {
  for (const { topic, partition } of partitions) tellNow(`G ${type} ${nowUs()} ${topic} ${partition}`);
});
northward.on('offset-reset', ({ reason, topic, partition }) => {
  if (reason === 'recreated') tellNow(`G recreated ${nowUs()} ${topic} ${partition}`);
});

/** @param {number} n */
function publish(n) {
  const until = untilStoredEvery > 0 && n % untilStoredEvery === 0 ? 'stored' : 'delivered';
  const promise = send(n, { until });
  if (!quiet) tell(`a ${n} ${nowUs()}`);
  return promise.then(
    (receipt) => settled(n, receipt),
    (error) => tell(`r ${n} ${nowUs()} ${error.code}`),
  );
}

/**
 * @param {number} n
 * @param {{ until: 'stored' | 'delivered' }} how
 */
function send(n, how) {
  if (alarmEvery > 0 && n % alarmEvery === 0)
    return northward.publishAlarm(alarm(n, devices, firstDevice), how);
  if (attributesEvery > 0 && n % attributesEvery === 0)
    return northward.publishAttributes(attributes(n, devices, firstDevice), how);
  return northward.publishTelemetry(telemetry(n, devices, firstDevice), how);
}

/**
 * @param {number} n
 * @param {import('../../src/index.js').Receipt} receipt
 */
function settled(n, receipt) {
  if (quiet) return;
  if (receipt.status === 'stored') tell(`s ${n} ${nowUs()} ${receipt.id}`);
  if (receipt.status !== 'delivered') return;
  const again = receipt.maybeDuplicate === true ? 1 : 0;
  tell(`d ${n} ${nowUs()} ${receipt.topic} ${receipt.partition} ${receipt.offset} ${again}`);
}

let rate = 0;
let probeRate = 0;
let due = 0;
let probesDue = 0;
let probes = 0;
let lastTick = performance.now();
let opened = false;
function tick() {
  if (!opened && northward.metrics().store?.state === 'working') {
    opened = true;
    tell(`o ${nowUs()}`);
  }
  const at = performance.now();
  const passed = Math.min(at - lastTick, 1000);
  lastTick = at;
  tell(`t ${nowUs()}`);
  due += (passed * rate) / 1000;
  for (; due >= 1; due -= 1) void publish(next++);
  probesDue += (passed * probeRate) / 1000;
  for (; probesDue >= 1; probesDue -= 1) probe();
}

/** A message of a kind that nothing else here is: how long does it take while others wait? */
function probe() {
  const from = performance.now();
  northward.publishAttributes(attributes((probes += 1), devices, firstDevice)).then(
    () => tell(`p ${nowUs()} ${(performance.now() - from).toFixed(2)}`),
    (error) => tell(`e probe ${error.code}`),
  );
}

function sample() {
  const { uplink, store } = northward.metrics();
  const waiting = (store?.lanes ?? []).reduce((sum, lane) => sum + lane.messages, 0);
  const sampled = {
    at: nowUs(),
    rssMb: Math.round(process.memoryUsage.rss() / 2 ** 20),
    state: northward.state,
    queued: uplink.queue.messages,
    failed: uplink.failedByCode,
    store: store ? { ...store, waiting } : null,
  };
  tell(`x ${JSON.stringify(sampled)}`);
}

/** Takes in so many as fast as they are taken: what is refused for want of room comes again. @param {number} count */
async function fill(count) {
  const open = { count: 0 };
  for (let left = count; left > 0;) {
    if (open.count >= 5000) {
      await wait(1);
      continue;
    }
    for (let n = 0; n < 500 && left > 0; n += 1, left -= 1) {
      open.count += 1;
      void northward.publishTelemetry(telemetry(next++, devices, firstDevice), { until: 'stored' }).then(
        () => (open.count -= 1),
        (error) => {
          open.count -= 1;
          tell(`e fill ${error.code}`);
        },
      );
    }
    await new Promise(setImmediate);
  }
  while (open.count > 0) await wait(1);
  tell(`filled ${next}`);
}

/** Waits until nothing is queued and nothing is on disk. */
async function drain() {
  rate = 0;
  probeRate = 0;
  while (!stopping) {
    const { uplink, store } = northward.metrics();
    const stored = (store?.lanes ?? []).reduce((sum, lane) => sum + lane.messages, 0);
    if (
      uplink.queue.messages === 0 &&
      stored === 0 &&
      store?.state !== 'opening' &&
      store?.state !== 'degraded'
    )
      break;
    await wait(10);
  }
  if (stopping) return;
  sample();
  tell(`drained ${nowUs()}`);
}

let stopping = false;
async function stop() {
  stopping = true;
  clearInterval(ticking);
  clearInterval(sampling);
  sample();
  const report = await northward.stop({ timeoutMs: 10_000 });
  tell(`stopped ${JSON.stringify({ report, losses: northward.losses?.() ?? [] })}`);
  flush();
  // Nothing else keeps the process, unless the report says so.
  if (report.unclosed.length > 0) process.exit(0);
  input.removeAllListeners();
  input.close();
  process.stdin.destroy();
}

/** @type {Record<string, (argument: number) => void>} */
const COMMANDS = {
  publish: (wanted) => (rate = wanted),
  probe: (wanted) => (probeRate = wanted),
  fill: (count) => void fill(count),
  drain: () => void drain(),
  stop: () => void stop(),
  losses: () => tell(`losses ${JSON.stringify(northward.losses?.() ?? [])}`),
  go: () => void start(),
  exit: () => process.exit(0),
};
/** @type {NodeJS.Timeout | undefined} */
let ticking;
/** @type {NodeJS.Timeout | undefined} */
let sampling;
async function start() {
  const from = performance.now();
  await northward.start();
  if (stopping) return;
  if (options.commands === true) void executeCommands(northward, tellNow);
  tell(`started ${(performance.now() - from).toFixed(1)}`);
  sample();
  lastTick = performance.now();
  ticking = setInterval(tick, TICK_US / 1000);
  sampling = setInterval(sample, SAMPLE_MS);
}
const input = createInterface({ input: process.stdin });
input.on('line', (line) => {
  const [command = '', argument = '0'] = line.split(' ');
  COMMANDS[command]?.(Number(argument));
});
// The parent is gone: nobody is interested any more.
input.on('close', () => process.exit(0));
tell('loaded');
if (options.waitForGo !== true) await start();
