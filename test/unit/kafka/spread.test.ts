import { afterEach, describe, expect, it } from 'vitest';
import { ConnectionError } from '../../../src/api/errors.js';
import { RD } from '../../../src/kafka/port/codes.js';
import { SpreadGateway, topics } from '../../support/spread-gateway.js';

const HOUR = 3_600_000;
const FAST = { initialIntervalMs: 10, maxIntervalMs: 20, randomizationFactor: 0 };

let gateway: SpreadGateway;
async function started(
  producer: Record<string, unknown>,
  over: Record<string, unknown> = {},
): Promise<SpreadGateway> {
  gateway = await new SpreadGateway(producer, { retryPolicy: FAST, ...over }).start();
  return gateway;
}
afterEach(async () => {
  await gateway.stop();
  // Whatever happened: order per topic, one client at a time for each, and none left open.
  expect(gateway.producers.broken).toEqual([]);
  expect(gateway.producers.clients).toBe(0);
  expect(gateway.clock.nextDue).toBe(null);
});

describe('many topics', () => {
  it('given more of them than topicsPerClient, then further ones go to further clients, and each stays with its own', async () => {
    const { producers } = await started({ topicsPerClient: 2 });
    await gateway.publish(...topics(5), ...topics(5));
    expect(topics(5).map((topic) => producers.clientsOf(topic))).toEqual([[1], [1], [2], [2], [3]]);
    expect(gateway.whole).toEqual(topics(5));
    expect([gateway.clients, gateway.states, gateway.errors]).toEqual([3, [], []]);
  });

  it('given few topics, or topicsPerClient null, then there is one client', async () => {
    await started({ topicsPerClient: 2 });
    await gateway.publish(...topics(2));
    expect(gateway.clients).toBe(1);
    await gateway.stop();
    await started({ topicsPerClient: null });
    await gateway.publish(...topics(50));
    expect([gateway.clients, gateway.producers.opened, gateway.whole.length]).toEqual([1, 1, 50]);
  });

  it('given maxClients, then there are never more, and further topics share them', async () => {
    const { producers } = await started({ topicsPerClient: 2, maxClients: 5, topicIdleMs: 1_600 });
    for (let round = 0; round < 40; round += 1) {
      await gateway.publish(...topics(30, `${round % 2}-`));
      await gateway.clock.advance(100);
    }
    expect(producers.mostClients).toBe(4);
    await gateway.clock.advance(1_700);
    for (let round = 0; round < 40; round += 1) {
      await gateway.publish(...topics(round, 'few'));
      await gateway.clock.advance(100);
    }
    expect(producers.mostClients).toBeLessThanOrEqual(5);
    expect(gateway.failures).toEqual([]);
  });

  it('given 8,760 hourly names, then clients, and topics that they know, stay few', async () => {
    const { producers } = await started({ topicsPerClient: 64 });
    let mostKnown = 0;
    for (let hour = 0; hour < 438; hour += 1) {
      for (let minute = 0; minute < 60; minute += 5) {
        await gateway.publish(...topics(20, `hour${hour}-`));
        await gateway.clock.advance(HOUR / 12);
      }
      const known = [...producers.known.values()].reduce((sum, { size }) => sum + size, 0);
      mostKnown = Math.max(mostKnown, known);
    }
    expect(gateway.receipts).toHaveLength(438 * 12 * 20);
    expect(producers.mostClients).toBeLessThanOrEqual(4);
    expect(mostKnown).toBeLessThanOrEqual(4 * 64);
    expect(producers.opened).toBeGreaterThan(100);
    await gateway.clock.advance(HOUR);
    expect([gateway.clients, producers.clients, gateway.states]).toEqual([1, 1, []]);
  }, 60_000);

  it('given ever new names and no time, then clients that are shared are made afresh before they know too many', async () => {
    const { producers } = await started({ topicsPerClient: 2, maxClients: 3 });
    for (let round = 0; round < 50; round += 1) await gateway.publish(...topics(10, `${round}-`));
    expect(gateway.whole).toHaveLength(500);
    expect(Math.max(...[...producers.known.values()].map(({ size }) => size))).toBeLessThanOrEqual(32);
    expect(producers.mostClients).toBeLessThanOrEqual(3);
  });

  it('given a client whose topics are idle for topicIdleMs, then it is closed; in use again, they get another one', async () => {
    const { producers } = await started({ topicsPerClient: 1, topicIdleMs: 10_000 });
    await gateway.publish(...topics(2));
    for (let n = 0; n < 30; n += 1) {
      await gateway.clock.advance(1_000);
      await gateway.publish('t1');
    }
    expect(gateway.clients).toBe(2);
    await gateway.clock.advance(11_000);
    expect([gateway.clients, producers.clients]).toEqual([1, 1]);
    await gateway.publish('t1');
    expect(producers.clientsOf('t1')).toEqual([2, 3]);
    expect(gateway.whole).toEqual(topics(2));
  });

  it('given a client with something in flight, then it is not idle', async () => {
    const { producers } = await started({ topicsPerClient: 1, topicIdleMs: 1_000, messageTimeoutMs: 0 });
    producers.hold = true;
    await gateway.publish(...topics(2));
    await gateway.clock.advance(HOUR);
    expect(gateway.clients).toBe(2);
    producers.release();
    await gateway.clock.advance(1_100);
    expect([gateway.clients, gateway.whole]).toEqual([1, topics(2)]);
  });

  it('given a client that leaves, then a topic goes on when nothing of it is out, whatever is of others', async () => {
    const { producers } = await started({ topicsPerClient: 8, topicIdleMs: 1_600, messageTimeoutMs: 0 });
    await gateway.publish(...topics(8, 'first'), ...topics(8));
    producers.hold = true;
    await gateway.clock.advance(1_600);
    await gateway.publish('t0', 't1');
    await gateway.clock.advance(100);
    await gateway.publish('t0', 't1');
    expect(producers.unreported).toBe(2);
    producers.release(1);
    await gateway.clock.settle();
    expect([producers.clientsOf('t0'), producers.clientsOf('t1')]).toEqual([[2, 3], [2]]);
    producers.hold = false;
    producers.release();
    await gateway.clock.settle();
    expect(gateway.whole).toEqual(expect.arrayContaining(['t0', 't1']));
    expect([gateway.clients, producers.clientsOf('t1')]).toEqual([2, [2, 3]]);
  });

  it('given one topic in use among many that are idle, then it moves, in order, with nothing in flight', async () => {
    const { producers } = await started({ topicsPerClient: 8, topicIdleMs: 1_600, messageTimeoutMs: 0 });
    await gateway.publish(...topics(8, 'first'), ...topics(8));
    producers.hold = true;
    await gateway.publish('t0', 't0', 't1');
    producers.release(2);
    await gateway.clock.advance(1_500);
    // Both in flight: t1 and, in order behind what is out, t0.
    await gateway.publish('t0');
    await gateway.clock.advance(200);
    await gateway.publish('t0', 't0');
    expect(producers.clientsOf('t0')).toEqual([2]);
    producers.release();
    await gateway.clock.settle();
    producers.release();
    await gateway.clock.settle();
    expect(producers.clientsOf('t0')).toEqual([2, 3]);
    expect(gateway.whole).toContain('t0');
    expect([gateway.clients, gateway.perhapsTwice]).toEqual([2, []]);
  });
});

