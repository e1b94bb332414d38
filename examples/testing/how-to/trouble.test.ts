import { createMemoryNorthward, MEMORY_CONFIG } from 'ng-kafka-northward/testing';
import { expect, test } from 'vitest';

const reading = { deviceId: 7, deviceName: 'pump-1', values: { temp: 21.5 } };

test('without a broker the queue fills up; when it is back, all arrives', async () => {
  const { uplink } = MEMORY_CONFIG;
  const northward = createMemoryNorthward({
    ...MEMORY_CONFIG,
    uplink: { ...uplink, queue: { maxMessages: 1 } },
  });
  await northward.start();
  await northward.setConnected(false);
  expect(northward.state).toBe('reconnecting');

  const waiting = northward.publishTelemetry(reading);
  await expect(northward.publishTelemetry(reading)).rejects.toMatchObject({ code: 'QUEUE_FULL' });
  await northward.setConnected(true);
  expect(await waiting).toMatchObject({ status: 'delivered' });
});

test('a message that the broker refuses ends in an error, the next one is fine', async () => {
  const northward = createMemoryNorthward();
  await northward.start();
  northward.failNext('MESSAGE_TOO_LARGE');

  await expect(northward.publishTelemetry(reading)).rejects.toMatchObject({ retryable: false });
  expect(await northward.publishTelemetry(reading)).toMatchObject({ status: 'delivered' });
});

test('a slow broker keeps the caller waiting, until messageTimeoutMs', async () => {
  const northward = createMemoryNorthward();
  await northward.start();
  northward.holdDelivery();
  const first = northward.publishTelemetry(reading);
  await northward.releaseDelivery();
  expect(await first).toMatchObject({ status: 'delivered' });

  northward.holdDelivery();
  const second = northward.publishTelemetry(reading);
  const refused = expect(second).rejects.toMatchObject({ code: 'DELIVERY_TIMEOUT' });
  await northward.advanceTime(30_000);
  await refused;
});
