/** What `until: 'stored'` and the store's part of the object are where no store is configured. */
import { afterEach, describe, expect, it } from 'vitest';
import type { KafkaNorthward } from '../../../src/api/northward.js';
import { memoryNorthward, reading, rejection } from '../../support/memory-northward.js';

const open: KafkaNorthward[] = [];

async function started(): Promise<KafkaNorthward> {
  const { northward } = memoryNorthward();
  open.push(northward);
  await northward.start();
  return northward;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.stop()));
});

describe('§10 without a store', () => {
  it('given until stored, when published, then it is refused by name and not taken', async () => {
    const northward = await started();
    const undelivered: string[] = [];
    northward.on('undelivered', ({ error }) => undelivered.push(error.code));
    const error = await rejection(northward.publishTelemetry(reading('a'), { until: 'stored' }));
    expect(error).toMatchObject({ code: 'STORE_DEGRADED', topic: 'a', retryable: true });
    expect(error.message).toContain('uplink.store, which is not configured');
    expect(error.hint).toContain('Configure uplink.store');
    expect(northward.metrics().uplink).toMatchObject({ success: 0, failedByCode: { STORE_DEGRADED: 1 } });
    await northward.stop();
    expect(undelivered).toEqual(['STORE_DEGRADED']);
  });

  it('given until stored, when a batch is published, then each event says so at its place', async () => {
    const northward = await started();
    const events = [0, 1].map((n) => ({ kind: 'telemetry' as const, ...reading('a', n) }));
    const outcomes = await northward.publishBatch(events, { until: 'stored' });
    expect(outcomes.map((each) => (each.status === 'failed' ? each.error.code : each.status))).toEqual([
      'STORE_DEGRADED',
      'STORE_DEGRADED',
    ]);
  });

  it('given until delivered, then nothing changes; of a kind that is off, neither', async () => {
    const northward = await started();
    const receipt = await northward.publishTelemetry(reading('a'), { until: 'delivered' });
    expect(receipt.status).toBe('delivered');
    const alarm = { deviceId: 1, deviceName: 'a', alarmType: 't', severity: 'INFO', message: '' } as const;
    expect(await northward.publishAlarm(alarm, { until: 'stored' })).toMatchObject({ status: 'skipped' });
  });

  it.each([
    ['no such value', { until: 'synced' }, 'options.until: expected "delivered" or "stored", found'],
    ['no object', 5, 'options: expected an object, found 5'],
    ['null', null, 'options: expected an object, found null'],
  ])('given options that cannot be taken (%s), then the call is refused', async (_, options, text) => {
    const northward = await started();
    const single = await rejection(northward.publishTelemetry(reading('a'), options as never));
    const batch = await rejection(northward.publishBatch([], options as never));
    for (const error of [single, batch]) {
      expect(error.code).toBe('ARGUMENT_INVALID');
      expect(error.message).toContain(text);
    }
  });

  it('then there are no losses, no metrics of it, and nothing stored at the end', async () => {
    const northward = await started();
    expect(northward.losses()).toEqual([]);
    expect(northward.metrics().store).toBeNull();
    expect((await northward.stop()).stored).toBe(0);
  });
});
