/**
 * An outage that outlives the process: events are published while no Kafka can be reached, the process ends, and the next
 * one, with a Kafka, sends them in their order.
 *
 * Run it: npm run example -- outage [--bootstrap host:port]
 * Prints: what was stored, the report of `stop()`, then what arrived, and the ledger of losses.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createKafkaNorthward } from 'ng-kafka-northward';
import type { KafkaNorthward, UplinkEvent } from 'ng-kafka-northward';
import { startEmbeddedBroker } from 'ng-kafka-northward/testing';

const folder = await mkdtemp(path.join(tmpdir(), 'outage-')); // in real life a folder that stays, on a disk of the machine

function gateway(bootstrapServers: string): KafkaNorthward {
  const northward = createKafkaNorthward({
    app: { id: 1, name: 'plant-7' },
    connection: { bootstrapServers },
    uplink: {
      store: { path: folder },
      telemetry: { enabled: true, topic: 'plant.telemetry', key: '{{device_id}}' },
    },
    downlink: { enabled: false },
  });
  northward.on('error', (error) => console.log(`${error.code}: ${error.message}`));
  return northward;
}

const events = Array.from({ length: 100 }, (_, n): UplinkEvent => {
  const pump = 1 + (n % 5);
  return { kind: 'telemetry', deviceId: 1000 + pump, deviceName: `pump-${pump}`, values: { rpm: 1_400 + n } };
});

const first = gateway('127.0.0.1:9'); // no Kafka listens there
await first.start(); // does not wait for it
const outcomes = await first.publishBatch(events, { until: 'stored' }); // resolves when all are synced
console.log(outcomes[0]); // { status: 'stored', id: '…', lane: 'telemetry' }
console.log(await first.stop()); // { flushed: 0, stored: 100, undelivered: 0, … }

const broker = await startEmbeddedBroker(); // a Kafka inside this process
const second = gateway(process.env['KAFKA_BOOTSTRAP'] ?? broker.bootstrapServers);
let delivered = 0;
const all = new Promise<void>((resolve) => {
  second.on('delivered', ({ id, receipt }) => {
    if (delivered === 0) console.log(`${id} is in ${receipt.topic}, partition ${receipt.partition}`);
    delivered += 1;
    if (delivered === events.length) resolve();
  });
});
await second.start();
await all;
console.log(`${delivered} messages of the former process have arrived; lost: ${second.losses().length}`);

await second.stop();
await broker.stop();
await rm(folder, { recursive: true });
