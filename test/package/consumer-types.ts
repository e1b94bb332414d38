// Compiled against the packed tarball in an empty project: the published types stand on their own.
import {
  createKafkaNorthward,
  type NorthwardConfig,
  type Receipt,
  type UplinkEvent,
} from 'ng-kafka-northward';
import { createMemoryNorthward, startEmbeddedBroker, type PublishedRecord } from 'ng-kafka-northward/testing';

const config: NorthwardConfig = {
  connection: { bootstrapServers: '127.0.0.1:9092' },
  uplink: { telemetry: { enabled: true, payload: { mode: 'kv', includeMeta: true } } },
  downlink: { enabled: false },
};

// @ts-expect-error an unknown payload mode is refused at compile time
export const wrong: NorthwardConfig = { ...config, uplink: { telemetry: { payload: { mode: 'xml' } } } };

export async function consume(events: readonly UplinkEvent[]): Promise<Receipt> {
  await using northward = createKafkaNorthward(config);
  await northward.publishBatch(events);
  const broker = await startEmbeddedBroker({ brokers: 3 });
  await broker.stop();
  return await northward.publishTelemetry({ deviceId: 1, deviceName: 'pump-1', values: { temp: 1n } });
}

export async function test(): Promise<readonly PublishedRecord[]> {
  await using northward = createMemoryNorthward(config, { keep: 100 });
  await northward.start();
  await northward.sendWritePoint({ pointId: 1, value: 2n });
  return northward.published;
}
