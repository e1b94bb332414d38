/** Host code that publishes while a publish of its own is under way: a logger, a getter. */
import { describe, expect, it } from 'vitest';
import type { UplinkEvent } from '../../../src/api/uplink.js';
import { MemoryClock } from '../../../src/testing/memory-clock.js';
import { FaultyProducers } from '../../support/memory-producer.js';
import { memoryNorthward, reading } from '../../support/memory-northward.js';
import { follow, range, states, tally, type Published } from '../../support/storing-gateway.js';

const event = (n: number): UplinkEvent => ({ kind: 'telemetry', ...reading('a', n) });

describe('host code that publishes within a publish', () => {
  it('drop_oldest: given a logger that publishes as one is dropped, then each message ends once', async () => {
    const clock = new MemoryClock(1_700_000_000_000);
    const producers = new FaultyProducers({ clock });
    const published: Published[] = [];
    const large = (n: number, bytes: number): Published =>
      follow(
        northward.publishTelemetry({
          ...reading('a', n),
          values: { n, text: 'x'.repeat(bytes) },
        }),
      );
    const logger = {
      debug: () => undefined,
      info: () => undefined,
      error: () => undefined,
      warn: (message: string) => {
        if (message.includes('QUEUE_DROPPED')) published.push(large(100, 3_000));
      },
    };
    const { northward } = memoryNorthward(
      { uplink: { queue: { maxBytes: 8_192, whenFull: 'drop_oldest' } } },
      { logger },
      clock,
      producers,
    );
    let undelivered = 0;
    northward.on('undelivered', () => (undelivered += 1));
    await northward.start();
    await clock.settle();
    producers.listener?.onFatal('away');
    published.push(...range(0, 4).map((n) => large(n, 1_500)));
    published.push(large(4, 6_000));
    await clock.settle();
    await clock.advance(10_000);
    await clock.settle();
    const { success, fail, queue } = northward.metrics().uplink;
    expect(tally(states(published))['open']).toBeUndefined();
    expect(success + fail).toBe(published.length);
    expect(undelivered).toBe(fail);
    expect(queue).toMatchObject({ messages: 0, bytes: 0, inFlight: 0 });
    await clock.runUntilEnd(northward.stop({ timeoutMs: 1_000 }), () => false);
  });

  it('publishBatch: given a getter that publishes a batch, then stop() waits for both', async () => {
    const clock = new MemoryClock(1_700_000_000_000);
    const producers = new FaultyProducers({ clock });
    const { northward } = memoryNorthward({}, {}, clock, producers);
    await northward.start();
    await clock.settle();
    const batches: Array<Promise<unknown[]>> = [];
    const exotic = {
      ...event(0),
      get values() {
        if (batches.length === 0) batches.push(northward.publishBatch(range(1_000, 3_000).map(event)));
        return [{ pointId: 1, pointKey: 'n', value: 0 }];
      },
    };
    const outer = northward.publishBatch([exotic as UplinkEvent, ...range(1, 150).map(event)]);
    let settled = 0;
    for (const batch of [outer, ...batches]) void batch.then(() => (settled += 1));
    await clock.runUntilEnd(northward.stop({ timeoutMs: 5_000 }), () => false);
    await clock.settle();
    expect(settled).toBe(2);
    expect(northward.metrics().uplink.success).toBe(2_150);
    expect(producers.handed.map(({ timestampMs }) => timestampMs % 10_000).filter((n) => n < 150)).toEqual(
      range(0, 150),
    );
  });
});
