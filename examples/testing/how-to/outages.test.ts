import type { KafkaNorthward, NorthwardConfig } from 'ng-kafka-northward';
import { createMemoryDisk, createMemoryNorthward } from 'ng-kafka-northward/testing';
import { expect, test } from 'vitest';

const config: NorthwardConfig = {
  app: { id: 7 },
  connection: { bootstrapServers: 'kafka.example:9093' },
  uplink: {
    store: { path: '/var/lib/gateway/kafka' },
    telemetry: { enabled: true, topic: 'plant.telemetry', key: '{{device_id}}' },
  },
  downlink: { enabled: false },
};

/** The code under test: it clears the memory of a device as soon as a reading is safe. */
async function collect(northward: KafkaNorthward, memory: Map<number, number>): Promise<void> {
  const one = async ([timestamp, temp]: [number, number]): Promise<void> => {
    const reading = { deviceId: 7, deviceName: 'pump-1', timestamp, values: { temp } };
    await northward.publishTelemetry(reading, { until: 'stored' });
    memory.delete(timestamp);
  };
  await Promise.all([...memory].map(one));
}

test('what the device has forgotten survives a power cut', async () => {
  const disk = createMemoryDisk();
  const before = createMemoryNorthward(config, { disk });
  await before.start();
  await before.setConnected(false);
  const old = new Map([...Array(60).keys()].map((n) => [1_734_870_900_000 + n, 20 + n]));
  const young = new Map([...Array(40).keys()].map((n) => [1_734_870_960_000 + n, 20 + n]));
  void collect(before, old);
  await before.advanceTime(1_500); // storeAfterMs, and a commit
  void collect(before, young);
  await before.advanceTime(500);
  disk.crash();
  expect([old.size, young.size]).toEqual([0, 40]); // the device still has what was not safe

  const after = createMemoryNorthward(config, { disk }); // the next life of the process
  await after.start();
  await collect(after, young);
  await after.settle();
  expect(young.size).toBe(0);
  expect(after.published).toHaveLength(100);
  expect(after.losses()).toEqual([]);
});
