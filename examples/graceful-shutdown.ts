/**
 * A gateway that is told to stop (SIGTERM of systemd, Docker or Kubernetes, SIGINT of Ctrl-C) takes nothing new, ends
 * the command in hand, waits for every acknowledgement, and says in its exit code whether all was well.
 *
 * Run it: npm run example -- graceful-shutdown [--bootstrap host:port]
 * Prints: a command, the SIGTERM that comes while it is worked on, its end, and the report of `stop()`.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { RdKafka } from '@confluentinc/kafka-javascript';
import { createKafkaNorthward } from 'ng-kafka-northward';
import { startEmbeddedBroker } from 'ng-kafka-northward/testing';

const broker = await startEmbeddedBroker(); // a Kafka inside this process
const bootstrapServers = process.env['KAFKA_BOOTSTRAP'] ?? broker.bootstrapServers;
const platform = new RdKafka.Producer({ 'bootstrap.servers': bootstrapServers });
await new Promise((resolve) => platform.connect(undefined, resolve));
const data = { request_id: 'w-1', point_id: 1, value: 21.5, timestamp: new Date() };
const body = { schema_version: 1, event: { kind: 'write_point' }, payload: { data } };
platform.produce('plant.write', null, Buffer.from(JSON.stringify(body)), 'pump-1');
await new Promise((resolve) => platform.disconnect(10_000, resolve));

const northward = createKafkaNorthward({
  app: { id: 1 },
  connection: { bootstrapServers },
  uplink: { telemetry: { enabled: true, topic: 'plant.telemetry' } },
  downlink: { autoOffsetReset: 'earliest', writePoint: { enabled: true, topic: 'plant.write' } },
});
northward.on('error', (error) => console.error(`${error.message} (${error.hint})`));
northward.on('undelivered', ({ error }) => console.error(`not delivered: ${error.message}`)); // record and all
await northward.start();

const polling = setInterval(() => {
  void northward.publishTelemetry({ deviceId: 1001, deviceName: 'pump-1', values: { rpm: 1450 } });
}, 10);

async function shutDown(signal: NodeJS.Signals): Promise<void> {
  console.log(`${signal}: nothing new from the devices`);
  clearInterval(polling);
  // Ends the loop below when its command is done. Less than the 10 seconds after which Docker kills.
  const report = await northward.stop({ timeoutMs: 8_000 });
  console.log(report); // { flushed: …, stored: 0, undelivered: 0, timedOut: false, … }
  await broker.stop();
  process.exitCode = report.timedOut || report.undelivered > 0 ? 1 : 0;
  // Else the process ends by itself. Kafka went away in the middle of a commit: its client would wait for it to come back.
  if (report.unclosed.length > 0) process.exit();
}

// The library installs no signal handler. `once`: a second Ctrl-C ends the process as ever.
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void shutDown(signal));

for await (const command of northward.commands()) {
  console.log(`working on ${command.meta.topic} ${command.meta.partition}/${command.meta.offset}`);
  setTimeout(() => process.kill(process.pid, 'SIGTERM'), 100); // so that you see it: in the middle of the work
  await delay(500); // the device takes its time
  console.log('done: it is committed, and does not come again');
}
