/**
 * One gateway, three northward applications: each event goes to all of them, each has its own configuration and its
 * own Kafka. The Kafka of the third is away, which neither delays nor costs the others anything.
 *
 * Run it: npm run example -- several-apps [--bootstrap host:port]
 * Prints: what became of the 100 events of each application; the third is last, with its errors.
 */
import { createKafkaNorthward } from 'ng-kafka-northward';
import type { KafkaNorthward, NorthwardConfig, UplinkEvent } from 'ng-kafka-northward';
import { startEmbeddedBroker } from 'ng-kafka-northward/testing';

const broker = await startEmbeddedBroker(); // a Kafka inside this process
const bootstrapServers = process.env['KAFKA_BOOTSTRAP'] ?? broker.bootstrapServers;
const nobody = '127.0.0.1:9'; // no Kafka listens there

const rows = { mode: 'timeseries_rows' } as const;
const documents: readonly NorthwardConfig[] = [
  {
    app: { id: 1, name: 'historian' },
    connection: { bootstrapServers },
    uplink: { telemetry: { enabled: true, topic: 'historian.telemetry', payload: rows } },
    downlink: { enabled: false },
  },
  {
    app: { id: 2, name: 'dashboard' },
    connection: { bootstrapServers },
    uplink: { telemetry: { enabled: true, topic: 'dashboard.{{device_name}}', payload: { mode: 'kv' } } },
    downlink: { enabled: false },
  },
  {
    app: { id: 3, name: 'maintenance' },
    connection: { bootstrapServers: nobody },
    uplink: {
      producer: { messageTimeoutMs: 3_000, requestTimeoutMs: 1_000 }, // how long an event waits for a broker
      telemetry: { enabled: true, topic: 'maintenance.telemetry' },
    },
    downlink: { enabled: false },
  },
];
const apps = new Map(documents.map((document) => [document.app?.name, createKafkaNorthward(document)]));
for (const [name, app] of apps) app.on('error', (error) => console.log(`${name}: ${error.code}`));
await Promise.all([...apps.values()].map((app) => app.start())); // does not wait for any broker

const events = Array.from({ length: 100 }, (_, n): UplinkEvent => {
  return { kind: 'telemetry', deviceId: 1001, deviceName: 'pump-1', values: { rpm: 1_400 + n } };
});

async function publishAll(name: string | undefined, app: KafkaNorthward): Promise<void> {
  const outcomes = await app.publishBatch(events); // an outcome for each event, in their order
  const words = outcomes.map((outcome) => ('error' in outcome ? outcome.error.code : outcome.status));
  const counts = [...new Set(words)].map((word) => `${words.filter((w) => w === word).length} ${word}`);
  console.log(`${name}: ${counts.join(', ')}`);
}
await Promise.all([...apps].map(([name, app]) => publishAll(name, app)));

await Promise.all([...apps.values()].map((app) => app.stop()));
await broker.stop();
