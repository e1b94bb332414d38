/**
 * The smallest complete program: one telemetry record to Kafka.
 *
 * Run it: npm run example -- quick-start [--bootstrap host:port]
 * Prints: the receipt, then the report of `stop()`.
 */
import { createKafkaNorthward } from 'ng-kafka-northward';
import { startEmbeddedBroker } from 'ng-kafka-northward/testing';

const broker = await startEmbeddedBroker(); // a Kafka inside this process
const bootstrapServers = process.env['KAFKA_BOOTSTRAP'] ?? broker.bootstrapServers;

const northward = createKafkaNorthward({
  connection: { bootstrapServers },
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

console.log(await northward.stop()); // { flushed: 0, stored: 0, undelivered: 0, … }
await broker.stop();
