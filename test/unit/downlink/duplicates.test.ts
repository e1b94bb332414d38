import { describe, expect, it } from 'vitest';
import { Claims, Dedupe, MAX_REPLY_BYTES } from '../../../src/downlink/handover/duplicates.js';
import { Delivery, OwnedPartition } from '../../../src/downlink/group/partition.js';
import { roughSize } from '../../../src/downlink/group/rough-size.js';

const settings = (maxEntries: number) => ({ enabled: true, windowMs: 1_000, maxEntries });
const at = (offset: number) => ({ topic: 't', partition: 0, offset });
/** A duplicate of what was first at `offset`. */
const found = (dedupe: Dedupe<unknown>, id: string) => dedupe.find(id, at(-1));

describe('§6.8 what is remembered of commands that are done', () => {
  it('given replies without end, then about so many bytes of them are kept, and the ids of all', () => {
    const dedupe = new Dedupe<unknown>(settings(10_000), () => 0);
    const count = 200;
    const reply = (n: number) => ({ data: { n, result: 'x'.repeat(250_000) } });
    for (let n = 0; n < count; n += 1) dedupe.remember(`id ${n}`, at(n), reply(n));
    const answers = Array.from({ length: count }, (_, n) => found(dedupe, `id ${n}`));
    expect(answers.every((answer) => answer !== null)).toBe(true);
    const kept = answers.filter((answer) => answer?.reply !== undefined);
    expect(kept.length).toBeLessThanOrEqual(MAX_REPLY_BYTES / 500_000);
    expect(kept.length).toBeGreaterThan(60);
    expect(found(dedupe, `id ${count - 1}`)?.reply).toEqual(reply(count - 1));
    expect(found(dedupe, 'id 0')).toEqual({ reply: undefined, first: at(0) });
  });

  it('given a reply that alone is too large, or cannot be read any more, then its id is known without it', () => {
    const dedupe = new Dedupe<unknown>(settings(10), () => 0);
    dedupe.remember('small', at(0), { a: 1 });
    dedupe.remember('large', at(1), { text: 'x'.repeat(MAX_REPLY_BYTES) });
    const throws = {
      get result(): never {
        throw new Error('gone');
      },
    };
    dedupe.remember('odd', at(2), throws);
    expect(found(dedupe, 'large')).toEqual({ reply: undefined, first: at(1) });
    expect(found(dedupe, 'odd')).toEqual({ reply: undefined, first: at(2) });
    expect(found(dedupe, 'small')?.reply).toEqual({ a: 1 });
  });

  it('given ids that are forgotten, by number or time or a new reply, then their bytes are free', () => {
    let now = 0;
    const dedupe = new Dedupe<unknown>(settings(2), () => now);
    const text = 'x'.repeat(MAX_REPLY_BYTES / 5);
    for (let n = 0; n < 100; n += 1) dedupe.remember(`${n}`, at(n), { text });
    for (let n = 0; n < 100; n += 1) dedupe.remember('same', at(n), { text });
    expect(found(dedupe, '99')?.reply).toEqual({ text });
    now = 2_000;
    expect(found(dedupe, '99')).toBeNull();
    dedupe.remember('a', at(1), { text });
    dedupe.remember('b', at(2), { text });
    expect([found(dedupe, 'a')?.reply, found(dedupe, 'b')?.reply]).toEqual([{ text }, { text }]);
  });

  it('given long ids, then they stay apart, and only their hash is kept', () => {
    const dedupe = new Dedupe<unknown>(settings(10), () => 0);
    const long = 'x'.repeat(1_000_000);
    const idOf = (requestId: string) =>
      dedupe.idOf({ kind: 'write_point', data: { requestId, pointId: 1, value: 1, timestamp: new Date(0) } });
    expect(idOf(`${long}a`)).not.toBe(idOf(`${long}b`));
    expect(idOf(`${long}a`)).toBe(idOf(`${long}a`));
    expect(idOf(long)?.length).toBeLessThan(100);
    expect(idOf('short')).toBe('write_point short');
  });
});

describe('§6 de-duplication memory', () => {
  it('given the window, then an id is forgotten after it', () => {
    let now = 0;
    const dedupe = new Dedupe<string>(settings(3), () => now);
    dedupe.remember('a', at(0), 'reply');
    now = 1_000;
    expect(dedupe.find('a', at(1))).toEqual({ reply: 'reply', first: at(0) });
    now = 1_001;
    expect(dedupe.find('a', at(1))).toBeNull();
  });

  it('given maxEntries, then the longest remembered goes first', () => {
    const dedupe = new Dedupe<string>(settings(3), () => 0);
    for (const [offset, id] of ['a', 'b', 'c', 'a', 'd'].entries())
      dedupe.remember(id, at(offset), undefined);
    expect(['a', 'b', 'c', 'd'].map((id) => dedupe.find(id, at(9)) !== null)).toEqual([
      true,
      false,
      true,
      true,
    ]);
  });
});

describe('the size of a value', () => {
  it('given texts, bytes and lists, then it is about what they take', () => {
    expect(roughSize('x'.repeat(1_000))).toBeGreaterThanOrEqual(2_000);
    expect(roughSize({ bytes: new Uint8Array(5_000) })).toBeGreaterThanOrEqual(5_000);
    expect(roughSize(Array.from({ length: 1_000 }, () => 1))).toBeGreaterThan(8_000);
    expect(roughSize(null)).toBeLessThan(100);
  });

  it('given a value that holds itself, or a list without end, then it ends', () => {
    const self: Record<string, unknown> = {};
    self['self'] = self;
    expect(roughSize(self)).toBe(Infinity);
    expect(roughSize(new Array(5_000_000).fill(0))).toBe(Infinity);
  });
});

describe('§6.8 which command of an id is worked on', () => {
  const partition = new OwnedPartition(
    {
      topic: 't',
      partition: 0,
      offset: 0,
      low: 0,
      committed: null,
      metadata: '',
      topicId: null,
      leaderEpoch: null,
      partitions: 1,
      noted: false,
      rereadFrom: null,
      lost: null,
      reason: null,
    },
    { topic: 't', ackPolicy: 'on_success', failurePolicy: 'drop', routes: [], envelopes: null },
  );
  const delivery = (id: string, offset: number) => {
    const content = { key: null, value: null, headers: [], timestampMs: 0, leaderEpoch: null };
    const record = { topic: 't', partition: 0, offset, ...content };
    const data = { requestId: id, pointId: 1, value: 1, timestamp: new Date(0) };
    return new Delivery(record, { kind: 'write_point', data }, partition, id, 0);
  };

  it('given thousands that come and go, then one that stays keeps its id, and those that wait for it', () => {
    const claims = new Claims();
    const first = delivery('stays', 0);
    const waiting = [delivery('stays', 1), delivery('stays', 2)];
    expect(claims.claim('stays', first)).toBe(true);
    for (let offset = 3; offset < 6_000; offset += 1) {
      const other = delivery(`id ${offset}`, offset);
      expect(claims.claim(`id ${offset}`, other)).toBe(true);
      if (offset % 2_000 === 0) expect(claims.claim('stays', waiting[offset / 2_000 - 1]!)).toBe(false);
      expect(claims.release(other)).toEqual([]);
    }
    expect(claims.release(first)).toEqual(waiting);
    expect(claims.release(first)).toEqual([]);
    expect(claims.claim('stays', waiting[0]!)).toBe(true);
  });
});
