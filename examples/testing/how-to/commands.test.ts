import { createMemoryNorthward, MEMORY_CONFIG } from 'ng-kafka-northward/testing';
import { expect, test, vi } from 'vitest';
import { Gateway } from '../gateway.js';

test('a write point is carried out, answered and committed', async () => {
  const northward = createMemoryNorthward();
  const write = vi.fn();
  await new Gateway(northward, { write }).start();
  const sent = await northward.sendWritePoint({ requestId: 'r-1', pointId: 5, value: 42 });

  expect(await sent.handled).toBe('done');
  expect(write).toHaveBeenCalledWith(5, 42);
  expect(northward.published[0]?.data).toMatchObject({ request_id: 'r-1', applied_value: 42 });
  expect(northward.committed).toMatchObject({ 'ng.downlink.write_point': 1 });
  northward.assertDrained();
});

test('a device that stays busy makes a dead letter', async () => {
  const { downlink } = MEMORY_CONFIG;
  const config = { ...MEMORY_CONFIG, downlink: { ...downlink, deadLetter: { enabled: true } } };
  const northward = createMemoryNorthward(config);
  const write = vi.fn().mockRejectedValue(new Error('busy'));
  await new Gateway(northward, { write }).start();
  const sent = await northward.sendWritePoint({ pointId: 5, value: 42 });
  await northward.advanceTime(60_000);

  expect(await sent.handled).toBe('dead_lettered');
  expect(write).toHaveBeenCalledTimes(5);
  expect(northward.deadLettered).toMatchObject([{ errorCode: 'COMMAND_FAILED', attempts: 5 }]);
});
