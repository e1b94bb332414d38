import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Positions, type Range } from '../../../src/store/positions.js';

type What = 'unread' | 'held' | 'done';

/** The same with one word a position. */
class Plain {
  readonly all: What[] = [];

  get mark(): number {
    const at = this.all.findIndex((what) => what !== 'done');
    return at === -1 ? this.all.length : at;
  }

  set(position: number, from: readonly What[], to: What): void {
    const what = this.all[position];
    if (what !== undefined && from.includes(what)) this.all[position] = to;
  }

  count(what: What): number {
    return this.all.filter((each) => each === what).length;
  }
}

const START = 65_500;
const position = fc.nat(200);
const range = fc.tuple(position, position).map(([a, b]): Range => [Math.min(a, b), Math.max(a, b)]);
const step = fc.oneof(
  fc.record({ do: fc.constant('add' as const), held: fc.boolean(), count: fc.nat(40) }),
  fc.record({ do: fc.constant('hold' as const), at: position }),
  fc.record({ do: fc.constant('finish' as const), at: position }),
  fc.record({ do: fc.constant('release' as const), at: position }),
  fc.record({ do: fc.constant('finishUnread' as const), range }),
  fc.record({ do: fc.constant('finishAll' as const), range }),
  fc.record({ do: fc.constant('skip' as const), by: fc.nat(5) }),
);

function each([from, to]: Range, visit: (at: number) => void): void {
  for (let at = from; at < to; at += 1) visit(at);
}

describe('positions of a lane', () => {
  it('are what became of them, one by one, beyond the end of a chunk too', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const real = new Positions(START, START);
        const plain = new Plain();
        const shift = ([from, to]: Range): Range => [from + START, to + START];
        for (const now of steps) {
          if (now.do === 'add')
            each([0, now.count], () => {
              expect(real.add(now.held)).toBe(START + plain.all.length);
              plain.all.push(now.held ? 'held' : 'unread');
            });
          else if (now.do === 'hold') {
            real.hold(START + now.at);
            plain.set(now.at, ['unread'], 'held');
          } else if (now.do === 'release') {
            real.release(START + now.at);
            plain.set(now.at, ['held'], 'unread');
          } else if (now.do === 'finish') {
            const open = (plain.all[now.at] ?? 'done') !== 'done';
            expect(real.finish(START + now.at)).toBe(open);
            plain.set(now.at, ['unread', 'held'], 'done');
          } else if (now.do === 'finishUnread') {
            const before = plain.count('unread');
            each(now.range, (at) => plain.set(at, ['unread'], 'done'));
            expect(real.unreadIn(shift(now.range))).toBe(before - plain.count('unread'));
            expect(real.finishUnread(shift(now.range))).toBe(before - plain.count('unread'));
          } else if (now.do === 'finishAll') {
            each(now.range, (at) => plain.set(at, ['unread', 'held'], 'done'));
            real.finishAll(shift(now.range));
          } else {
            real.skip(START + plain.all.length + now.by);
            each([0, now.by], () => plain.all.push('done'));
          }
        }
        expect(real.mark).toBe(START + plain.mark);
        expect(real.end).toBe(START + plain.all.length);
        expect(real.unread).toBe(plain.count('unread'));
        expect(real.open).toBe(plain.count('unread') + plain.count('held'));
        each([0, 220], (at) => {
          expect(real.isUnread(START + at)).toBe(plain.all[at] === 'unread');
          const known = at < plain.all.length;
          if (known) expect(real.isDone(START + at)).toBe(plain.all[at] === 'done');
          expect(real.anyHeld([START + at, START + at + 3])).toBe(
            plain.all.slice(at, at + 3).includes('held'),
          );
        });
        const done = real.doneRanges(1_000).flatMap(([from, to]) => {
          return Array.from({ length: to - from }, (_, index) => from + index - START);
        });
        const expected = plain.all.flatMap((what, at) => (what === 'done' && at >= plain.mark ? [at] : []));
        expect(done).toEqual(expected);
      }),
    );
  });

  it('cost nothing until they are touched, and give it back when they are done', () => {
    const positions = new Positions(0, 50_000_000);
    expect(positions.unread).toBe(50_000_000);
    expect(positions.finishUnread([0, 1_000_000])).toBe(1_000_000);
    expect([positions.mark, positions.unread]).toEqual([1_000_000, 49_000_000]);
    expect(positions.doneRanges(9)).toEqual([]);
  });

  it('tell at most so many ranges as asked for: the largest, in order', () => {
    const positions = new Positions(0, 1_000);
    for (const at of [2, 3, 7, 40]) positions.finish(at);
    positions.finishUnread([60, 200]);
    expect(positions.doneRanges(2)).toEqual([
      [2, 4],
      [60, 200],
    ]);
  });

  it('tell a range that goes on over chunks as one', () => {
    const positions = new Positions(0, 400_000);
    positions.finishUnread([65_000, 200_000]);
    expect(positions.doneRanges(9)).toEqual([[65_000, 200_000]]);
  });
});
