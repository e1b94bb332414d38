import { describe, expect, it } from 'vitest';
import { MemoryClock } from '../../../src/testing/memory-clock.js';
import { TopicQueue } from '../../../src/uplink/delivery/pending.js';
import { StuckTopics } from '../../../src/uplink/delivery/stuck-topics.js';

function made() {
  const clock = new MemoryClock(0);
  const queue = new TopicQueue('plant.telemetry');
  const asked: string[] = [];
  const renewals: string[] = [];
  const link = {
    connected: true,
    askTopic: (topic: string) => asked.push(topic),
    renewClient: (why: string) => renewals.push(why),
  };
  const stuck = new StuckTopics(clock, { queues: () => [queue] }, link);
  stuck.start();
  queue.inFlight = 3;
  return { clock, queue, asked, renewals, link, stuck };
}

describe('§7.3 a topic that the client does not get through to', () => {
  it('is asked about after 40 s without an arrival, and where it has its leaders, the client is made again', async () => {
    const { clock, queue, asked, renewals, stuck } = made();
    await clock.advance(40_000);
    expect(asked).toEqual([]);
    await clock.advance(5_000);
    expect(asked).toEqual(['plant.telemetry']);
    stuck.answer(queue, true, true);
    expect(renewals).toEqual([
      'nothing of topic plant.telemetry arrived for 40 s, though it has its leaders; perhaps it was created again',
    ]);
  });

  it.each([
    ['it is missing', false, true],
    ['a partition has no leader', true, false],
    ['no broker answers', null, true],
  ])('given %s, then the client stays, and it is asked about again', async (_, exists, led) => {
    const { clock, queue, asked, renewals, stuck } = made();
    await clock.advance(45_000);
    stuck.answer(queue, exists, led);
    expect(renewals).toEqual([]);
    await clock.advance(45_000);
    expect(asked).toHaveLength(2);
  });

  it('given a record arrives, an empty client, or an outage, then the time begins again', async () => {
    const { clock, queue, asked, link } = made();
    await clock.advance(35_000);
    queue.arrivals += 1;
    await clock.advance(35_000);
    queue.inFlight = 0;
    await clock.advance(10_000);
    queue.inFlight = 1;
    await clock.advance(35_000);
    link.connected = false;
    await clock.advance(5_000);
    link.connected = true;
    await clock.advance(35_000);
    expect(asked).toEqual([]);
  });

  it('given a record arrives before the answer, then the client stays', async () => {
    const { clock, queue, renewals, stuck } = made();
    await clock.advance(45_000);
    queue.arrivals += 1;
    stuck.answer(queue, true, true);
    expect(renewals).toEqual([]);
  });

  it('given it does not help, then the next client comes after twice the time each, a quarter of an hour at most', async () => {
    const { clock, queue, renewals, asked, stuck } = made();
    const at: number[] = [];
    for (let count = 0; count < 12_000; count += 1) {
      await clock.advance(5_000);
      if (asked.pop() === undefined) continue;
      stuck.answer(queue, true, true);
      if (renewals.pop() !== undefined) at.push(clock.monotonic() / 1_000);
    }
    const gaps = at.slice(1).map((each, index) => each - (at[index] ?? 0));
    for (const [index, least] of [60, 120, 240, 480, 900, 900].entries()) {
      expect(gaps[index]).toBeGreaterThanOrEqual(least);
      // It is asked about each 40 s.
      expect(gaps[index]).toBeLessThanOrEqual(least + 45);
    }
    expect(Math.max(...gaps)).toBeLessThanOrEqual(945);
  });

  it('given thousands that stand still, then one is asked about at a time, in turn, and one without an answer holds up none', async () => {
    const clock = new MemoryClock(0);
    const queues = Array.from({ length: 5_000 }, (_, n) => new TopicQueue(`t${n}`));
    for (const queue of queues) queue.inFlight = 1;
    const asked: string[] = [];
    const link = {
      connected: true,
      askTopic: (topic: string) => asked.push(topic),
      renewClient: () => undefined,
    };
    const stuck = new StuckTopics(clock, { queues: () => queues }, link);
    stuck.start();
    await clock.advance(60_000);
    expect(asked).toEqual(['t0']);
    if (queues[0] !== undefined) stuck.answer(queues[0], false, true);
    await clock.advance(5_000);
    expect(asked).toEqual(['t0', 't1']);
    await clock.advance(45_000);
    expect(asked).toHaveLength(3);
  });

  it('asks nothing after close()', async () => {
    const { clock, asked, stuck } = made();
    stuck.close();
    stuck.start();
    await clock.advance(100_000);
    expect(asked).toEqual([]);
  });
});
