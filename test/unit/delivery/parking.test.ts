import { describe, expect, it } from 'vitest';
import { RD } from '../../../src/kafka/port/codes.js';
import { errorFor } from '../../../src/uplink/delivery/receipts.js';
import { KeptOutbox, SILENT_MS } from '../../support/kept-outbox.js';

/** A topic that does not answer, while another one does. */
async function silentTopic(...names: readonly string[]): Promise<KeptOutbox> {
  const kept = await new KeptOutbox().open();
  await kept.publish('stuck', ...names);
  await flow(kept, SILENT_MS * 1.5);
  expect(kept.told.splice(0)).toEqual(['silent stuck']);
  kept.handed();
  return kept;
}

/** Another topic delivers every second. */
async function flow(kept: KeptOutbox, ms: number): Promise<void> {
  for (let passed = 0; passed < ms && kept.told.length === 0; passed += 1_000) {
    await kept.publish('good', 'g');
    await kept.report(0, 'g');
    await kept.clock.advance(1_000);
  }
}

describe('§10 topics that are silent', () => {
  it('given messages without a report while others get theirs, then it is told after the time, and as an error', async () => {
    const kept = await new KeptOutbox().open();
    await kept.publish('stuck', 'a');
    const from = kept.clock.monotonic();
    await flow(kept, 2 * SILENT_MS);
    expect(kept.told).toEqual(['silent stuck']);
    expect(kept.clock.monotonic() - from).toBeGreaterThanOrEqual(SILENT_MS);
    expect(kept.clock.monotonic() - from).toBeLessThanOrEqual(1.3 * SILENT_MS);
    expect(kept.errors.map(({ code, topic }) => [code, topic])).toEqual([['DELIVERY_TIMEOUT', 'stuck']]);
  });

  it('given messages have no time-out, then 30 s are the time', async () => {
    const kept = await new KeptOutbox({}, 0).open();
    await kept.publish('stuck', 'a');
    const from = kept.clock.monotonic();
    await flow(kept, 60_000);
    expect(kept.told).toEqual(['silent stuck']);
    expect(kept.clock.monotonic() - from).toBeGreaterThanOrEqual(30_000);
  });

  it('given an outage of all, then none is silent, also when the first get through again', async () => {
    const kept = await new KeptOutbox().open();
    await kept.publish('one', 'a');
    await kept.publish('two', 'b');
    await kept.clock.advance(20 * SILENT_MS);
    await kept.report(0, 'a');
    await kept.clock.advance(SILENT_MS / 2);
    expect(kept.told).toEqual([]);
    await kept.report(0, 'b');
    await flow(kept, 2 * SILENT_MS);
    expect(kept.told).toEqual([]);
  });

  it('given reports now and then, then it is not silent', async () => {
    const kept = await new KeptOutbox().open();
    await kept.publish('slow', 'a', 'b', 'c');
    await flow(kept, 0.7 * SILENT_MS);
    await kept.report(0, 'a');
    await flow(kept, 0.7 * SILENT_MS);
    await kept.report(0, 'b');
    await flow(kept, 0.7 * SILENT_MS);
    expect(kept.told).toEqual([]);
  });
});

