import { expect, jest, test } from '@jest/globals';
import { createMemoryNorthward } from 'ng-kafka-northward/testing';
import { Gateway } from '../gateway.js';

test('a write that fails is tried again, and answered', async () => {
  const northward = createMemoryNorthward();
  const write = jest.fn().mockRejectedValueOnce(new Error('busy'));
  await new Gateway(northward, { write }).start();
  await northward.sendWritePoint({ requestId: 'r-1', pointId: 5, value: 42 });
  await northward.advanceTime(500);
  expect(write.mock.calls).toEqual(Array(2).fill([5, 42]));
  expect(northward.published[0].data).toMatchObject({ request_id: 'r-1', status: 'Success' });
  northward.assertDrained();
});
