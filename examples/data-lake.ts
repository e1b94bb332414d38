/**
 * Rows for a data lake: `timeseries_rows` has one row for each point, the topic has the hour of the measurement in its
 * name, and the host's point metadata gives each row its type.
 *
 * Run it: npm run example -- data-lake [--bootstrap host:port]
 * Prints: the rows of one event, then how many records each hourly topic got.
 */
import { createKafkaNorthward } from 'ng-kafka-northward';
import type { PointMeta, UplinkEvent } from 'ng-kafka-northward';
import { startEmbeddedBroker } from 'ng-kafka-northward/testing';

const broker = await startEmbeddedBroker(); // a Kafka inside this process
const bootstrapServers = process.env['KAFKA_BOOTSTRAP'] ?? broker.bootstrapServers;

// What the gateway knows of its points. A float that is whole is written as 25.0, so that no column becomes integer.
const points = new Map<unknown, PointMeta>([
  [1, { pointKey: 'temperature', dataType: 'float64' }],
  [2, { pointKey: 'running', dataType: 'boolean' }],
]);

const northward = createKafkaNorthward(
  {
    app: { id: 1, name: 'plant-7' },
    connection: { bootstrapServers },
    uplink: {
      headers: false, // rows speak for themselves; without headers more records a second
      telemetry: {
        enabled: true,
        topic: 'lake.{{yyyy}}.{{MM}}.{{dd}}.{{HH}}.telemetry', // UTC, of the event: late data goes to its own hour
        payload: { mode: 'timeseries_rows', includeMeta: true },
      },
    },
    downlink: { enabled: false },
  },
  { pointMeta: (pointId) => points.get(pointId) },
);
northward.on('error', (error) => console.error(`${error.message} (${error.hint})`));

const temperature = { pointId: 1, pointKey: 'temperature', value: 25 };
const running = { pointId: 2, pointKey: 'running', value: true };
const events = Array.from({ length: 300 }, (_, n): UplinkEvent => {
  const timestamp = Date.now() - (n % 3) * 3_600_000; // a third each of this hour and of the two before
  const device = { deviceId: 1001 + (n % 10), deviceName: `boiler-${n % 10}` };
  return { kind: 'telemetry', ...device, timestamp, values: [temperature, running] };
});

await northward.start();
const [first] = events;
const preview = first && northward.previewUplink(first);
if (preview?.status === 'record') console.log(preview.value.toString());

const perTopic = new Map<string, number>();
for (const outcome of await northward.publishBatch(events)) {
  if (outcome.status === 'delivered') perTopic.set(outcome.topic, (perTopic.get(outcome.topic) ?? 0) + 1);
}
console.log(perTopic);

await northward.stop();
await broker.stop();