describe('§10 a parked topic', () => {
  it('given park(), then all of its messages are told in order; those that wait have left, the others are beside the window', async () => {
    const kept = await new KeptOutbox({ maxMessages: 64 }).open();
    const names = ['a', 'b', 'c', 'd'];
    // A topic where nothing arrived yet may have one message out.
    await kept.publish('stuck', ...names);
    expect(kept.handed()).toEqual(['a']);
    expect(kept.park('stuck')).toEqual(['a held', 'b', 'c', 'd']);
    expect([kept.box.messages, kept.box.inFlight]).toEqual([1, 1]);
    await kept.report(0, 'a');
    await kept.publish('stuck', 'e');
    expect(kept.handed()).toEqual([]);
  });

  it('given the whole window held, and parked, then others have the whole window', async () => {
    const kept = await new KeptOutbox({ maxMessages: 8 }).open();
    for (const topic of ['s1', 's2', 's3', 's4', 's5', 's6', 's7', 's8']) await kept.publish(topic, topic);
    expect(kept.handed()).toHaveLength(8);
    for (const topic of ['s1', 's2', 's3', 's4', 's5', 's6', 's7', 's8'])
      expect(kept.park(topic)).toEqual([`${topic} held`]);
    expect(kept.renewals).toBe(0);
    expect(kept.box.inFlight).toBe(8);
  });

  it('given a held record is reported while it is parked, then it is found, and unparked it is as any other', async () => {
    const kept = await silentTopic('a', 'b');
    kept.park('stuck');
    await kept.report(0, 'a');
    expect([kept.told.splice(0), kept.outcomes.at(-1)]).toEqual([['found stuck'], 'a delivered']);
    await kept.report(0, 'b');
    expect(kept.told).toEqual([]);
    kept.box.unpark(kept.box.queue('stuck'));
    await kept.publish('stuck', 'c', 'd');
    expect(kept.handed()).toEqual(['c', 'd']);
  });

  it('given a held record that nobody waits for is reported, then the topic is found all the same', async () => {
    const kept = await silentTopic('a');
    for (const pending of kept.box.park(kept.box.queue('stuck')))
      kept.box.expire(pending, errorFor(pending, 'DELIVERY_UNKNOWN', 'its time is up'));
    expect(kept.outcomes.at(-1)).toBe('a DELIVERY_UNKNOWN');
    await kept.report(0, 'a');
    expect(kept.told).toEqual(['found stuck']);
  });

  it('given a held record fails while it is parked, then it comes back to its owner', async () => {
    const kept = await silentTopic('a', 'b');
    kept.park('stuck');
    await kept.report(RD.NOT_ENOUGH_REPLICAS, 'a');
    await kept.report(RD.UNKNOWN_TOPIC_OR_PART, 'b');
    expect(kept.returned).toEqual(['a, perhaps sent', 'b']);
    expect([kept.told, kept.box.messages, kept.box.inFlight]).toEqual([[], 0, 0]);
  });

  it('given the client is made again, then what it held comes back in order, and the others go again', async () => {
    const kept = await silentTopic('a', 'b');
    await kept.publish('good', 'x');
    kept.park('stuck');
    kept.handed();
    await kept.open();
    expect(kept.returned).toEqual(['a, perhaps sent', 'b, perhaps sent']);
    expect(kept.handed()).toEqual(['x']);
    expect(kept.box.inFlight).toBe(1);
  });

  it('given more than a window beside the window, then a new client is asked for', async () => {
    const kept = await new KeptOutbox({ maxMessages: 20_000 }).open();
    for (const [topic, renewals] of [
      ['s1', 0],
      ['s2', 1],
    ] as const) {
      await kept.publish(topic, `${topic} first`);
      await kept.report(0, `${topic} first`);
      await kept.publish(topic, ...Array.from({ length: 7_000 }, () => topic));
      // Alone, a topic has three quarters of the window.
      expect(kept.park(topic).filter((name) => name.endsWith('held'))).toHaveLength(6_144);
      expect(kept.renewals).toBe(renewals);
    }
    expect(kept.box.inFlight).toBe(2 * 6_144);
    await kept.open();
    expect([kept.returned.length, kept.box.inFlight, kept.box.messages]).toEqual([2 * 6_144, 0, 0]);
  });

  it('given unpark() on the word of a broker, then one message is tried until one arrives; silent again, it is told again', async () => {
    const kept = await silentTopic('a');
    kept.park('stuck');
    await kept.open();
    kept.handed();
    kept.box.unpark(kept.box.queue('stuck'));
    await kept.publish('stuck', 'b', 'c', 'd');
    expect(kept.handed()).toEqual(['b']);
    await flow(kept, 2 * SILENT_MS);
    expect(kept.told.splice(0)).toEqual(['silent stuck']);
    expect(kept.park('stuck')).toEqual(['b held', 'c', 'd']);
    await kept.report(0, 'b');
    kept.box.unpark(kept.box.queue('stuck'));
    kept.handed();
    await kept.publish('stuck', 'c', 'd');
    expect(kept.handed()).toEqual(['c', 'd']);
  });

  it('given a topic fault, then it is told once, when all of the group are back in order', async () => {
    const kept = await new KeptOutbox().open();
    await kept.publish('good', 'g');
    await kept.report(0, 'g');
    await kept.publish('t', 'z');
    await kept.report(0, 'z');
    await kept.publish('t', 'a', 'b', 'c');
    await kept.report(RD.UNKNOWN_TOPIC_OR_PART, 'b', 'a');
    expect(kept.told).toEqual(['TOPIC_NOT_FOUND t']);
    expect(kept.park('t')).toEqual(['a', 'b', 'c held']);
    await kept.report(RD.UNKNOWN_TOPIC_OR_PART, 'c');
    expect([kept.returned, kept.told]).toEqual([['c'], ['TOPIC_NOT_FOUND t']]);
    expect(kept.errors.map(({ message }) => message)).toEqual([
      'topic t: The topic does not exist and the broker does not create it.',
    ]);
  });
});