describe('a further client that dies', () => {
  it('given messages in it, then they alone go again, in order, by the next one; nobody else notices', async () => {
    const { producers } = await started({ topicsPerClient: 1 });
    await gateway.publish(...topics(3));
    producers.hold = true;
    await gateway.publish('t0', 't1', 't1', 't2');
    producers.die('it broke', 2);
    await gateway.publish('t1');
    await gateway.clock.advance(500);
    await gateway.publish('t1', 't0');
    producers.hold = false;
    producers.release();
    await gateway.clock.advance(100);
    expect(gateway.whole).toEqual(topics(3));
    expect(gateway.perhapsTwice).toEqual(['t1', 't1']);
    expect(gateway.errors.map(({ code }) => code)).toEqual(['PRODUCER_FATAL']);
    expect(gateway.errors[0]?.message).toContain('it broke');
    expect([gateway.states, gateway.northward.metrics().uplink.reconnects]).toEqual([[], 1]);
    expect(producers.clientsOf('t1')).toEqual([2, 4]);
    expect([producers.clientsOf('t0'), producers.clientsOf('t2')]).toEqual([[1], [3]]);
  });

  it('given a new epoch of it, then receipts of what it was to send again say that it may be there twice', async () => {
    const { producers } = await started({ topicsPerClient: 1 });
    await gateway.publish(...topics(2));
    producers.hold = true;
    await gateway.publish('t0', 't1');
    producers.listenerOf(2)?.onRetry('t1');
    producers.listenerOf(2)?.onNewEpoch();
    await gateway.publish('t0', 't1');
    producers.hold = false;
    producers.release();
    await gateway.clock.settle();
    expect([gateway.whole, gateway.perhapsTwice]).toEqual([topics(2), ['t1']]);
  });

  it('given reports of it that still come, then they count; those that say that it died do not', async () => {
    const { producers } = await started({ topicsPerClient: 1 });
    producers.hold = true;
    await gateway.publish('t0', 't1', 't1');
    producers.listenerOf(2)?.onFatal('it broke');
    producers.release(2);
    producers.outcomes.set('t1', RD.PURGE_INFLIGHT);
    producers.release();
    producers.outcomes.clear();
    producers.hold = false;
    await gateway.clock.advance(1_000);
    expect(gateway.whole).toEqual(topics(2));
    expect(gateway.perhapsTwice).toEqual(['t1']);
  });

  it('given reports that say that it died, then that is all that is told, and it is made again', async () => {
    const { producers } = await started({ topicsPerClient: 1 });
    producers.hold = true;
    await gateway.publish('t0', 't1');
    producers.outcomes.set('t1', RD.PURGE_INFLIGHT);
    producers.release();
    producers.outcomes.clear();
    producers.hold = false;
    await gateway.clock.advance(1_000);
    expect([gateway.whole, gateway.perhapsTwice, gateway.states]).toEqual([topics(2), ['t1'], []]);
    expect(producers.opened).toBe(3);
  });

  it('given a report of the next one without an offset, then what the former one told says nothing about it', async () => {
    const { producers } = await started({ topicsPerClient: 1 });
    await gateway.publish('t0', 't1');
    producers.die('it broke', 2);
    producers.hold = true;
    await gateway.clock.advance(1_000);
    await gateway.publish('t1');
    producers.listenerOf(3)?.onReport(producers.handed.at(-1)!.id, null, 0, null);
    await gateway.clock.settle();
    expect(gateway.failures.map(({ code }) => code)).toEqual(['DELIVERY_UNKNOWN']);
  });

  it('given it only refuses further records, then it is made again, too', async () => {
    const { producers } = await started({ topicsPerClient: 1 });
    await gateway.publish(...topics(2));
    producers.refusals.set('t1', RD.FATAL);
    await gateway.publish('t1', 't0');
    producers.refusals.clear();
    await gateway.clock.advance(1_000);
    expect(gateway.whole).toEqual(topics(2));
    expect(gateway.errors.map(({ code }) => code)).toEqual(['PRODUCER_FATAL']);
    expect([producers.clientsOf('t1'), gateway.perhapsTwice]).toEqual([[2, 3], []]);
  });

  it('given onFatal fail, then what it held ends as unknown, and nothing else', async () => {
    const { producers } = await started({ topicsPerClient: 1 }, { uplink: { onFatal: 'fail' } });
    producers.hold = true;
    await gateway.publish('t0', 't1');
    producers.die('it broke', 2);
    await gateway.publish('t1');
    producers.hold = false;
    producers.release();
    await gateway.clock.advance(1_000);
    expect(gateway.failures.map(({ code, topic }) => `${code} ${topic}`)).toEqual(['DELIVERY_UNKNOWN t1']);
    expect(gateway.receipts).toHaveLength(2);
  });

  it('given it dies again and again, then retryPolicy makes it wait, and what it spends ends in one for all', async () => {
    const policy = { ...FAST, maxAttempts: 2 };
    const { producers } = await started({ topicsPerClient: 1 }, { retryPolicy: policy });
    producers.hold = true;
    await gateway.publish('t0', 't1');
    for (let life = 0; life < 3; life += 1) {
      producers.die('it broke');
      await gateway.clock.advance(530);
    }
    producers.hold = false;
    await gateway.clock.advance(1_000);
    expect(gateway.whole).toEqual(topics(2));
    expect(gateway.states).toEqual(['reconnecting', 'connected']);
    expect(gateway.perhapsTwice.toSorted()).toEqual(topics(2));
  });

  it('given a right is missing, then it is about all of them: the state says so', async () => {
    const { producers } = await started({ topicsPerClient: 1 });
    producers.hold = true;
    await gateway.publish('t0', 't1');
    producers.die('Failed to acquire idempotence PID from broker: Cluster authorization failed', 2);
    await gateway.clock.settle();
    expect(gateway.states).toEqual(['failed']);
    producers.hold = false;
    await gateway.clock.advance(5_000);
    expect([gateway.whole, gateway.states.at(-1)]).toEqual([topics(2), 'connected']);
  });
});

