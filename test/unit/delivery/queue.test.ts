import { afterEach, describe, expect, it } from 'vitest';
import { RD } from '../../../src/kafka/port/codes.js';
import { memoryNorthward, reading, rejection, until } from '../../support/memory-northward.js';

const stops: Array<() => Promise<unknown>> = [];
async function started(over: Record<string, unknown>): Promise<ReturnType<typeof memoryNorthward>> {
  const made = memoryNorthward({ uplink: over });
  stops.push(() => made.northward.stop({ timeoutMs: 50 }));
  made.producers.hold = true;
  await made.northward.start();
  return made;
}
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

describe('§2 uplink.queue, whenFull', () => {
  it('reject: says that the queue is full, by messages', async () => {
    const { northward, producers } = await started({ queue: { maxMessages: 2 } });
    const accepted = [
      northward.publishTelemetry(reading('a', 1)),
      northward.publishTelemetry(reading('a', 2)),
    ];
    const error = await rejection(northward.publishTelemetry(reading('a', 3)));
    expect(error).toMatchObject({ code: 'QUEUE_FULL', retryable: true });
    expect(error.message).toContain('2 of 2 messages');
    await until('handed over', () => producers.handed.length > 0);
    producers.hold = false;
    producers.release();
    expect((await Promise.all(accepted)).map((receipt) => receipt.status)).toEqual([
      'delivered',
      'delivered',
    ]);
  });

  it('reject: says that the queue is full, by bytes', async () => {
    const { northward } = await started({ queue: { maxBytes: 700 } });
    void northward.publishTelemetry(reading('a', 1));
    void northward.publishTelemetry(reading('a', 2));
    const codes = [rejection(northward.publishTelemetry(reading('a', 3)))];
    expect((await Promise.all(codes)).map((error) => error.code)).toEqual(['QUEUE_FULL']);
    expect(northward.metrics().uplink.queue.bytes).toBeLessThanOrEqual(700);
  });

  it('wait: callers get room first in, first out', async () => {
    const { northward, producers } = await started({
      queue: { maxMessages: 2, whenFull: 'wait', waitMs: 60_000 },
    });
    const all = [1, 2, 3, 4].map((n) => northward.publishTelemetry(reading('a', n)));
    expect(northward.metrics().uplink.queue).toMatchObject({ messages: 2, waitingCallers: 2 });
    const fifth = await rejection(northward.publishTelemetry(reading('a', 5)));
    expect(fifth.code).toBe('QUEUE_FULL');
    await until('handed over', () => producers.handed.length > 0);
    producers.hold = false;
    producers.release();
    await Promise.all(all);
    expect(producers.handed.map((record) => record.timestampMs - 1_700_000_000_000)).toEqual([1, 2, 3, 4]);
  });

  it('wait: a caller waits no longer than waitMs', async () => {
    const { northward } = await started({ queue: { maxMessages: 1, whenFull: 'wait', waitMs: 20 } });
    void northward.publishTelemetry(reading('a', 1));
    const error = await rejection(northward.publishTelemetry(reading('a', 2)));
    expect(error.code).toBe('QUEUE_FULL');
    expect(error.message).toContain('waitMs');
  });

  it('drop_oldest: drops what the client does not hold, each with a typed error', async () => {
    // A window of four lets one message of an unproven topic out; the others wait here.
    const { northward, producers } = await started({ queue: { maxMessages: 4, whenFull: 'drop_oldest' } });
    const all = [1, 2, 3, 4, 5, 6].map((n) => northward.publishTelemetry(reading('a', n)));
    const dropped = await Promise.all([rejection(all[1] as never), rejection(all[2] as never)]);
    expect(dropped.map((error) => error.code)).toEqual(['QUEUE_DROPPED', 'QUEUE_DROPPED']);
    producers.hold = false;
    producers.release();
    await Promise.all([all[0], all[3], all[4], all[5]]);
    expect(producers.handed.map((record) => record.timestampMs - 1_700_000_000_000)).toEqual([1, 4, 5, 6]);
  });

  it('drop_oldest: rejects where the client holds everything', async () => {
    const { northward } = await started({ queue: { maxMessages: 1, whenFull: 'drop_oldest' } });
    void northward.publishTelemetry(reading('a', 1));
    expect((await rejection(northward.publishTelemetry(reading('a', 2)))).code).toBe('QUEUE_FULL');
  });

  it('drop_oldest: drops nothing where that would make no room', async () => {
    const { northward, producers } = await started({
      queue: { maxMessages: 100, maxBytes: 1_500, whenFull: 'drop_oldest' },
    });
    const small = [1, 2, 3].map((n) => northward.publishTelemetry(reading('a', n)));
    await until('one is out', () => producers.handed.length === 1);
    const values = [{ pointId: 1, pointKey: 'text', value: 'x'.repeat(1_000) }];
    const error = await rejection(northward.publishTelemetry({ ...reading('a', 4), values }));
    expect(error.code).toBe('QUEUE_FULL');
    producers.hold = false;
    producers.release();
    expect((await Promise.all(small)).map((receipt) => receipt.status)).toEqual(Array(3).fill('delivered'));
  });

  it('refuses a record over the limit at once, with its size and the limit', async () => {
    const { northward, producers } = await started({
      producer: { properties: { 'message.max.bytes': 1_000 } },
    });
    const values = [{ pointId: 1, pointKey: 'text', value: 'x'.repeat(2_000) }];
    const error = await rejection(northward.publishTelemetry({ ...reading('a'), values }));
    expect(error).toMatchObject({ code: 'MESSAGE_TOO_LARGE', retryable: false });
    expect(error.message).toMatch(/2\d\d\d bytes, the limit is 1000/);
    expect(producers.handed).toHaveLength(0);
  });
});

