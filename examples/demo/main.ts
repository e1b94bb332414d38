/**
 * A small plant, end to end: 20 devices publish through the library, Kafka acknowledges, and an independent
 * consumer reads everything back; a platform sends commands, and gets its answers. Run it with `npm run demo`.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { createKafkaNorthward } from 'ng-kafka-northward';
import type { KafkaNorthward, UplinkEvent } from 'ng-kafka-northward';
import { startEmbeddedBroker } from 'ng-kafka-northward/testing';
import { executeCommands, sendCommands, summariseCommands, type CommandProgress } from './commands.js';
import { bootstrapOf, demoConfig, withBootstrap } from './config.js';
import { readOptions } from './options.js';
import { plant } from './plant.js';
import { Platform } from './platform.js';
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
  // With a document of the user's the demo does not know where commands come from.
  const platform = options.configDocument === undefined ? new Platform(bootstrapServers) : undefined;
  const commands: CommandProgress = { executed: 0, retried: 0, undecodable: 0 };
  let table: Table | undefined;
  try {
    await platform?.start();
    await northward.start();
    await northward.ready({ timeoutMs: 20_000 });
    await reader.start();
    const executing = executeCommands(northward, commands);

    table = new Table(progress);
    const began = performance.now();
    await runPlant(
      (event) => void publish(event),
      (second) => platform && sendCommands(platform, second),
    );
    await untilAnswered(platform);
    const report = await northward.stop({ timeoutMs: 10_000 });
    const elapsedMs = performance.now() - began;
    await executing;
    await untilReadBack(progress);
    table.finish();
    return [...summarise(progress, elapsedMs, report), ...summariseCommands(platform, commands)];
  } finally {
    table?.stop();
    await northward.stop();
    await reader.stop();
    await platform?.stop();
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

/** Waits for the answers and the dead letter, for a while. */
async function untilAnswered(platform: Platform | undefined): Promise<void> {
  const deadline = performance.now() + READ_BACK_TIMEOUT_MS;
  const waiting = (): boolean =>
    platform !== undefined && (platform.open.size > 0 || platform.deadLetters === 0);
  while (waiting() && performance.now() < deadline) await delay(TICK_MS);
}

async function untilReadBack(progress: Progress): Promise<void> {
  const deadline = performance.now() + READ_BACK_TIMEOUT_MS;
  while (progress.unread > 0 && performance.now() < deadline) await delay(TICK_MS);
}