describe('several clients as one', () => {
  it('given the first one dies, then all are made again, and what they held goes again in order', async () => {
    const { producers } = await started({ topicsPerClient: 1 });
    producers.hold = true;
    await gateway.publish('t0', 't1', 't1', 't2');
    producers.die('it broke', 1);
    await gateway.publish('t2');
    producers.hold = false;
    await gateway.clock.advance(1_000);
    expect([gateway.whole, gateway.perhapsTwice.length]).toEqual([topics(3), 4]);
    expect(gateway.states).toEqual(['reconnecting', 'connected']);
    expect([producers.clients, producers.opened]).toEqual([3, 6]);
  });

  it('given stop(), then it waits for what all of them hold, and closes all', async () => {
    const { producers } = await started({ topicsPerClient: 1 });
    producers.hold = true;
    await gateway.publish(...topics(4));
    gateway.clock.after(300, () => {
      producers.release();
    });
    const report = await gateway.stop();
    expect(report).toMatchObject({ flushed: 4, undelivered: 0, timedOut: false, unclosed: [] });
    expect([producers.opened, producers.closed]).toEqual([4, 4]);
  });

  it('given stop() whose time is up, and a client that is being made, then all ends in time', async () => {
    const { producers } = await started({ topicsPerClient: 1 });
    producers.hold = true;
    await gateway.publish(...topics(2));
    gateway.send('t2');
    const report = await gateway.stop(50);
    expect(report).toMatchObject({ undelivered: 3, timedOut: true, unclosed: [] });
    expect(producers.closed).toBe(producers.opened);
  });

  it('given a client that is still being made after stop(), then that says so, and the client is closed', async () => {
    const { producers } = await started({ topicsPerClient: 1 });
    let open = (): void => undefined;
    producers.besideGate = new Promise((resolve) => {
      open = resolve;
    });
    await gateway.publish(...topics(3));
    expect(gateway.receipts).toHaveLength(1);
    const report = await gateway.stop(50);
    expect(report).toMatchObject({ undelivered: 2, timedOut: true, unclosed: ['uplink'] });
    open();
    await gateway.clock.settle();
    expect([producers.opened, producers.clients]).toEqual([3, 0]);
  });

  it('given a client that is there only during stop(), then stop() waits until that is closed, too', async () => {
    const { producers } = await started({ topicsPerClient: 1 });
    let open = (): void => undefined;
    producers.besideGate = new Promise((resolve) => {
      open = resolve;
    });
    await gateway.publish(...topics(3));
    let close = (): void => undefined;
    producers.closeGate = new Promise((resolve) => {
      close = resolve;
    });
    gateway.clock.after(60, open);
    const report = await gateway.stop(50);
    expect(producers.opened).toBe(3);
    expect(report).toMatchObject({ undelivered: 2, unclosed: ['uplink'] });
    close();
    await gateway.clock.settle();
  });

  it('given a client is refused and its secrets were changed, then it is made again with them', async () => {
    const { producers } = await started({ topicsPerClient: 1 });
    producers.hold = true;
    await gateway.publish('t0', 't1');
    producers.release(1);
    producers.unanswered.add(2);
    const cause = { code: 'AUTHENTICATION_FAILED', message: 'Invalid password', brokerId: 1 } as const;
    producers.listenerOf(2)?.onCause(cause);
    await gateway.clock.advance(2_000);
    expect(producers.opened).toBe(2);
    producers.secretsChanged = true;
    producers.hold = false;
    await gateway.clock.advance(3_000);
    expect([gateway.whole, gateway.perhapsTwice, gateway.states]).toEqual([topics(2), ['t1'], []]);
    expect(gateway.errors.map(({ code }) => code)).toContain('AUTHENTICATION_FAILED');
  });

  it('given a further client cannot be made, then its topics share the others, until it can', async () => {
    const { producers } = await started({ topicsPerClient: 2 });
    producers.besideFailure = new ConnectionError('CLIENT_FAILED', 'no more threads');
    await gateway.publish(...topics(4));
    await gateway.publish(...topics(4));
    expect([gateway.whole, producers.opened]).toEqual([topics(4), 1]);
    expect(gateway.errors.map(({ message }) => message)).toEqual(['no more threads']);
    producers.besideFailure = null;
    await gateway.clock.advance(60_000);
    await gateway.publish(...topics(6));
    expect([gateway.whole, producers.opened]).toEqual([topics(6), 2]);
  });

  it('given a missing topic of a further client, then it fails fast, is asked about there, and recovers', async () => {
    const { producers } = await started({ topicsPerClient: 1 });
    producers.topics = new Set(['t0']);
    producers.outcomes.set('t1', RD.UNKNOWN_TOPIC_OR_PART);
    await gateway.publish('t0', 't1');
    await gateway.publish('t0', 't1');
    expect(gateway.failures.map(({ code }) => code)).toEqual(['TOPIC_NOT_FOUND', 'TOPIC_NOT_FOUND']);
    producers.topics = null;
    producers.outcomes.clear();
    await gateway.clock.advance(3_000);
    await gateway.publish('t1');
    expect(gateway.receipts).toHaveLength(3);
    expect(producers.askedAbout).toEqual(['t1 of 2']);
  });

  it('given a store, and a further client that dies, then each of its messages arrives, in order', async () => {
    const { producers } = await started(
      { topicsPerClient: 1 },
      { uplink: { store: { path: '/memory/store' }, queue: { maxMessages: 100 } } },
    );
    producers.hold = true;
    for (let n = 0; n < 20; n += 1) await gateway.publish('t0', 't1');
    await gateway.clock.advance(3_000);
    producers.die('it broke', 2);
    await gateway.clock.advance(600);
    producers.hold = false;
    producers.release();
    await gateway.clock.advance(10_000);
    expect(gateway.whole).toEqual(topics(2));
    expect(gateway.failures).toEqual([]);
  });
});