describe('§7 messageTimeoutMs counts from acceptance', () => {
  it('rejects what waits here longer, with a retryable error', async () => {
    const { northward, producers } = await started({
      queue: { maxMessages: 4 },
      producer: { messageTimeoutMs: 30, lingerMs: 1 },
    });
    const first = northward.publishTelemetry(reading('a', 1));
    const second = await rejection(northward.publishTelemetry(reading('a', 2)));
    expect(second).toMatchObject({ code: 'DELIVERY_TIMEOUT', retryable: true });
    // What the client holds ends by the client's own report.
    producers.release();
    expect((await first).status).toBe('delivered');
  });

  it('tells why, while the connection fails', async () => {
    const { northward, producers } = await started({
      queue: { maxMessages: 4 },
      producer: { messageTimeoutMs: 50, lingerMs: 1 },
    });
    producers.up = false;
    producers.listener?.onCause({
      code: 'BROKER_UNREACHABLE',
      message: 'b:1: Connection refused',
      brokerId: null,
    });
    void northward.publishTelemetry(reading('a', 1));
    const error = await rejection(northward.publishTelemetry(reading('a', 2)));
    expect(error).toMatchObject({ code: 'DELIVERY_TIMEOUT', cause: { code: 'BROKER_UNREACHABLE' } });
    expect(error.message).toContain('Connection refused');
  });

  it('0 means no limit', async () => {
    const { northward, producers } = await started({
      queue: { maxMessages: 4 },
      producer: { messageTimeoutMs: 0 },
    });
    const both = [northward.publishTelemetry(reading('a', 1)), northward.publishTelemetry(reading('a', 2))];
    await new Promise((resolve) => setTimeout(resolve, 40));
    producers.hold = false;
    producers.release();
    expect((await Promise.all(both)).map((receipt) => receipt.status)).toEqual(['delivered', 'delivered']);
  });
});

describe('§7 one bad topic never starves the others', () => {
  it('a topic without reports takes its share only, and others get through', async () => {
    const { northward, producers } = await started({ queue: { maxMessages: 1_000 } });
    for (let n = 0; n < 800; n += 1) void northward.publishTelemetry(reading('stuck', n));
    await until('its share is out', () => producers.handed.length === 15);
    const good = northward.publishTelemetry(reading('good'));
    await until('the other one is out', () => producers.handed.some((record) => record.topic === 'good'));
    expect(producers.handed.filter((record) => record.topic === 'stuck')).toHaveLength(15);
    producers.hold = false;
    producers.release();
    expect((await good).status).toBe('delivered');
  });

  it('while others deliver, a topic that never did holds half of the queue at most', async () => {
    const { northward, producers } = await started({ queue: { maxMessages: 100 } });
    const good = northward.publishTelemetry(reading('good'));
    producers.release();
    await good;
    for (let n = 0; n < 50; n += 1) void northward.publishTelemetry(reading('stuck', n));
    const error = await rejection(northward.publishTelemetry(reading('stuck', 50)));
    expect(error).toMatchObject({ code: 'QUEUE_FULL', topic: 'stuck' });
  });

  it('a missing topic fails fast, is asked about again, and recovers', async () => {
    const { northward, producers } = await started({});
    producers.hold = false;
    producers.outcomes.set('gone', RD.UNKNOWN_TOPIC);
    producers.topics = new Set();
    const first = await Promise.all(
      [1, 2, 3].map((n) => rejection(northward.publishTelemetry(reading('gone', n)))),
    );
    expect(first.map((error) => error.code)).toEqual([
      'TOPIC_NOT_FOUND',
      'TOPIC_NOT_FOUND',
      'TOPIC_NOT_FOUND',
    ]);
    const handed = producers.handed.length;
    const fast = await rejection(northward.publishTelemetry(reading('gone', 4)));
    expect(fast).toMatchObject({ code: 'TOPIC_NOT_FOUND', topic: 'gone' });
    expect(producers.handed).toHaveLength(handed);
    producers.outcomes.clear();
    producers.topics = null;
    await until('it is recovered', () => {
      void northward.publishTelemetry(reading('gone', 5));
      return producers.handed.length > handed;
    });
  });

  it('drops no order while many topics take turns', async () => {
    const { northward, producers } = await started({});
    producers.hold = false;
    const all = Array.from({ length: 6_000 }, (_, n) => northward.publishTelemetry(reading(`t${n % 7}`, n)));
    await Promise.all(all);
    for (let topic = 0; topic < 7; topic += 1) {
      const order = producers.handed.filter((r) => r.topic === `t${topic}`).map((r) => r.timestampMs);
      expect(order).toEqual(order.toSorted((a, b) => a - b));
    }
    expect(producers.handed).toHaveLength(6_000);
  });

  it("never spins on the client's own queue-full, and goes on when it is over", async () => {
    const { northward, producers } = await started({});
    producers.hold = false;
    producers.refusals.set('a', RD.QUEUE_FULL);
    const published = northward.publishTelemetry(reading('a'));
    await new Promise((resolve) => setTimeout(resolve, 30));
    producers.refusals.clear();
    expect((await published).status).toBe('delivered');
  });
});
