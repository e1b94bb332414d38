import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Lanes } from '../../../src/downlink/group/lanes.js';

describe('§6 order of a key', () => {
  test('given any order of commands, then each lane knows its last one, and keeps nothing of others', () => {
    const step = fc.record({ key: fc.nat(40), enters: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const lanes = new Lanes<number>();
        const last = new Map<string, number>();
        for (const [item, { key, enters }] of steps.entries()) {
          const name = `key ${key}`;
          const lane = lanes.of(name);
          expect([lane.key, lane.tail]).toEqual([name, last.get(name) ?? null]);
          if (enters) {
            expect(lanes.enter(lane, item)).toBe(last.get(name) ?? null);
            last.set(name, item);
          } else if (last.delete(name)) lanes.leave(lane);
        }
      }),
    );
  });

  test('given keys that never come again, then about a thousand idle lanes are kept, and busy ones all', () => {
    const lanes = new Lanes<number>();
    const busy = Array.from({ length: 3_000 }, (_, item) => {
      const lane = lanes.of(`busy ${item}`);
      lanes.enter(lane, item);
      return lane;
    });
    for (let item = 0; item < 10_000; item += 1) {
      const lane = lanes.of(`once ${item}`);
      lanes.enter(lane, item);
      lanes.leave(lane);
      expect(lanes.size).toBeLessThanOrEqual(busy.length + 1_024);
    }
    for (const [item, lane] of busy.entries()) {
      expect(lanes.of(`busy ${item}`)).toBe(lane);
      expect(lane.tail).toBe(item);
      lanes.leave(lane);
    }
    lanes.clear();
    expect(lanes.size).toBe(0);
  });

  test('given a long key, then it is forgotten with its last command', () => {
    const lanes = new Lanes<number>();
    const lane = lanes.of('k'.repeat(257));
    lanes.enter(lane, 1);
    expect(lanes.enter(lane, 2)).toBe(1);
    expect(lanes.of('k'.repeat(257))).toBe(lane);
    lanes.leave(lane);
    expect(lanes.size).toBe(0);
  });
});
