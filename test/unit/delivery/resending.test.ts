import { describe, expect, it } from 'vitest';
import { RD } from '../../../src/kafka/port/codes.js';
import { errorFor } from '../../../src/uplink/delivery/receipts.js';
import { KeptOutbox } from '../../support/kept-outbox.js';

const HOUR = 3_600_000;

describe('§10 failures that the owner of a message keeps', () => {
  it('given a failure that may pass, then the message goes again before what came later, and says that it may be there twice', async () => {
    const kept = await new KeptOutbox().open();
    await kept.publish('t', 'a', 'b');
    await kept.report(RD.NOT_ENOUGH_REPLICAS, 'a');
    await kept.publish('t', 'c');
    await kept.report(0, 'b');
    expect(kept.handed()).toEqual(['a', 'b']);
    await kept.clock.advance(200);
    expect(kept.handed()).toEqual(['a', 'c']);
    await kept.report(0, 'a', 'c');
    expect(kept.outcomes).toEqual(['b delivered', 'a delivered, perhaps twice', 'c delivered']);
  });

  it('given it fails on and on, then one message of its topic goes at a time, at growing intervals, and others go on', async () => {
    const kept = await new KeptOutbox().open();
    await kept.publish('t', 'a', 'b', 'c');
    await kept.report(RD.NOT_ENOUGH_REPLICAS, 'a', 'b', 'c');
    kept.handed();
    const waits: number[] = [];
    for (let failures = 0; failures < 10; failures += 1) {
      let waited = 0;
      while (kept.producers.handed.length === 3 + failures && waited < 60_000) {
        await kept.clock.advance(100);
        waited += 100;
      }
      waits.push(waited);
      expect(kept.handed()).toEqual(['a']);
      await kept.report(RD.NOT_ENOUGH_REPLICAS, 'a');
    }
    expect(waits).toEqual([200, 400, 800, 1_600, 3_200, 6_400, 12_800, 15_000, 15_000, 15_000]);
    expect(kept.errors.map(({ code }) => code)).toEqual(Array.from({ length: 11 }, () => 'DELIVERY_FAILED'));
    await kept.publish('other', 'x');
    await kept.report(0, 'x');
    expect(kept.outcomes).toEqual(['x delivered']);
    await kept.clock.advance(15_000);
    await kept.report(0, 'a');
    expect(kept.handed()).toEqual(['x', 'a', 'b', 'c']);
  });

  it('given a topic that is missing for a moment, then only what had been tried before says that it may be there twice', async () => {
    const kept = await new KeptOutbox().open();
    await kept.publish('t', 'a');
    kept.box.queue('t').retries();
    await kept.publish('t', 'b');
    await kept.report(RD.UNKNOWN_TOPIC, 'a', 'b');
    await kept.clock.advance(60_000);
    await kept.report(0, 'a');
    await kept.clock.advance(60_000);
    await kept.report(0, 'b');
    expect(kept.outcomes).toEqual(['a delivered, perhaps twice', 'b delivered']);
  });

  it('given an owner that does not keep it, then it ends', async () => {
    const kept = await new KeptOutbox().open();
    await kept.publish('t', 'a', 'b');
    await kept.report(RD.MSG_SIZE_TOO_LARGE, 'a');
    kept.keeps = false;
    await kept.report(RD.NOT_ENOUGH_REPLICAS, 'b');
    expect(kept.outcomes).toEqual(['a MESSAGE_TOO_LARGE', 'b DELIVERY_FAILED']);
    expect([kept.box.messages, kept.returned]).toEqual([0, []]);
  });

  it('given the client dies while messages wait to go again, then the order is that of acceptance', async () => {
    const kept = await new KeptOutbox().open();
    await kept.publish('t', 'a', 'b', 'c');
    await kept.report(RD.NOT_ENOUGH_REPLICAS, 'a');
    await kept.publish('t', 'd');
    await kept.report(RD.NOT_ENOUGH_REPLICAS, 'c');
    kept.handed();
    await kept.open();
    await kept.clock.advance(1_000);
    expect(kept.handed()).toEqual(['a']);
    await kept.report(0, 'a');
    expect(kept.handed()).toEqual(['b', 'c', 'd']);
  });

  it('given the end of the outbox, then its owner has what it keeps, once, also of reports that come with it', async () => {
    const kept = await new KeptOutbox().open();
    await kept.publish('t', 'a', 'b', 'c');
    await kept.report(RD.NOT_ENOUGH_REPLICAS, 'a');
    const reported = kept.report(RD.NOT_ENOUGH_REPLICAS, 'b');
    kept.box.giveUp((pending) => errorFor(pending, 'DELIVERY_UNKNOWN', 'the end'));
    await reported;
    await kept.box.idle();
    kept.box.close();
    expect(kept.returned).toEqual(['a, perhaps sent', 'c, perhaps sent', 'b, perhaps sent']);
    expect([kept.outcomes, kept.box.messages, kept.clock.nextDue]).toEqual([[], 0, null]);
  });

  it('given a topic that is missing, then what failed for it was not sent, and goes again', async () => {
    const kept = await new KeptOutbox().open();
    await kept.publish('t', 'a');
    await kept.report(RD.UNKNOWN_TOPIC_OR_PART, 'a');
    await kept.clock.advance(200);
    await kept.report(0, 'a');
    expect(kept.outcomes).toEqual(['a delivered']);
  });
});

