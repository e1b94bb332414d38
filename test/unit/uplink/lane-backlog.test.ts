import { expect, it } from 'vitest';
import { LaneBacklog, type LaneReading } from '../../../src/uplink/forward/lane-backlog.js';
import type { LaneContext } from '../../../src/uplink/forward/lane-context.js';
import type { StoredMessages } from '../../../src/uplink/forward/stored-messages.js';

/** A lane whose disk hangs: two records of a parked topic are in memory, and a portion takes as many. */
function laneOf(portions: unknown[][]): { lane: object; released: number[] } {
  const released: number[] = [];
  const lane = {
    backlog: 2,
    caughtUp: true,
    takesOn: false,
    unsynced: { messages: 2, bytes: 2 },
    read: async () => [],
    takeUnsynced: () => {
      const taken = portions.shift() ?? [];
      lane.takesOn = taken.length > 0;
      return taken;
    },
    release: (position: number) => released.push(position),
  };
  return { lane, released };
}

it('given a portion that ends with the last record, when nothing comes behind it, then the detour hears of the end', async () => {
  const records = [0, 1].map((position) => ({ position, topic: 'parked', kind: 'telemetry' }));
  const { lane, released } = laneOf([records]);
  const context = { ending: () => false, sends: () => true, clock: { soon: setImmediate } };
  const backlog = new LaneBacklog(
    { lane, storesFirst: false } as unknown as LaneReading,
    {} as StoredMessages,
    context as unknown as LaneContext,
  );
  let ends = 0;
  backlog.detour = {
    wants: () => false,
    takes: () => false,
    ended: () => {
      ends += 1;
    },
    left: () => undefined,
  };
  expect(await backlog.sendMore(10, 10, 10)).toBe(true);
  expect([ends, released]).toEqual([0, [0, 1]]);
  expect(await backlog.sendMore(10, 10, 10)).toBe(false);
  expect(ends).toBe(1);
});
