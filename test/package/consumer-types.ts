// Compiled against the packed tarball in an empty project: the published types stand on their own.
import {
  asConfig,
  createKafkaNorthward,
  defineConfig,
  loadConfigFile,
  parseConfigText,
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

export const defined = defineConfig(config);
// @ts-expect-error a misspelt key is refused at compile time
export const misspelt = () => createKafkaNorthward({ ...config, uplink: { telemtry: { enabled: true } } });
// @ts-expect-error what may be anything is refused
export const anything = (document: unknown) => createKafkaNorthward(document);
export const imported = (document: unknown) => createKafkaNorthward(asConfig(document));
export const read = async () => createMemoryNorthward(await loadConfigFile(new URL('a.json', 'file:///')));
export const parsed = () => createMemoryNorthward(parseConfigText('{}', { source: 'a.json' }));

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
