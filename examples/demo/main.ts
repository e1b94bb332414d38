/**
 * A small plant, end to end: 20 devices publish through the library, Kafka acknowledges, and an independent
 * consumer reads everything back; a platform sends commands, the devices execute them, and the same consumer
 * reads the answers. In the middle the broker is away for some seconds: what is published meanwhile goes to disk, and
 * arrives later. Run it with `npm run demo`.
 */
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createKafkaNorthward } from 'ng-kafka-northward';
import type { DeliveredReceipt, KafkaNorthward, UplinkEvent } from 'ng-kafka-northward';
import { BrokerProcess } from './broker-process.js';
import { CommandLedger } from './command-ledger.js';
import { executeCommands, sendCommands } from './commands.js';
import { bootstrapOf, demoConfig, withBootstrap } from './config.js';
import { readOptions } from './options.js';
import { onDisk, runOutage, whyNoOutage } from './outage.js';
import { plant } from './plant.js';
import { Platform } from './platform.js';
import { Progress } from './progress.js';
import { Reader } from './reader.js';
import { summarise } from './summary.js';
import { Table } from './table.js';

const TICK_MS = 20;
const SETTLE_TIMEOUT_MS = 10_000;

const options = await readOptions(process.argv.slice(2));
const wanted = options.bootstrapServers ?? bootstrapOf(options.configDocument);
const broker = wanted === undefined ? await BrokerProcess.start() : undefined;
const bootstrapServers = wanted ?? broker?.bootstrapServers ?? '';
console.log(`Kafka: ${bootstrapServers}${broker ? ' (embedded broker)' : ''}, ${plant.devices} devices`);
const noOutage = whyNoOutage(options);
if (noOutage !== undefined) console.log(`No outage in this demo: ${noOutage}.`);
const folder = await mkdtemp(path.join(tmpdir(), 'northward-demo-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

const config =
  options.configDocument === undefined
    ? demoConfig(bootstrapServers, folder)
    : withBootstrap(options.configDocument, bootstrapServers);

let problems: string[];
try {
  const missing = await runDemo(createKafkaNorthward(config));
  problems = missing.map((what) => `missing: ${what}`);
} catch (error) {
  problems = [error instanceof Error ? error.message : String(error)];
}
await broker?.stop();

for (const problem of problems) console.error(problem);
console.log(problems.length === 0 ? '\nEverything arrived.' : '\nThe demo failed.');
process.exitCode = problems.length === 0 ? 0 : 1;

/** Runs the plant and reads back; answers what is missing. */
async function runDemo(northward: KafkaNorthward): Promise<string[]> {
  const progress = new Progress();
  const ledger = new CommandLedger();
  // With a document of the user's the demo does not know where commands come from.
  const platform = options.configDocument === undefined ? new Platform(bootstrapServers, ledger) : undefined;
  const reader = new Reader(bootstrapServers, (record) => {
    if (platform?.received(record) !== true) progress.found(record);
  });
  northward.on('delivered', (event) => promised(progress.arrived(event), reader));
  northward.on('error', (error) => console.error(`${error.message} ${error.hint}`));
  let table: Table | undefined;
  try {
    await reader.start();
    for (const place of (await platform?.start()) ?? []) reader.follow(place);
    await northward.start();
    await northward.ready({ timeoutMs: 20_000 });
    const executing = executeCommands(northward, ledger);
    table = new Table(progress, () => `${onDisk(northward)} on disk${broker?.state ?? ''}`);
    const outage =
      noOutage === undefined ? broker && runOutage(broker, northward, options.seconds) : undefined;
    const began = performance.now();
    await runPlant(
      (event) => void publish(event, northward, progress, reader),
      (second) => platform && sendCommands(platform, second),
    );
    const was = await outage;
    await until(() => ledger.settled && onDisk(northward) === 0);
    const report = await northward.stop({ timeoutMs: 10_000 });
    const elapsedMs = performance.now() - began;
    await executing;
    await until(() => progress.unread === 0);
    table.finish();
    const missing = summarise(progress, elapsedMs, report, was, reader.disorder);
    return platform === undefined ? missing : [...missing, ...ledger.summarise()];
  } finally {
    table?.stop();
    await northward.stop();
    await reader.stop();
    await platform?.stop();
  }
}

/** Publishes, and has the independent consumer read what the receipt promises. */
async function publish(
  event: UplinkEvent,
  northward: KafkaNorthward,
  progress: Progress,
  reader: Reader,
): Promise<void> {
  // With a store: safe is enough, the rest is told by an event.
  const until = northward.metrics().store === null ? 'delivered' : 'stored';
  promised(await progress.follow(event.kind, () => northward.publish(event, { until })), reader);
}

function promised(receipt: DeliveredReceipt | undefined, reader: Reader): void {
  if (receipt?.offset == null) return;
  const { topic, partition, offset } = receipt;
  reader.follow({ topic, partition, offset });
}

/** The plant's life: everybody online, measurements every 20 ms, an incident a second, everybody offline. */
async function runPlant(
  publish: (event: UplinkEvent) => void,
  command: (second: number) => void,
): Promise<void> {
  const began = performance.now();
  plant.begin(Date.now()).forEach(publish);
  let seconds = 0;
  while (performance.now() - began < options.seconds * 1000) {
    plant.telemetry(Date.now()).forEach(publish);
    if (performance.now() - began > seconds * 1000) {
      plant.incident(seconds, Date.now()).forEach(publish);
      command(seconds);
      seconds += 1;
    }
    await delay(TICK_MS);
  }
  plant.end(Date.now()).forEach(publish);
}

/** Waits until it is so, for a while; what is not so by then is found missing. */
async function until(isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + SETTLE_TIMEOUT_MS;
  while (!isSo() && performance.now() < deadline) await delay(TICK_MS);
}
