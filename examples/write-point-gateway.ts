/**
 * A gateway that executes write points and answers them; the platform's side is played below.
 *
 * Runs without a Kafka of your own: the embedded broker takes its place. To use yours, put its address into
 * `bootstrapServers` and leave the broker and the platform out.
 */
import { createKafkaNorthward, type WritePointCommandData } from 'ng-kafka-northward';
import { startEmbeddedBroker } from 'ng-kafka-northward/testing';

const broker = await startEmbeddedBroker();
const connection = { bootstrapServers: broker.bootstrapServers };

// The points of the plant, as the gateway knows them.
const points = new Map([
  [1, { name: 'setpoint', deviceId: 1001, value: 20 }],
  [2, { name: 'speed', deviceId: 1001, value: 0 }],
]);

const gateway = createKafkaNorthward(
  {
    app: { id: 1 },
    connection,
    uplink: { writePointResponse: { enabled: true, topic: 'plant.written', key: '{{device_id}}' } },
    downlink: {
      autoOffsetReset: 'earliest',
      writePoint: { enabled: true, topic: 'plant.write' },
      deadLetter: { enabled: true, topic: 'plant.write.dead-letter' },
    },
  },
  { pointMeta: (id) => ({ deviceId: points.get(Number(id))?.deviceId }) },
);
gateway.on('error', (error) => console.error(`${error.message} (${error.hint})`));
gateway.on('decode-error', ({ error, record }) =>
  console.log(`offset ${record.offset} is no command: ${error.message}`),
);

/** Writes to the device. Here the device is a variable. */
async function write({ pointId, value }: WritePointCommandData, signal: AbortSignal): Promise<number> {
  const point = points.get(pointId);
  if (point === undefined) throw new Error(`there is no point ${pointId}`);
  signal.throwIfAborted(); // the budget is spent, or the partition is another gateway's
  point.value = Number(value);
  return point.value;
}

async function serve(): Promise<void> {
  for await (const command of gateway.commands()) {
    if (command.kind !== 'write_point') continue;
    try {
      const appliedValue = await write(command.data, command.signal);
      await command.respond({ status: 'Success', appliedValue });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      await command.respond({ status: 'Failed', deviceId: 0, error: { kind: 'NotFound', message } });
    }
    console.log(`executed ${command.data.requestId}`);
  } // asking for the next command acknowledges this one
}

// The platform: any Kafka producer. The uplink of a second object will do here.
const platform = createKafkaNorthward({
  connection,
  uplink: {
    rpcResponse: {
      enabled: true,
      topic: 'plant.write',
      payload: {
        mode: 'mapped_json',
        config: {
          schema_version: '`1`',
          'event.kind': "'write_point'",
          'payload.data': 'data.result',
        },
      },
    },
  },
  downlink: { enabled: false },
});
await platform.start();
const timestamp = new Date().toISOString();
const writes = [
  { request_id: 'w-1', point_id: 1, value: 21.5, timestamp, timeout_ms: 5_000 },
  { request_id: 'w-2', point_id: 9, value: 1, timestamp },
  { request_id: 'w-3', point_id: 2, value: 'a'.repeat(3), timestamp: 'yesterday' },
  { request_id: 'w-4', point_id: 2, value: 1_450, timestamp },
];
for (const result of writes) {
  await platform.publishRpcResponse({ deviceId: 0, requestId: 'platform', targetType: 'GATEWAY', result });
}

await gateway.start();
await gateway.ready();
const serving = serve();
while (gateway.metrics().downlink.success < 3 || gateway.metrics().downlink.deadLettered < 1) {
  await new Promise((resolve) => setTimeout(resolve, 50));
}
await gateway.stop();
await serving;
const { success, deadLettered, responses } = gateway.metrics().downlink;
console.log({ success, deadLettered, responses }); // { success: 3, deadLettered: 1, responses: 3 }
await platform.stop();
await broker.stop();
