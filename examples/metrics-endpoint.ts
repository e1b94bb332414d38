/**
 * A metrics endpoint for Prometheus, with prom-client. Counters end in `_total`, units are seconds and bytes; no label
 * has a device or a point, so the series stay few.
 *
 * Run it: npm run example -- metrics-endpoint [--bootstrap host:port]      (elsewhere: npm install prom-client)
 * Prints: what one scrape gives.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createKafkaNorthward } from 'ng-kafka-northward';
import { startEmbeddedBroker } from 'ng-kafka-northward/testing';
import { Registry, type Metric } from 'prom-client';

const broker = await startEmbeddedBroker(); // a Kafka inside this process
const bootstrapServers = process.env['KAFKA_BOOTSTRAP'] ?? broker.bootstrapServers;
const northward = createKafkaNorthward({
  connection: { bootstrapServers },
  uplink: { telemetry: { enabled: true, topic: 'plant.telemetry' } },
  downlink: { enabled: false }, // metrics().downlink goes the same way
});
const uplink = () => northward.metrics().uplink;
const registry = new Registry();
registry.setDefaultLabels({ app: 'plant-7' }); // tells several applications of one process apart
/** prom-client's classes count by themselves. The library has counted already: a registry takes the finished numbers. */
function metric(type: string, name: string, help: string, samples: () => object[]) {
  const get = () => Promise.resolve({ name, help, type, values: samples() });
  registry.registerMetric({ name, help, type, get } as unknown as Metric);
}
const by = (label: string, counts: object) =>
  Object.entries(counts).map(([word, value]) => ({ labels: { [label]: word }, value: Number(value) }));

metric('counter', 'northward_uplink_messages_total', 'Messages by result', () =>
  by('result', { success: uplink().success, fail: uplink().fail, skipped: uplink().skipped }),
);
metric('counter', 'northward_uplink_failures_total', 'By code', () => by('code', uplink().failedByCode));
metric('gauge', 'northward_uplink_state', 'The one it is in', () => by('state', { [northward.state]: 1 }));
metric('gauge', 'northward_uplink_queue_bytes', 'Waiting', () => [{ value: uplink().queue.bytes }]);
const name = 'northward_uplink_latency_seconds';
metric('histogram', name, 'From acceptance to acknowledgement', () => {
  const { buckets, count, sumMs } = uplink().latency;
  const bounds = buckets.map((bucket) => {
    const le = Number.isFinite(bucket.leMs) ? bucket.leMs / 1_000 : '+Inf';
    return { metricName: `${name}_bucket`, labels: { le }, value: bucket.count };
  });
  const totals = Object.entries({ [`${name}_sum`]: sumMs / 1_000, [`${name}_count`]: count });
  return [...bounds, ...totals.map(([metricName, value]) => ({ metricName, value }))];
});

const server = createServer((_, response) => {
  void registry.metrics().then((text) => response.setHeader('content-type', registry.contentType).end(text));
}).listen(Number(process.env['METRICS_PORT'] ?? 9464), '127.0.0.1');

await northward.start();
await northward.publishTelemetry({ deviceId: 1001, deviceName: 'pump-1', values: { rpm: 1450 } });
const scrape = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`);
console.log(await scrape.text());
await northward.stop();
server.close();
await broker.stop();