describe('§10 questions about parked topics', () => {
  it('given nobody publishes, then a parked topic is asked about every 3 s, growing to 30 s, until it is found', async () => {
    const kept = await silentTopic('a');
    kept.park('stuck');
    await kept.open();
    const waits: number[] = [];
    for (let n = 0; n < 6; n += 1) {
      const from = kept.clock.monotonic();
      const questions = kept.asked.length;
      const waited = (): number => kept.clock.monotonic() - from;
      while (kept.asked.length === questions && waited() < 60_000) await kept.clock.advance(500);
      waits.push(waited());
      kept.box.topicAnswer('stuck', n % 2 === 0, false);
    }
    expect(waits.map((ms) => Math.round(ms / 1_000))).toEqual([3, 6, 12, 24, 30, 30]);
    await kept.clock.advance(30_500);
    kept.box.topicAnswer('stuck', true, true);
    await kept.clock.settle();
    expect(kept.told).toEqual(['found stuck']);
    kept.box.unpark(kept.box.queue('stuck'));
    const questions = kept.asked.length;
    await kept.clock.advance(120_000);
    expect(kept.asked).toHaveLength(questions);
  });

  it('given the client holds messages of it, then the word of a broker is not enough', async () => {
    const kept = await silentTopic('a');
    kept.park('stuck');
    await kept.clock.advance(3_500);
    expect(kept.asked).toEqual(['stuck']);
    kept.box.topicAnswer('stuck', true, true);
    await kept.clock.settle();
    expect(kept.told).toEqual([]);
  });

  it('given no broker answers, then it is asked again every 3 s', async () => {
    const kept = await silentTopic('a');
    kept.park('stuck');
    await kept.open();
    await kept.clock.advance(3_500);
    for (let n = 2; n < 6; n += 1) {
      kept.box.topicAnswer('stuck', null);
      await kept.clock.advance(3_500);
      expect(kept.asked).toHaveLength(n);
    }
  });

  it('given many are parked, then two questions are on their way at a time, in turn', async () => {
    const kept = await new KeptOutbox().open();
    const topics = Array.from({ length: 40 }, (_, n) => `t${n}`);
    for (const topic of topics) kept.park(topic);
    await kept.clock.advance(10_000);
    expect(kept.asked).toEqual(['t0', 't1']);
    for (let answered = 0; answered < 40; answered += 1) {
      kept.box.topicAnswer(kept.asked[answered]!, false);
      expect(kept.asked.length - answered - 1).toBeLessThanOrEqual(2);
      await kept.clock.advance(100);
    }
    expect(kept.asked.slice(0, 40)).toEqual(topics);
  });

  it('given close(), then no timer is left', async () => {
    const kept = await silentTopic('a');
    kept.park('stuck');
    await kept.publish('t', 'b');
    await kept.report(RD.NOT_ENOUGH_REPLICAS, 'b');
    kept.box.giveUp((pending) => errorFor(pending, 'DELIVERY_UNKNOWN', 'closed'));
    kept.box.close();
    expect(kept.clock.nextDue).toBeNull();
  });
});
