/** §12 with §10: what a replay of records with several events takes of the queue. */
import { describe, expect, it } from 'vitest';
import { states, StoringGateway, tally } from '../../support/storing-gateway.js';

describe('§12 a replay of records with several events', () => {
  it('given a replay that fills its part of the queue, then new events are taken, as many as the queue holds', async () => {
    const maxMessages = 200;
    const payload = { mode: 'timeseries_rows', pack: { maxEvents: 20, maxWaitMs: 20 } };
    const gateway = await new StoringGateway({
      uplink: {
        queue: { maxMessages },
        telemetry: { enabled: true, topic: 'data', key: '{{device_id}}', payload },
      },
    }).start();
    await gateway.northward.setConnected(false);
    for (let n = 0; n < 2_000; n += 100) {
      gateway.publishAll(n, n + 100);
      await gateway.northward.advanceTime(1_000);
    }
    gateway.northward.holdDelivery();
    await gateway.northward.setConnected(true);
    await gateway.northward.advanceTime(20_000);
    expect(gateway.northward.metrics().uplink.queue.messages).toBeLessThanOrEqual(maxMessages);
    const more = gateway.publishAll(2_000, 2_000 + maxMessages);
    await gateway.northward.settle();
    expect(tally(states(more))).toEqual({ open: maxMessages });
    await gateway.northward.releaseDelivery();
    await gateway.until('all arrived', () => gateway.northward.metrics().uplink.success === 2_200);
    expect(gateway.northward.metrics().uplink.queue).toMatchObject({ messages: 0, bytes: 0 });
    await gateway.northward.stop({ timeoutMs: 1_000 });
  });
});
