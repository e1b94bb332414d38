import { afterEach, describe, expect, it } from 'vitest';
import type { Receipt } from '../../../src/index.js';
import { memoryNorthward, reading, until } from '../../support/memory-northward.js';

const stops: Array<() => Promise<unknown>> = [];
async function started(): Promise<ReturnType<typeof memoryNorthward>> {
  const made = memoryNorthward();
  stops.push(() => made.northward.stop({ timeoutMs: 50 }));
  made.producers.hold = true;
  await made.northward.start();
  return made;
}
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

const marked = (receipts: readonly Receipt[]): boolean[] =>
  receipts.map((receipt) => 'maybeDuplicate' in receipt);

describe('§7.4 the client gives itself a new epoch', () => {
  it('what it had when it began to send records of that topic again says maybeDuplicate, and nothing else does', async () => {
    const { northward, producers } = await started();
    const held = [
      northward.publishTelemetry(reading('a', 1)),
      northward.publishTelemetry(reading('a', 2)),
      northward.publishTelemetry(reading('b', 3)),
    ];
    await until('handed over', () => producers.handed.length === 3);
    producers.listener?.onRetry('a');
    held.push(northward.publishTelemetry(reading('a', 4)));
    await until('handed over', () => producers.handed.length === 4);
    producers.listener?.onNewEpoch();
    held.push(northward.publishTelemetry(reading('a', 5)));
    await until('handed over', () => producers.handed.length === 5);
    producers.hold = false;
    expect(marked(await Promise.all(held))).toEqual([true, true, false, false, false]);
  });

  it('given it is told of behind the report, in the same turn of the event loop, then the receipt says it all the same', async () => {
    const { northward, producers } = await started();
    const held = northward.publishTelemetry(reading('a', 1));
    await until('handed over', () => producers.handed.length === 1);
    producers.listener?.onRetry('a');
    producers.release(1);
    await new Promise(setImmediate);
    producers.listener?.onNewEpoch();
    expect(marked([await held])).toEqual([true]);
  });

  it('given a report in each turn of the event loop, then each waits for one turn more, and not for the last of them', async () => {
    const { northward, producers } = await started();
    const told: number[] = [];
    for (let n = 0; n < 6; n += 1) void northward.publishTelemetry(reading('a', n)).then(() => told.push(n));
    await until('handed over', () => producers.handed.length === 6);
    producers.listener?.onRetry('a');
    for (let n = 0; n < 6; n += 1) {
      producers.release(1);
      await new Promise(setImmediate);
    }
    expect(told.length).toBeGreaterThan(1);
    await until('all are told', () => told.length === 6);
    expect(told).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('what is sent again under the same epoch says nothing', async () => {
    const { northward, producers } = await started();
    const held = northward.publishTelemetry(reading('a', 1));
    await until('handed over', () => producers.handed.length === 1);
    producers.listener?.onRetry('a');
    producers.hold = false;
    expect(marked([await held])).toEqual([false]);
    producers.listener?.onNewEpoch();
    expect(marked([await northward.publishTelemetry(reading('a', 2))])).toEqual([false]);
  });

  it('given a new client, then what the former one sent again is over', async () => {
    const { northward, producers } = await started();
    const held = northward.publishTelemetry(reading('a', 1));
    await until('handed over', () => producers.handed.length === 1);
    const { listener } = producers;
    listener?.onRetry('a');
    producers.die();
    await until('a second client', () => producers.opened === 2);
    const further = northward.publishTelemetry(reading('a', 2));
    await until('handed over', () => producers.handed.length === 3);
    // The former one, late; then the present one, which has sent nothing again.
    listener?.onRetry('a');
    producers.listener?.onNewEpoch();
    producers.hold = false;
    expect(marked(await Promise.all([held, further]))).toEqual([true, false]);
  });
});
