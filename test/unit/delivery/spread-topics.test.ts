import { describe, expect, it } from 'vitest';
import { errorFor } from '../../../src/uplink/delivery/receipts.js';
import { Shares, WIDEST_WINDOW } from '../../../src/uplink/delivery/room.js';
import { KeptOutbox } from '../../support/kept-outbox.js';

describe('a topic that the client takes nothing of for now', () => {
  it('given it is answered later, then others go on, it is not asked again, and goes in order when told', async () => {
    const kept = await new KeptOutbox().open();
    kept.producers.later.set('a', 0);
    await kept.publish('a', 'a1', 'a2');
    await kept.publish('b', 'b1');
    await kept.publish('a', 'a3');
    expect([kept.handed(), kept.producers.later.get('a')]).toEqual([['b1'], 1]);
    kept.box.takes(['a', 'unknown']);
    expect([kept.handed(), kept.producers.later.get('a')]).toEqual([[], 2]);
    kept.producers.later.clear();
    kept.box.takes(['a']);
    expect(kept.handed()).toEqual(['a1', 'a2', 'a3']);
  });

  it('given the client is made again meanwhile, then the new one is asked', async () => {
    const kept = await new KeptOutbox().open();
    kept.producers.later.set('a', 0);
    await kept.publish('a', 'a1');
    kept.producers.later.clear();
    await kept.open();
    expect(kept.handed()).toEqual(['a1']);
  });

  it('given its messages wait too long, then they end as any do', async () => {
    const kept = await new KeptOutbox({ messageTimeoutMs: 1_000 }).open();
    kept.keeps = false;
    kept.producers.later.set('a', 0);
    await kept.publish('a', 'a1', 'a2');
    await kept.clock.advance(1_000);
    expect(kept.outcomes).toEqual(['a1 DELIVERY_TIMEOUT', 'a2 DELIVERY_TIMEOUT']);
    kept.producers.later.clear();
    kept.box.takes(['a']);
    await kept.publish('a', 'a3');
    expect(kept.handed()).toEqual(['a3']);
  });
});

describe('records that one of several clients held when it died', () => {
  async function held(): Promise<KeptOutbox> {
    const kept = await new KeptOutbox().open();
    await kept.publish('a', 'a1', 'a2', 'a3');
    await kept.publish('b', 'b1');
    kept.handed();
    return kept;
  }
  const idsOf = (kept: KeptOutbox, ...names: readonly string[]): number[] =>
    names.map((name) => kept.producers.handed.findLast(({ value }) => String(value) === name)?.id ?? -1);

  it('given they come back, then they go again before what waits, in order, and say so; what is reported does not', async () => {
    const kept = await held();
    const ids = idsOf(kept, 'a3', 'a2', 'a1');
    await kept.report(0, 'a1');
    kept.producers.later.set('a', 0);
    await kept.publish('a', 'a4');
    kept.box.returned([...ids, 99_999]);
    kept.producers.later.clear();
    kept.box.takes(['a']);
    expect(kept.handed()).toEqual(['a2', 'a3', 'a4']);
    await kept.report(0, 'a2', 'a3', 'a4', 'b1');
    expect(kept.outcomes).toEqual([
      'a1 delivered',
      'a2 delivered, perhaps twice',
      'a3 delivered, perhaps twice',
      'a4 delivered',
      'b1 delivered',
    ]);
  });

  it('given their topic is parked, then they are their owner’s; given nobody waits for one, then it is gone', async () => {
    const kept = await held();
    const ids = idsOf(kept, 'a1', 'a2', 'a3', 'b1');
    kept.park('a');
    const [b1] = kept.box.park(kept.box.queue('b'));
    kept.box.expire(b1!, errorFor(b1!, 'DELIVERY_UNKNOWN', 'its time is up'));
    kept.box.returned(ids);
    expect(kept.returned).toEqual(['a1, perhaps sent', 'a2, perhaps sent', 'a3, perhaps sent']);
    expect([kept.box.messages, kept.box.inFlight, kept.outcomes]).toEqual([0, 0, ['b1 DELIVERY_UNKNOWN']]);
  });
});

describe('a topic that goes to another client', () => {
  it('given offsets that the former one told, then they say nothing about the next one', async () => {
    const kept = await new KeptOutbox().open();
    kept.keeps = false;
    const { producers } = kept;
    await kept.publish('a', 'a1');
    await kept.report(0, 'a1');
    await kept.publish('a', 'a2');
    producers.listener?.onReport(producers.handed.at(-1)!.id, null, 0, null);
    await kept.clock.settle();
    producers.moved.add('a');
    await kept.publish('a', 'a3', 'a4');
    producers.listener?.onReport(producers.handed.at(-2)!.id, null, 0, null);
    await kept.report(0, 'a4');
    await kept.publish('a', 'a5');
    producers.listener?.onReport(producers.handed.at(-1)!.id, null, 0, null);
    await kept.clock.settle();
    expect(kept.outcomes).toEqual([
      'a1 delivered',
      'a2 delivered',
      'a3 DELIVERY_UNKNOWN',
      'a4 delivered',
      'a5 delivered',
    ]);
  });
});

describe('the window', () => {
  it('grows with the number of topics, within uplink.queue and what librdkafka has room for', () => {
    const windows = (maxMessages: number): number[] =>
      [1, 2_000, 2_049, 5_000, 10_000, 100_000].map((count) => new Shares({ maxMessages }).windowFor(count));
    expect(windows(20_000)).toEqual([8_192, 8_192, 8_196, 20_000, 20_000, 20_000]);
    expect(windows(1_000_000)).toEqual([8_192, 8_192, 8_196, 20_000, 40_000, WIDEST_WINDOW]);
    expect(windows(1_000)).toEqual([1_000, 1_000, 1_000, 1_000, 1_000, 1_000]);
  });

  it('given 3,000 topics, then the client holds 12,000 messages; once they are few, 8,192', async () => {
    const kept = await new KeptOutbox({ maxMessages: 30_000 }).open();
    const publish = (topic: string, names: readonly string[]): Promise<void> => kept.publish(topic, ...names);
    const many = Array.from({ length: 3_000 }, (_, n) => `t${n}`);
    const five = ['1', '2', '3', '4', '5'];
    await Promise.all(many.map((topic) => publish(topic, five)));
    expect(kept.box.inFlight).toBe(12_000);
    kept.producers.release();
    await kept.clock.settle();
    kept.producers.release();
    await kept.clock.settle();
    expect([kept.box.inFlight, kept.box.messages]).toEqual([0, 0]);
    const few = Array.from({ length: 6 }, (_, n) => `t${n}`);
    await Promise.all(
      few.map((topic) =>
        publish(
          topic,
          Array.from({ length: 2_000 }, (_, n) => String(n)),
        ),
      ),
    );
    expect(kept.box.inFlight).toBe(8_192);
  });
});
