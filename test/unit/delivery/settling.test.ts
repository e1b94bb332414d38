import { afterEach, describe, expect, it } from 'vitest';
import { RD } from '../../../src/kafka/port/codes.js';
import { memoryNorthward, reading, until } from '../../support/memory-northward.js';

const stops: Array<() => Promise<unknown>> = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** @returns for each message whether its caller was told within the call that brought the reports, or a turn later */
async function told(count: number, outcome?: number): Promise<{ atOnce: boolean[]; later: boolean[] }> {
  const { northward, producers } = memoryNorthward();
  stops.push(() => northward.stop({ timeoutMs: 50 }));
  producers.hold = true;
  await northward.start();
  const ends = Array.from({ length: count }, () => false);
  for (const n of ends.keys()) {
    const end = (): void => {
      ends[n] = true;
    };
    northward.publishTelemetry(reading('a', n)).then(end, end);
  }
  await until('handed over', () => producers.handed.length === count);
  if (outcome !== undefined) producers.outcomes.set('a', outcome);
  producers.release();
  // Of promises only: no turn of the event loop.
  for (let n = 0; n < 10; n += 1) await Promise.resolve();
  const atOnce = [...ends];
  await until('all ended', () => ends.every(Boolean));
  return { atOnce, later: ends };
}

describe('when callers are told', () => {
  it('given one message in flight, when its report comes, then its caller is told at once', async () => {
    expect(await told(1)).toEqual({ atOnce: [true], later: [true] });
  });

  it('given several, when their reports come, then all are told in one turn of their own', async () => {
    expect(await told(3)).toEqual({ atOnce: [false, false, false], later: [true, true, true] });
  });

  it('given one that did not arrive, then it is told in a turn of its own: the logger of the host is asked as well', async () => {
    expect(await told(1, RD.MSG_TIMED_OUT)).toEqual({ atOnce: [false], later: [true] });
  });

  it('given a caller that publishes the next one at once, then each has its receipt, in order', async () => {
    const { northward, producers } = memoryNorthward();
    stops.push(() => northward.stop({ timeoutMs: 50 }));
    await northward.start();
    const offsets: Array<number | null> = [];
    for (let n = 0; n < 200; n += 1) {
      const receipt = await northward.publishTelemetry(reading('a', n));
      if (receipt.status === 'delivered') offsets.push(receipt.offset);
    }
    expect(offsets).toEqual(Array.from({ length: 200 }, (_, n) => n));
    expect(producers.handed).toHaveLength(200);
    expect(northward.metrics().uplink.queue).toMatchObject({ messages: 0, inFlight: 0 });
  });
});