/** The same for a seed. */
function randoms(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * below);
  };
}

describe('order per topic', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'given publishes, reports, idle times and deaths in any order (%d), then all arrives, in order',
    async (seed) => {
      const { producers } = await started(
        { topicsPerClient: 4, maxClients: 6, topicIdleMs: 1_600, messageTimeoutMs: 0 },
        { uplink: { queue: { maxMessages: 100_000 } } },
      );
      const random = randoms(seed);
      producers.hold = true;
      for (let step = 0; step < 400; step += 1) {
        const name = `t${random(3)}-${random(10) + Math.floor(step / 40) * 5}`;
        const what = random(20);
        if (what < 12) for (let n = random(4); n >= 0; n -= 1) gateway.send(name);
        else if (what < 17) producers.release(random(30));
        else if (what < 19) await gateway.clock.advance(random(500));
        else if (random(3) === 0) producers.die('it broke', producers.opened - random(3));
        if (random(3) === 0) await gateway.clock.settle();
      }
      producers.hold = false;
      for (let n = 0; n < 20 && gateway.northward.metrics().uplink.queue.messages > 0; n += 1) {
        producers.release();
        await gateway.clock.advance(1_000);
      }
      expect(gateway.failures).toEqual([]);
      expect(gateway.whole).toHaveLength(producers.arrived.size);
      expect(producers.mostClients).toBeLessThanOrEqual(6);
      expect(producers.opened).toBeGreaterThan(6);
    },
  );
});
