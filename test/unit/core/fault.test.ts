import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../src/core/clock.js';
import { GuardedClock } from '../../../src/core/fault.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** A clock whose turns are counted, and which remembers nothing of those that are over. */
function turns() {
  let waiting: Array<() => void> = [];
  const clock: Clock = {
    now: () => 0,
    monotonic: () => 0,
    after: () => ({ cancel: () => undefined }),
    inBackground: () => ({ cancel: () => undefined }),
    soon: (callback) => waiting.push(callback),
  };
  const turn = (): void => {
    const now = waiting;
    waiting = [];
    for (const each of now) each();
  };
  return { clock, turn };
}

describe('§7 turns of the event loop', () => {
  it('given two callers that always have one waiting, then what is over is let go of, in order', async () => {
    const { clock, turn } = turns();
    const guarded = new GuardedClock(clock, () => undefined);
    const ran: string[] = [];
    const held: WeakRef<() => void>[] = [];
    const again = (name: string): void => {
      const callback = (): void => {
        if (ran.length < 10) ran.push(name);
        again(name);
      };
      if (held.length < 10_000) held.push(new WeakRef(callback));
      guarded.soon(callback);
    };
    again('a');
    again('b');
    for (let n = 0; n < 4_000; n += 1) turn();
    expect(ran).toEqual(['a', 'b', 'a', 'b', 'a', 'b', 'a', 'b', 'a', 'b']);
    // A WeakRef holds its target until the end of the turn in which it was made.
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    collectGarbage();
    const left = held.filter((ref) => ref.deref() !== undefined).length;
    // The queue is still in use: else it would be collected itself.
    turn();
    expect(guarded.monotonic()).toBeGreaterThanOrEqual(0);
    // Two wait, and the last one may still stand on the stack.
    expect(left).toBeLessThan(10);
  });

  it('given a callback that throws, then it is told, and the next one runs', () => {
    const { clock, turn } = turns();
    const told: string[] = [];
    const guarded = new GuardedClock(clock, ({ code }) => told.push(code));
    let ran = false;
    guarded.soon(() => {
      throw new Error('x');
    });
    guarded.soon(() => {
      ran = true;
    });
    turn();
    expect([told, ran]).toEqual([['LIBRARY_FAULT'], true]);
  });
});
