/**
 * The smallest complete program: one telemetry record to Kafka, with its receipt.
 *
 * Runs without a Kafka of your own: the embedded broker takes its place. To use yours, put its address into
 * `bootstrapServers` and leave the broker out.
 */
import { createKafkaNorthward } from 'ng-kafka-northward';
import { startEmbeddedBroker } from 'ng-kafka-northward/testing';

const broker = await startEmbeddedBroker();

const northward = createKafkaNorthward({
  connection: { bootstrapServers: broker.bootstrapServers },
  uplink: { telemetry: { enabled: true, topic: 'plant.telemetry', payload: { mode: 'kv' } } },
  downlink: { enabled: false },
});
northward.on('error', (error) => console.error(`${error.message} (${error.hint})`));

await northward.start();
await northward.ready({ timeoutMs: 10_000 });

const receipt = await northward.publishTelemetry({
  deviceId: 1001,
  deviceName: 'pump-1',
  values: { temperature: 25.6, running: true },
});
console.log(receipt); // { status: 'delivered', topic: 'plant.telemetry', partition: 2, offset: 0, … }

console.log(await northward.stop()); // { flushed: 0, undelivered: 0, timedOut: false, … }
await broker.stop();
