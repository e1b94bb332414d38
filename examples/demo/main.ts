/**
 * A small plant, end to end: 20 devices publish through the library, Kafka acknowledges, and an independent
 * consumer reads everything back. Run it with `npm run demo`.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { createKafkaNorthward } from 'ng-kafka-northward';
import type { KafkaNorthward, UplinkEvent } from 'ng-kafka-northward';
import { startEmbeddedBroker } from 'ng-kafka-northward/testing';
import { bootstrapOf, demoConfig, withBootstrap } from './config.js';
import { readOptions } from './options.js';
import { plant } from './plant.js';
import { Progress } from './progress.js';
import { Reader } from './reader.js';
import { summarise } from './summary.js';
import { Table } from './table.js';

const TICK_MS = 20;
const READ_BACK_TIMEOUT_MS = 10_000;

const options = readOptions(process.argv.slice(2));
const wanted = options.bootstrapServers ?? bootstrapOf(options.configDocument);
const broker = wanted === undefined ? await startEmbeddedBroker() : undefined;
const bootstrapServers = wanted ?? broker?.bootstrapServers ?? '';
console.log(`Kafka: ${bootstrapServers}${broker ? ' (embedded broker)' : ''}, ${plant.devices} devices`);

const config =
  options.configDocument === undefined
    ? demoConfig(bootstrapServers)
    : withBootstrap(options.configDocument, bootstrapServers);

let missing: string[];
try {
  missing = await runDemo(createKafkaNorthward(config));
} catch (error) {
  missing = [error instanceof Error ? error.message : String(error)];
}
await broker?.stop();

for (const what of missing) console.error(`missing: ${what}`);
console.log(missing.length === 0 ? '\nEverything arrived.' : '\nThe demo failed.');
process.exitCode = missing.length === 0 ? 0 : 1;

/** Runs the plant and reads back; answers what is missing. */
async function runDemo(northward: KafkaNorthward): Promise<string[]> {
  const progress = new Progress();
  const reader = new Reader(bootstrapServers, (record) => progress.found(record));
  northward.on('error', (error) => console.error(`${error.message} ${error.hint}`));
  let table: Table | undefined;
  try {
    await northward.start();
    await northward.ready({ timeoutMs: 10_000 });
    await reader.start();

    table = new Table(progress);
    const began = performance.now();
    await runPlant((event) => void publish(event));
    const report = await northward.stop({ timeoutMs: 10_000 });
    const elapsedMs = performance.now() - began;
    await untilReadBack(progress);
    table.finish();
    return summarise(progress, elapsedMs, report);
  } finally {
    table?.stop();
    await northward.stop();
    await reader.stop();
  }

  async function publish(event: UplinkEvent): Promise<void> {
    const receipt = await progress.follow(event.kind, () => northward.publish(event));
    const { topic, partition, offset } = receipt ?? {};
    if (topic !== undefined && partition !== undefined && offset != null) {
      reader.follow({ topic, partition, offset });
    }
  }
}

/** The plant's life: everybody online, measurements every 20 ms, an incident a second, everybody offline. */
async function runPlant(publish: (event: UplinkEvent) => void): Promise<void> {
  const began = performance.now();
  plant.begin(Date.now()).forEach(publish);
  let seconds = 0;
  while (performance.now() - began < options.seconds * 1000) {
    plant.telemetry(Date.now()).forEach(publish);
    if (performance.now() - began > seconds * 1000) {
      plant.incident(seconds, Date.now()).forEach(publish);
      seconds += 1;
    }
    await delay(TICK_MS);
  }
  plant.end(Date.now()).forEach(publish);
}

async function untilReadBack(progress: Progress): Promise<void> {
  const deadline = performance.now() + READ_BACK_TIMEOUT_MS;
  while (progress.unread > 0 && performance.now() < deadline) await delay(TICK_MS);
}
