/** Host code that publishes while a publish of its own is under way: a logger, a getter. */
import { describe, expect, it } from 'vitest';
import { MemoryClock } from '../../../src/testing/memory-clock.js';
import { FaultyProducers } from '../../support/memory-producer.js';
import { memoryNorthward, reading } from '../../support/memory-northward.js';
import { follow, range, states, tally, type Published } from '../../support/storing-gateway.js';

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
});
