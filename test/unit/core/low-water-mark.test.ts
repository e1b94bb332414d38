import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LowWaterMark } from '../../../src/core/low-water-mark.js';

describe('§6 offset mark', () => {
  test('given any order of outcomes, then the mark is the lowest unfinished or held offset', () => {
    const action = fc.record({
      what: fc.constantFrom('take', 'skip', 'gap', 'done', 'hold', 'release'),
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
