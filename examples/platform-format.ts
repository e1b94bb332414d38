/**
 * A platform with a JSON format of its own, met by configuration alone: `mapped_json` builds its messages out of events
 * and commands out of its messages; a filter finds those among others on the same topic.
 *
 * Run it: npm run example -- platform-format [--bootstrap host:port]
 * Prints: the telemetry message, the command, the record that is none, and the receipt of the answer.
 */
import { RdKafka } from '@confluentinc/kafka-javascript';
import { createKafkaNorthward } from 'ng-kafka-northward';
import { startEmbeddedBroker } from 'ng-kafka-northward/testing';

const broker = await startEmbeddedBroker(); // a Kafka inside this process
const bootstrapServers = process.env['KAFKA_BOOTSTRAP'] ?? broker.bootstrapServers;

// What the platform sends: one record for somebody else, one for this gateway.
const theirs = { op: 'read', id: 'a-1', target: { register: 4 } };
const ours = { op: 'write', id: 'a-2', target: { register: 4 }, to: 1500, sent: '2024-12-22T12:35:01Z' };
const platform = new RdKafka.Producer({ 'bootstrap.servers': bootstrapServers });
await new Promise((resolve) => platform.connect(undefined, resolve));
for (const body of [theirs, ours]) platform.produce('acme.ops', 0, Buffer.from(JSON.stringify(body)));
await new Promise((resolve) => platform.disconnect(10_000, resolve));

// Output path → JMESPath. Up, the expressions look at the event; down, at the body of the record.
const reading = { asset: 'device.name', at: 'ts_ms', readings: 'points', 'source.gateway': 'app.name' };
const answer = { id: 'data.request_id', ok: "data.status == 'Success'", wrote: 'data.applied_value' };
const write = { request_id: 'id', point_id: 'target.register', value: 'to', timestamp: 'sent' };
const mapped = (config: Record<string, string>) => ({ mode: 'mapped_json', config }) as const;
const filter = { mode: 'json_pointer', pointer: '/op', equals: 'write' } as const;
const payload = { ...mapped(write), filter };

const northward = createKafkaNorthward({
  app: { id: 1, name: 'plant-7' },
  connection: { bootstrapServers },
  uplink: {
    telemetry: { enabled: true, topic: 'acme.readings', payload: mapped(reading) },
    writePointResponse: { enabled: true, topic: 'acme.answers', payload: mapped(answer) },
  },
  downlink: { autoOffsetReset: 'earliest', writePoint: { enabled: true, topic: 'acme.ops', payload } },
});
northward.on('error', (error) => console.error(`${error.message} (${error.hint})`));
northward.on('command-ignored', ({ value }) =>
  console.log(`not for us: ${Buffer.from(value ?? []).toString()}`),
);

const event = { deviceId: 1001, deviceName: 'pump-1', timestamp: 1734870900123, values: { rpm: 1450 } };
const preview = northward.previewUplink({ kind: 'telemetry', ...event }); // to try rules out: needs no broker
if (preview.status === 'record') console.log(`${preview.topic}: ${preview.value.toString()}`);
await northward.start();
await northward.publishTelemetry(event);

for await (const command of northward.commands()) {
  if (command.kind !== 'write_point') continue;
  console.log(command.data); // { requestId: 'a-2', pointId: 4, value: 1500, … }
  console.log(await command.respond({ status: 'Success', appliedValue: 1500, deviceId: event.deviceId }));
  void northward.stop(); // a real gateway goes on
}
await northward.stop();
await broker.stop();
