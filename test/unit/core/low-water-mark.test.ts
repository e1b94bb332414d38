import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LowWaterMark } from '../../../src/core/low-water-mark.js';

describe('§6 offset mark', () => {
  test('given any order of outcomes, then the mark is the lowest unfinished or held offset', () => {
    const action = fc.record({
      what: fc.constantFrom('take', 'again', 'skip', 'gap', 'done', 'hold', 'release'),
      which: fc.nat(30),
    });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 80 }), (actions) => {
        const tracker = new LowWaterMark(100);
        const open = new Set<number>();
        const held = new Set<number>();
        let next = 100;
        for (const { what, which } of actions) {
          const offset = 100 + which;
          if (what === 'take') {
            tracker.take(next);
            open.add(next);
            next += 1;
          } else if (what === 'again') {
            // The last one, which may be done by now: a fault may have come in between.
            if (next === 100) continue;
            tracker.take(next - 1);
            open.add(next - 1);
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

  test.each([
    ['in order', (open: readonly number[]) => open[0]],
    ['the last first', (open: readonly number[]) => open.at(-1)],
    ['from the middle', (open: readonly number[]) => open[Math.floor(open.length / 2)]],
  ])('given thousands behind a held one, done %s, then nothing else is remembered', (_, next) => {
    const tracker = new LowWaterMark(7);
    tracker.take(7);
    tracker.hold(7);
    const open: number[] = [];
    for (let offset = 8; offset < 12_000; offset += 1) {
      tracker.take(offset);
      open.push(offset);
      if (open.length <= 700) continue;
      const done = next(open)!;
      tracker.done(done);
      open.splice(open.indexOf(done), 1);
      expect([tracker.mark, tracker.size, tracker.held]).toEqual([7, open.length + 1, 1]);
    }
    expect(tracker.release(7)).toBe(true);
    expect([tracker.mark, tracker.size]).toEqual([open[0], open.length]);
    for (const offset of open) tracker.done(offset);
    expect([tracker.mark, tracker.size]).toEqual([12_000, 0]);
  });
});