describe('§10 what failed, until its owner is told', () => {
  /** Reports, without a turn of the event loop. */
  function reports(kept: KeptOutbox, code: number, ...names: readonly string[]): void {
    void kept.report(code, ...names);
  }

  it.each([
    ['a failure that may pass', RD.NOT_ENOUGH_REPLICAS],
    ['a refused batch', RD.INVALID_RECORD],
  ])('given %s, then nothing of its topic overtakes it, and other topics go on', async (_, code) => {
    const kept = await new KeptOutbox().open();
    await kept.publish('t', 'a');
    kept.handed();
    reports(kept, code, 'a');
    // Each of these calls hands over what may go.
    for (const name of ['b', 'c']) void kept.publish('t', name);
    void kept.publish('other', 'x');
    expect(kept.handed()).toEqual(['x']);
    await kept.clock.advance(200);
    expect(kept.handed()).toEqual(['a']);
    await kept.report(0, 'a');
    expect(kept.handed()).toEqual(['b', 'c']);
  });

  it('given it is told a turn later, since a new epoch may concern it, then nothing overtakes it either', async () => {
    const kept = await new KeptOutbox({ maxMessages: 10_000 }).open();
    const names = Array.from({ length: 16 }, (_, n) => `m${n}`);
    await kept.publish('t', ...names);
    kept.handed();
    const refuse = async (...refused: readonly string[]): Promise<void> => {
      kept.box.queue('t').retries();
      await kept.report(RD.INVALID_RECORD, ...refused);
    };
    await refuse(...names);
    expect(kept.handed()).toEqual(['m0', 'm1', 'm2', 'm3']);
    await refuse('m0', 'm1', 'm2', 'm3');
    expect(kept.handed()).toEqual(['m0']);
  });

  it('given a report that says that it arrived, but not where, and that is not believed, then nothing overtakes it', async () => {
    const kept = await new KeptOutbox().open();
    await kept.publish('t', 'a', 'other');
    kept.handed();
    const [guess] = kept.producers.handed;
    if (guess === undefined) throw new Error('nothing was handed over');
    kept.producers.listener?.onReport(guess.id, null, 0, null);
    void kept.publish('t', 'b');
    expect(kept.handed()).toEqual([]);
    await kept.report(0, 'other');
    await kept.clock.advance(200);
    expect(kept.handed()).toEqual(['a']);
  });

  it('given the client dies meanwhile, then the next one has them in order', async () => {
    const kept = await new KeptOutbox().open();
    await kept.publish('t', 'a', 'b');
    kept.handed();
    reports(kept, RD.NOT_ENOUGH_REPLICAS, 'a');
    await kept.open();
    expect(kept.handed()).toEqual([]);
    await kept.clock.advance(200);
    await kept.report(0, 'a');
    expect(kept.handed()).toEqual(['a', 'b']);
  });

  it('given its time is over, then it ends once, and its place in the pool is not given away twice', async () => {
    const kept = await new KeptOutbox().open();
    await kept.publish('t', 'a');
    const [message] = kept.box.park(kept.box.queue('t'));
    if (message === undefined) throw new Error('nothing is held');
    reports(kept, RD.NOT_ENOUGH_REPLICAS, 'a');
    kept.box.expire(message, errorFor(message, 'DELIVERY_UNKNOWN', 'its time is over'));
    await kept.clock.settle();
    expect(kept.box.take()).not.toBe(kept.box.take());
    expect(kept.outcomes).toEqual(['a DELIVERY_UNKNOWN']);
  });
});

