import { createKafkaNorthward } from 'ng-kafka-northward';
import { startEmbeddedBroker } from 'ng-kafka-northward/testing';
import { expect, test } from 'vitest';

test('a reading reaches a broker', async () => {
  const broker = await startEmbeddedBroker();
  const northward = createKafkaNorthward({
    connection: { bootstrapServers: broker.bootstrapServers },
    uplink: { telemetry: { enabled: true, topic: 'plant.telemetry' } },
    downlink: { enabled: false },
  });
  await northward.start();
  const receipt = await northward.publishTelemetry({ deviceId: 7, deviceName: 'a', values: { temp: 21.5 } });

  expect(receipt).toMatchObject({ status: 'delivered', topic: 'plant.telemetry', offset: 0 });
  await northward.stop();
  await broker.stop();
});
