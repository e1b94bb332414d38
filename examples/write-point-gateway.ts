/**
 * A gateway that executes write points and answers them; a bare Kafka producer plays the platform.
 *
 * Run it: npm run example -- write-point-gateway [--bootstrap host:port]
 * Prints: which commands were executed, which record is no command, and the counters.
 */
import { RdKafka } from '@confluentinc/kafka-javascript';
import { createKafkaNorthward } from 'ng-kafka-northward';
import { startEmbeddedBroker } from 'ng-kafka-northward/testing';

const broker = await startEmbeddedBroker(); // a Kafka inside this process
const bootstrapServers = process.env['KAFKA_BOOTSTRAP'] ?? broker.bootstrapServers;
const platform = new RdKafka.Producer({ 'bootstrap.servers': bootstrapServers });
await new Promise((resolve) => platform.connect(undefined, resolve));
const timestamp = new Date().toISOString();
for (const data of [
  { request_id: 'w-1', point_id: 1, value: 21.5, timestamp, timeout_ms: 5_000 },
  { request_id: 'w-2', point_id: 9, value: 1, timestamp }, // there is no such point
  { request_id: 'w-3', point_id: 2, value: 900, timestamp: 'yesterday' }, // cannot be decoded
  { request_id: 'w-4', point_id: 2, value: 1_450, timestamp },
]) {
  const body = { schema_version: 1, event: { kind: 'write_point' }, payload: { data } };
  platform.produce('plant.write', null, Buffer.from(JSON.stringify(body)), 'pump-1');
}
await new Promise((resolve) => platform.disconnect(10_000, resolve));

const gateway = createKafkaNorthward({
  app: { id: 1 },
  connection: { bootstrapServers },
  uplink: { writePointResponse: { enabled: true, topic: 'plant.written' } },
  downlink: {
    autoOffsetReset: 'earliest', // what was sent before the gateway's first start counts
    writePoint: { enabled: true, topic: 'plant.write' },
    deadLetter: { enabled: true, topic: 'plant.write.dead-letter' },
  },
});
gateway.on('error', (error) => console.error(`${error.message} (${error.hint})`));
gateway.on('decode-error', ({ error }) => console.log(`a record is no command: ${error.message}`));
await gateway.start();

const device = new Map<number, unknown>([1, 2].map((pointId) => [pointId, 0])); // stands for the wire
for await (const command of gateway.commands()) {
  if (command.kind !== 'write_point') continue;
  const { requestId, pointId, value } = command.data;
  if (device.has(pointId)) {
    device.set(pointId, value);
    await command.respond({ status: 'Success', appliedValue: value, deviceId: 1001 });
  } else {
    const error = { kind: 'NotFound', message: `there is no point ${pointId}` } as const;
    await command.respond({ status: 'Failed', error, deviceId: 1001 });
  }
  console.log(`executed ${requestId}`);
  if (requestId === 'w-4') void gateway.stop(); // a real gateway goes on
} // asking for the next command acknowledges this one

await gateway.stop(); // the same promise: answers, dead letters and commits are through
const { success, deadLettered, responses } = gateway.metrics().downlink;
console.log({ success, deadLettered, responses }); // { success: 3, deadLettered: 1, responses: 3 }
await broker.stop();
