import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Dedupe } from '../../../src/downlink/handover/duplicates.js';
import { Fifo } from '../../../src/core/fifo.js';
import { OffsetTracker } from '../../../src/core/low-water-mark.js';

describe('§6 offset mark', () => {
  test('given any order of outcomes, then the mark is the lowest unfinished or held offset', () => {
    const action = fc.record({
      what: fc.constantFrom('take', 'skip', 'gap', 'done', 'hold', 'release'),
      which: fc.nat(30),
    });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 80 }), (actions) => {
        const tracker = new OffsetTracker(100);
        const open = new Set<number>();
        const held = new Set<number>();
        let next = 100;
        for (const { what, which } of actions) {
          const offset = 100 + which;
          if (what === 'take') {
            tracker.take(next);
            open.add(next);
            next += 1;
          } else if (what === 'skip' || what === 'gap') {
            next += what === 'gap' ? which + 1 : 1;
            tracker.skip(next - 1);
          } else if (what === 'done' && !held.has(offset)) {
            tracker.done(offset);
            open.delete(offset);
          } else if (what === 'hold') {
            tracker.hold(offset);
            if (open.has(offset)) held.add(offset);
          } else if (what === 'release') {
            expect(tracker.release(offset)).toBe(held.has(offset));
            if (held.delete(offset)) open.delete(offset);
          }
          expect(tracker.mark).toBe(Math.min(next, ...open));
          expect([tracker.size, tracker.held, tracker.next]).toEqual([open.size, held.size, next]);
        }
      }),
    );
  });
});

describe('§6 de-duplication memory', () => {
  const settings = { enabled: true, windowMs: 1_000, maxEntries: 3 };
  const at = (offset: number) => ({ topic: 't', partition: 0, offset });

  test('given the window, then an id is forgotten after it', () => {
    let now = 0;
    const dedupe = new Dedupe<string>(settings, () => now);
    dedupe.remember('a', at(0), 'reply');
    now = 1_000;
    expect(dedupe.find('a', at(1))).toEqual({ reply: 'reply', first: at(0) });
    now = 1_001;
    expect(dedupe.find('a', at(1))).toBeNull();
  });

  test('given maxEntries, then the longest remembered goes first', () => {
    const dedupe = new Dedupe<string>(settings, () => 0);
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

test('§6 queue: given thousands of items, then they leave in the order they came', () => {
  const fifo = new Fifo<number>();
  const out: number[] = [];
  for (let n = 0; n < 5_000; n += 1) {
    fifo.push(n);
    if (n % 3 === 0) out.push(fifo.shift() ?? -1);
  }
  fifo.keep((n) => n % 2 === 0);
  for (let item = fifo.shift(); item !== undefined; item = fifo.shift()) out.push(item);
  expect(out.slice(0, 1_667)).toEqual(Array.from({ length: 1_667 }, (_, n) => n));
  expect(out.slice(1_667).every((n, index) => n % 2 === 0 && n === 1_668 + 2 * index)).toBe(true);
});
