import { createMemoryDisk, createMemoryNorthward, MEMORY_CONFIG } from 'ng-kafka-northward/testing';
import { expect, test } from 'vitest';

const { uplink } = MEMORY_CONFIG;
const config = { ...MEMORY_CONFIG, uplink: { ...uplink, store: { path: '/data/store' } } };
const reading = { deviceId: 7, deviceName: 'pump-1', values: { temp: 21.5 } };

test('what was stored arrives after a power cut', async () => {
  const disk = createMemoryDisk();
  const before = createMemoryNorthward(config, { disk });
  await before.start();
  await before.setConnected(false);
  const storing = before.publishTelemetry(reading, { until: 'stored' });
  await before.advanceTime(1_000);
  expect(await storing).toMatchObject({ status: 'stored', lane: 'telemetry' });
  disk.crash();

  const after = createMemoryNorthward(config, { disk });
  await after.start();
  await after.advanceTime(1_000);
  expect(after.published).toMatchObject([{ kind: 'telemetry', key: '7' }]);
});

test('a disk that fails is no reason to stop', async () => {
  const disk = createMemoryDisk();
  disk.readOnly(true);
  const northward = createMemoryNorthward(config, { disk });
  await northward.start();
  const storing = northward.publishTelemetry(reading, { until: 'stored' });
  await expect(storing).rejects.toMatchObject({ code: 'STORE_DEGRADED' });
  expect(await northward.publishTelemetry(reading)).toMatchObject({ status: 'delivered' });

  disk.readOnly(false);
  await northward.advanceTime(10_000);
  expect(northward.metrics().store?.state).toBe('working');
});
