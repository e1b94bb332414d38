import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { createMemoryNorthward } from 'ng-kafka-northward/testing';
import { Gateway } from '../gateway.js';

test('a write that fails is tried again, and answered', async () => {
  const northward = createMemoryNorthward();
  const write = mock.fn(async () => {});
  write.mock.mockImplementationOnce(() => Promise.reject(new Error('busy')));
  await new Gateway(northward, { write }).start();
  await northward.sendWritePoint({ requestId: 'r-1', pointId: 5, value: 42 });
  await northward.advanceTime(500);
  assert.deepEqual([write.mock.callCount(), northward.published[0].data.status], [2, 'Success']);
  northward.assertDrained();
});
