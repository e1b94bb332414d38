import { describe, expect, test } from 'vitest';
import type { NorthwardError } from '../../../src/api/errors.js';
import { Lag } from '../../../src/downlink/group/lag.js';
import { OwnedPartition } from '../../../src/downlink/group/partition.js';
import type { ConsumerPort, PartitionBounds, TopicPartition } from '../../../src/kafka/port/consumer-port.js';
import { MemoryClock } from '../../../src/testing/memory-clock.js';
import { routesOf, startOf } from './support.js';

/** One partition, its mark at 10; the client knows of 20, the brokers of what `ask` says. */
function setUp(ask: () => Promise<(number | null)[]>) {
  const clock = new MemoryClock(0);
  const routes = routesOf({ writePoint: { enabled: true, topic: 't' } }).get('t')!;
  const partition = new OwnedPartition(startOf({ topic: 't', partition: 0 }, 10, 10), routes);
  const client = { high: 20 };
  const questions: (readonly TopicPartition[])[] = [];
  const port = {
    knownBounds: (place: TopicPartition): PartitionBounds => ({
      ...place,
      low: 0,
      high: client.high,
      leaderEpoch: null,
    }),
    ends: (places: readonly TopicPartition[]) => {
      questions.push(places);
      return ask();
    },
  };
  const told: string[] = [];
  const context = { clock, onError: ({ code }: NorthwardError) => told.push(code) };
  const lag = new Lag(context, { port: port as unknown as ConsumerPort }, { all: [partition] });
  return { clock, partition, client, questions, told, lag, now: () => lag.all()[0]?.lag };
}

describe('the lag of a partition', () => {
  test('given a question that throws, then it is told, nothing is left unhandled, and it is asked again', async () => {
    let throws = true;
    const { clock, partition, now, questions, told, lag } = setUp(() => {
      if (throws) throw new Error('not a promise');
      return Promise.resolve([500]);
    });
    partition.paused = true;
    lag.paused();
    await clock.advance(0);
    expect([questions.length, told]).toEqual([1, ['LIBRARY_FAULT']]);
    throws = false;
    await clock.advance(5_000);
    expect([questions.length, now()]).toEqual([2, 490]);
    lag.close();
  });

  test('given that it is read, then it is what the client knows, and nobody is asked', () => {
    const { clock, now, questions } = setUp(() => Promise.resolve([500]));
    expect([now(), questions.length, clock.nextDue]).toEqual([10, 0, null]);
  });

  test('given that it is paused, then the brokers are asked every five seconds, and no more when it is read again', async () => {
    let end = 500;
    const { clock, partition, client, now, questions, lag } = setUp(() => Promise.resolve([end]));
    partition.paused = true;
    lag.paused();
    lag.paused();
    await clock.advance(0);
    expect([now(), questions.length]).toEqual([490, 1]);
    end = 600;
    await clock.advance(5_000);
    expect([now(), questions.length]).toEqual([590, 2]);
    partition.paused = false;
    // The client has fetched nothing yet: what it knows is old.
    expect(now()).toBe(590);
    client.high = 550; // the topic was cut meanwhile
    expect(now()).toBe(540);
    await clock.advance(60_000);
    expect([questions.length, clock.nextDue]).toEqual([2, null]);
  });

  test('given no answer, or none for this partition, then the last one stands, and it is asked again', async () => {
    const answers = [Promise.resolve([500]), Promise.reject(new Error('away')), Promise.resolve([null])];
    answers[1]?.catch(() => undefined);
    const { clock, partition, now, questions, lag } = setUp(() => answers.shift() ?? Promise.resolve([700]));
    partition.paused = true;
    lag.paused();
    await clock.advance(10_000);
    expect([now(), questions.length]).toEqual([490, 3]);
    await clock.advance(5_000);
    expect(now()).toBe(690);
    lag.close();
    expect(clock.nextDue).toBe(null);
  });

  test('given an answer that does not come, then no second question is put', async () => {
    const { clock, partition, questions, lag } = setUp(() => new Promise(() => undefined));
    partition.paused = true;
    lag.paused();
    await clock.advance(60_000);
    lag.paused();
    await clock.advance(60_000);
    expect(questions.length).toBe(1);
  });
});