describe('§10 a batch that a broker refused', () => {
  it('given one record at fault, then its mates go again, each alone and in order, and arrive; it is refused', async () => {
    const kept = await new KeptOutbox().open();
    await kept.publish('t', 'a', 'bad', 'b');
    expect(kept.handed()).toEqual(['a', 'bad', 'b']);
    await kept.report(RD.INVALID_RECORD, 'a', 'bad', 'b');
    await kept.publish('t', 'c', 'd');
    expect(kept.handed()).toEqual(['a']);
    await kept.report(0, 'a');
    expect(kept.handed()).toEqual(['bad']);
    await kept.report(RD.INVALID_RECORD, 'bad');
    expect(kept.handed()).toEqual(['b']);
    await kept.report(0, 'b');
    expect(kept.handed()).toEqual(['c', 'd']);
    await kept.report(0, 'c', 'd');
    expect(kept.outcomes).toEqual([
      'a delivered',
      'bad DELIVERY_FAILED',
      'b delivered',
      'c delivered',
      'd delivered',
    ]);
  });

  it('given others of the topic on their way, then the first goes alone when all of them are reported', async () => {
    const kept = await new KeptOutbox().open();
    await kept.publish('t', 'a', 'b', 'c', 'd');
    await kept.report(RD.INVALID_RECORD, 'a', 'b');
    kept.handed();
    await kept.report(0, 'c');
    expect(kept.handed()).toEqual([]);
    await kept.report(0, 'd');
    expect(kept.handed()).toEqual(['a']);
  });

  it('given many, then they go in small groups, and the mates of the one at fault alone', async () => {
    const kept = await new KeptOutbox({ maxMessages: 10_000 }).open();
    const names = Array.from({ length: 16 }, (_, n) => `m${n}`);
    await kept.publish('t', ...names);
    expect(kept.handed()).toHaveLength(16);
    await kept.report(RD.INVALID_RECORD, ...names);
    await kept.publish('t', 'later');
    expect(kept.handed()).toEqual(['m0', 'm1', 'm2', 'm3']);
    await kept.report(0, 'm0', 'm1', 'm2');
    expect(kept.handed()).toEqual([]);
    await kept.report(0, 'm3');
    expect(kept.handed()).toEqual(['m4', 'm5', 'm6', 'm7']);
    await kept.report(RD.INVALID_RECORD, 'm4', 'm5', 'm6', 'm7');
    for (const name of ['m4', 'm5', 'm6', 'm7']) {
      expect(kept.handed()).toEqual([name]);
      await kept.report(name === 'm6' ? RD.INVALID_RECORD : 0, name);
    }
    for (const group of [names.slice(8, 12), names.slice(12)]) {
      expect(kept.handed()).toEqual(group);
      await kept.report(0, ...group);
    }
    expect(kept.handed()).toEqual(['later']);
    expect(kept.outcomes.filter((each) => !each.endsWith(' delivered'))).toEqual(['m6 DELIVERY_FAILED']);
  });

  it('given records without a key that arrive, then the refusal of another one is not put down to that', async () => {
    const kept = await new KeptOutbox().open();
    await kept.publish('t', 'a', 'bad');
    await kept.report(RD.INVALID_RECORD, 'a', 'bad');
    await kept.report(0, 'a');
    await kept.report(RD.INVALID_RECORD, 'bad');
    await kept.publish('t', 'b');
    await kept.report(0, 'b');
    expect(kept.outcomes).toEqual(['a delivered', 'bad DELIVERY_FAILED', 'b delivered']);
  });

  it('given one that goes alone fails otherwise, then its topic waits a while', async () => {
    const kept = await new KeptOutbox().open();
    await kept.publish('t', 'a');
    await kept.report(RD.INVALID_RECORD, 'a');
    kept.handed();
    await kept.report(RD.NOT_ENOUGH_REPLICAS, 'a');
    expect(kept.handed()).toEqual([]);
    await kept.clock.advance(200);
    expect(kept.handed()).toEqual(['a']);
  });

  it('given the client dies while one is out alone, then it goes alone again', async () => {
    const kept = await new KeptOutbox().open();
    await kept.publish('t', 'a', 'b');
    await kept.report(RD.INVALID_RECORD, 'a', 'b');
    kept.handed();
    await kept.open();
    expect(kept.handed()).toEqual(['a']);
    await kept.report(0, 'a');
    await kept.report(0, 'b');
    expect(kept.outcomes).toEqual(['a delivered, perhaps twice', 'b delivered']);
  });

  it('given a record of a kind that was refused before, then it is refused here, and is not sent', async () => {
    const kept = await new KeptOutbox().open();
    const publish = (name: string, aheadMs: number): void => {
      const pending = kept.box.take();
      Object.assign(pending, { owner: kept.owner, topic: 't', value: Buffer.from(name), bytes: 1 });
      pending.timestampMs = kept.clock.now() + aheadMs;
      kept.box.submit(pending);
    };
    publish('a', 2 * HOUR);
    publish('b', 0);
    await kept.clock.settle();
    await kept.report(RD.INVALID_TIMESTAMP, 'a', 'b');
    await kept.report(RD.INVALID_TIMESTAMP, 'a');
    await kept.report(0, 'b');
    publish('c', 2 * HOUR);
    publish('d', 0);
    await kept.clock.settle();
    expect(kept.handed()).toEqual(['a', 'b', 'a', 'b', 'd']);
    expect(kept.outcomes).toEqual(['a DELIVERY_FAILED', 'b delivered', 'c DELIVERY_FAILED']);
  });
});
