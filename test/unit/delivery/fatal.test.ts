import { afterEach, describe, expect, it } from 'vitest';
import { ConnectionError } from '../../../src/api/errors.js';
import { RD } from '../../../src/kafka/port/codes.js';
import { memoryNorthward, reading, rejection, until } from '../../support/memory-northward.js';

const FAST = { initialIntervalMs: 1, maxIntervalMs: 2 };
const stops: Array<() => Promise<unknown>> = [];
async function started(over: Record<string, unknown> = {}): Promise<ReturnType<typeof memoryNorthward>> {
  const made = memoryNorthward({ retryPolicy: FAST, ...over });
  stops.push(() => made.northward.stop({ timeoutMs: 50 }));
  made.producers.hold = true;
  await made.northward.start();
  return made;
}
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

describe('§7 after a fatal error of the producer', () => {
  it('sends again, in order, what was not acknowledged; those receipts say maybeDuplicate', async () => {
    const { northward, producers } = await started();
    const before = [1, 2, 3, 4].map((n) => northward.publishTelemetry(reading('a', n)));
    await until('handed over', () => producers.handed.length === 4);
    producers.release(1);
    producers.die();
    const after = northward.publishTelemetry(reading('a', 5));
    producers.hold = false;
    const receipts = await Promise.all([...before, after]);
    expect(producers.handed.filter((r) => r.client === 2).map((r) => r.timestampMs % 10)).toEqual([
      2, 3, 4, 5,
    ]);
    expect(receipts.map((receipt) => 'maybeDuplicate' in receipt)).toEqual([false, true, true, true, false]);
    expect(producers).toMatchObject({ opened: 2, closed: 1 });
    expect(northward.metrics().uplink.reconnects).toBe(1);
  });

  it('counts reports of the dying client that still come', async () => {
    const { northward, producers } = await started();
    const both = [northward.publishTelemetry(reading('a', 1)), northward.publishTelemetry(reading('a', 2))];
    await until('handed over', () => producers.handed.length === 2);
    producers.listener?.onFatal('test');
    producers.release(1);
    producers.outcomes.set('a', RD.FATAL);
    producers.release(1);
    producers.outcomes.clear();
    producers.hold = false;
    const receipts = await Promise.all(both);
    expect(receipts.map((receipt) => 'maybeDuplicate' in receipt)).toEqual([false, true]);
  });

  it('onFatal fail: rejects them as unknown instead', async () => {
    const { northward, producers } = await started({ uplink: { onFatal: 'fail' } });
    const lost = rejection(northward.publishTelemetry(reading('a', 1)));
    await until('handed over', () => producers.handed.length === 1);
    producers.die();
    expect(await lost).toMatchObject({
      code: 'DELIVERY_UNKNOWN',
      topic: 'a',
      message: expect.stringContaining(
        'the client died, or was made again, before its report came',
      ) as string,
    });
    producers.hold = false;
    expect((await northward.publishTelemetry(reading('a', 2))).status).toBe('delivered');
  });

  it('notices a fatal error by the answer of produce, too', async () => {
    const { northward, producers } = await started();
    producers.hold = false;
    producers.refusals.set('a', RD.FATAL);
    const published = northward.publishTelemetry(reading('a'));
    await until('a second client', () => producers.opened === 2);
    producers.refusals.clear();
    await until('handed over', () => {
      void northward.publishTelemetry(reading('b'));
      return producers.handed.some((record) => record.topic === 'a');
    });
    expect((await published).status).toBe('delivered');
  });

  it('§2 retryPolicy spent: everything ends with the cause, ready() says so', async () => {
    const { northward, producers } = await started({ retryPolicy: { ...FAST, maxAttempts: 2 } });
    const lost = rejection(northward.publishTelemetry(reading('a')));
    producers.openFailure = new ConnectionError('CLIENT_FAILED', 'no client today');
    producers.die();
    const error = await lost;
    expect(error).toMatchObject({ code: 'RETRIES_EXHAUSTED', retryable: false });
    expect(error.message).toContain('no client today');
    expect((await rejection(northward.publishTelemetry(reading('a')))).code).toBe('RETRIES_EXHAUSTED');
    expect((await rejection(northward.ready())).code).toBe('RETRIES_EXHAUSTED');
    expect(northward.state).toBe('failed');
  });

  it('§2 retryPolicy 0: never', async () => {
    const { northward, producers } = await started({ retryPolicy: { ...FAST, maxAttempts: 0 } });
    producers.die();
    await until('given up', () => northward.state === 'failed');
    expect(producers.opened).toBe(1);
  });

  it('§8.13 attempts are counted again after a delivery', async () => {
    const { northward, producers } = await started({ retryPolicy: { ...FAST, maxAttempts: 1 } });
    producers.hold = false;
    for (let life = 1; life <= 3; life += 1) {
      await northward.publishTelemetry(reading('a', life));
      producers.die();
      await until('the next client', () => producers.opened === life + 1);
    }
    expect((await northward.publishTelemetry(reading('a', 9))).status).toBe('delivered');
  });

  it('stop() meanwhile ends in time', async () => {
    const { northward, producers } = await started();
    const lost = rejection(northward.publishTelemetry(reading('a')));
    await until('handed over', () => producers.handed.length === 1);
    producers.die();
    expect(await northward.stop({ timeoutMs: 10 })).toMatchObject({ undelivered: 1, timedOut: true });
    expect((await lost).code).toMatch(/STOPPED|DELIVERY_UNKNOWN/);
    expect(producers.closed).toBe(producers.opened);
  });
});

describe('§2 a rotated secret is taken up without a restart', () => {
  it('makes a new client when the credentials were changed, and sends what waits', async () => {
    const { northward, producers } = await started();
    producers.up = false;
    const waiting = northward.publishTelemetry(reading('a'));
    await until('handed over', () => producers.handed.length === 1);
    producers.listener?.onCause({
      code: 'AUTHENTICATION_FAILED',
      message: 'Invalid password',
      brokerId: null,
    });
    await until('failed', () => northward.state === 'failed');
    producers.secretsChanged = true;
    producers.onOpen = () => {
      producers.up = true;
      producers.hold = false;
    };
    expect((await waiting).status).toBe('delivered');
    expect(producers.opened).toBe(2);
    expect(northward.state).toBe('connected');
  });
});
