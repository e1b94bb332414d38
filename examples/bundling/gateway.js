// A host to be bundled: it reads its configuration from a text, and sends one message to a Kafka inside the process.
import { createKafkaNorthward, parseConfigText } from 'ng-kafka-northward';
import { startEmbeddedBroker } from 'ng-kafka-northward/testing';

const broker = await startEmbeddedBroker();
const northward = createKafkaNorthward(
  parseConfigText(`{
    "connection": { "bootstrapServers": "${broker.bootstrapServers}" }, // with a comment
    "uplink": { "telemetry": { "enabled": true, "topic": "plant.{{device_name}}" } },
    "downlink": { "enabled": false }
  }`),
);
await northward.start();
const { status } = await northward.publishTelemetry({
  deviceId: 1,
  deviceName: 'pump',
  values: { rpm: 1450 },
});
console.log(status);
await northward.stop();
await broker.stop();
