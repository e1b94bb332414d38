import { afterEach, describe, expect, it, vi } from 'vitest';
import type { UplinkEvent } from '../../../src/api/uplink.js';
import { KeptBytes } from '../../../src/uplink/delivery/kept-bytes.js';
import { Pending } from '../../../src/uplink/delivery/pending.js';
import { WaitingList } from '../../../src/uplink/delivery/waiting-list.js';
import { memoryNorthward, reading, rejection, until } from '../../support/memory-northward.js';

const FAST = { initialIntervalMs: 1, maxIntervalMs: 2 };
const stops: Array<() => Promise<unknown>> = [];

function make(over: Record<string, unknown> = {}): ReturnType<typeof memoryNorthward> {
  const made = memoryNorthward({ retryPolicy: FAST, ...over });
  stops.push(() => made.northward.stop({ timeoutMs: 50 }));
  return made;
}

async function started(over: Record<string, unknown> = {}): Promise<ReturnType<typeof memoryNorthward>> {
  const made = make(over);
  await made.northward.start();
  return made;
}

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

function batch(size: number): UplinkEvent[] {
  return Array.from({ length: size }, (_, n) => ({ kind: 'telemetry' as const, ...reading('a', n) }));
}

describe('§7 behind a large batch', () => {
  it('an ignored publish that fails is no unhandled rejection', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    const { northward } = await started();
    const all = northward.publishBatch(batch(600));
    void northward.publishTelemetry({ deviceId: 'x' } as never);
    await all;
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  it('a call made just when the batch is in does not overtake one that waits', async () => {
    const { northward, producers } = await started();
    const refused = Array.from({ length: 300 }, () => ({ kind: 'telemetry' }) as never);
    const late = northward.publishBatch(refused).then(() => northward.publishTelemetry(reading('a', 2)));
    const early = northward.publishTelemetry(reading('a', 1));
    await Promise.all([early, late]);
    expect(producers.handed.map((record) => record.timestampMs % 10)).toEqual([1, 2]);
  });

  it('no more than maxMessages calls line up; the next one is QUEUE_FULL, and told', async () => {
    const { northward } = await started({ uplink: { queue: { maxMessages: 2 } } });
    const undelivered = vi.fn();
    const all = northward.publishBatch(batch(600));
    const inLine = [1, 2].map((n) => northward.publishTelemetry(reading('a', n)));
    northward.on('undelivered', ({ error }) => undelivered(error.message));
    expect(await rejection(northward.publishTelemetry(reading('a', 3)))).toMatchObject({
      code: 'QUEUE_FULL',
    });
    expect(await rejection(northward.publishBatch(batch(1)))).toMatchObject({ code: 'QUEUE_FULL' });
    await Promise.allSettled([all, ...inLine]);
    await until(
      'both told',
      () => undelivered.mock.calls.filter(([text]) => /large batch/.test(text)).length === 2,
    );
    expect(await northward.publishTelemetry(reading('a', 4))).toMatchObject({ status: 'delivered' });
  });

  it('publishBatch of something else is a rejection', async () => {
    const { northward } = await started();
    expect((await rejection(northward.publishBatch(undefined as never))).code).toBe('EVENT_INVALID');
  });
});

describe('§7 after a client died', () => {
  it('onFatal fail: callers that wait for room get it', async () => {
    const queue = { maxMessages: 1, whenFull: 'wait', waitMs: 600_000 };
    const { northward, producers } = await started({ uplink: { onFatal: 'fail', queue } });
    producers.hold = true;
    const first = rejection(northward.publishTelemetry(reading('a', 1)));
    const second = northward.publishTelemetry(reading('a', 2));
    await until('handed over', () => producers.handed.length === 1);
    producers.hold = false;
    producers.die();
    expect((await first).code).toBe('DELIVERY_UNKNOWN');
    expect((await second).status).toBe('delivered');
  });

  it('a question that outlives it does not keep the next one from being watched', async () => {
    const { northward, producers } = make();
    let free = (): void => undefined;
    const open = producers.open.bind(producers);
    producers.open = async (listener) => {
      const port = await open(listener);
      if (producers.opened > 1) return port;
      const metadata = port.metadata.bind(port);
      const freed = new Promise<void>((resolve) => (free = resolve));
      port.metadata = (...args) => freed.then(() => metadata(...args));
      return port;
    };
    await northward.start();
    await new Promise((resolve) => setTimeout(resolve, 10));
    producers.die();
    await until('the second client', () => producers.opened === 2);
    free();
    await until('connected', () => northward.state === 'connected');
  });

  it('its messages go back to where they stood, whatever waits', () => {
    const list = new WaitingList();
    const all = [0, 1, 2, 3, 4, 5].map((sequence) =>
      Object.assign(new Pending(sequence, new KeptBytes()), { sequence, bytes: 10 }),
    );
    const at = (indexes: number[]): Pending[] => indexes.flatMap((index) => all[index] ?? []);
    for (const pending of at([1, 4])) list.append(pending);
    list.putBack(at([0, 2, 3, 5]));
    const order: number[] = [];
    for (let head = list.oldest; head !== null; head = list.oldest) {
      order.push(head.sequence);
      list.remove(head);
    }
    expect([order, list.size, list.bytes]).toEqual([[0, 1, 2, 3, 4, 5], 0, 0]);
  });
});

describe('§7 stop() and ready() are bounded', () => {
  it('while start() hangs', async () => {
    const { northward, producers } = make();
    producers.open = () => new Promise(() => undefined);
    void northward.start();
    expect((await rejection(northward.ready({ timeoutMs: 10 }))).code).toBe('READY_TIMEOUT');
    expect(await northward.stop({ timeoutMs: 10 })).toMatchObject({ flushed: 0, undelivered: 0 });
  });

  it('while the client does not close', async () => {
    const { northward, producers } = make();
    const open = producers.open.bind(producers);
    producers.open = async (listener) => {
      const port = await open(listener);
      port.close = () => new Promise(() => undefined);
      return port;
    };
    await northward.start();
    await northward.stop({ timeoutMs: 10 });
    expect(northward.state).toBe('disconnected');
  });

  it('although an undelivered listener publishes again and again', async () => {
    const { northward, producers } = await started();
    producers.hold = true;
    northward.on('undelivered', () => void northward.publishTelemetry(reading('a', 9)));
    void northward.publishTelemetry(reading('a', 1));
    expect(await northward.stop({ timeoutMs: 10 })).toMatchObject({ timedOut: true, undelivered: 1 });
  });

  it('Infinity waits, for both', async () => {
    const { northward, producers } = make();
    producers.hold = true;
    producers.up = false;
    await northward.start();
    const ready = northward.ready({ timeoutMs: Infinity });
    const one = northward.publishTelemetry(reading('a', 1));
    await until('handed over', () => producers.handed.length === 1);
    producers.up = true;
    await ready;
    const stopping = northward.stop({ timeoutMs: Infinity });
    await new Promise((resolve) => setTimeout(resolve, 10));
    producers.release();
    expect(await stopping).toMatchObject({ flushed: 1, undelivered: 0, timedOut: false });
    expect((await one).status).toBe('delivered');
  });

  it('a batch that is still being taken in has its outcomes before the end, and the report counts them', async () => {
    const { northward, producers } = await started();
    producers.hold = true;
    let told = false;
    void northward.publishBatch(batch(20_000)).then(() => (told = true));
    expect(await northward.stop({ timeoutMs: 1 })).toMatchObject({ undelivered: 20_000 });
    expect(told).toBe(true);
  });
});
