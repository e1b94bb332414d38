import { createMemoryNorthward } from 'ng-kafka-northward/testing';
import { expect, test } from 'vitest';

test('a reading arrives', async () => {
  const northward = createMemoryNorthward();
  await northward.start();
  await northward.publishTelemetry({ deviceId: 7, deviceName: 'pump-1', values: { temp: 21.5 } });

  expect(northward.published).toHaveLength(1);
  expect(northward.published[0]).toMatchObject({
    kind: 'telemetry',
    topic: 'ng.uplink.telemetry',
    key: '7',
    headers: { device_name: 'pump-1' },
    data: { device_name: 'pump-1', values: [{ point_key: 'temp', value: 21.5 }] },
  });
});

test('what the real one refuses, the double refuses', async () => {
  const northward = createMemoryNorthward();
  await northward.start();
  const publishing = northward.publishTelemetry({ deviceId: 1.5, deviceName: 'pump-1', values: {} });

  await expect(publishing).rejects.toMatchObject({ code: 'EVENT_INVALID' });
  expect(northward.published).toEqual([]);
});
