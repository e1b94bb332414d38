import { describe, expect, it } from 'vitest';
import { nothingDone, play, type World } from '../../../scripts/chaos/faults.mjs';

/** Everything in it fails or waits as told. */
function worldOf(parts: object): World {
  return { say: () => undefined, topics: {}, ...parts } as unknown as World;
}

describe('the faults of a round', () => {
  it('given one that cannot be played, when the round ends with its error, then no other fault is under way', async () => {
    const seen: string[] = [];
    let stopped: () => void = () => undefined;
    const gateway = {
      kill: () =>
        new Promise<void>((resolve) => {
          stopped = resolve;
        }),
      start: async () => void seen.push('started again'),
    };
    const brokers = {
      link: () => {
        // The gateway is still on its way out when this one fails.
        setImmediate(() => stopped());
        throw new Error('no such link');
      },
    };
    const schedule = [
      { kind: 'gateway' as const, how: 'kill' as const, gateway: 0, atMs: 0, forMs: 20 },
      { kind: 'link' as const, state: 'cut' as const, nodes: [1], resets: false, atMs: 0, forMs: 0 },
    ];
    await expect(play(schedule, worldOf({ brokers, gateways: [gateway] }), nothingDone())).rejects.toThrow(
      'no such link',
    );
    expect(seen).toEqual(['started again']);
  });

  it('given a broker that says of a topic that it is not there, while it is, then it is deleted and created until it is another one', async () => {
    const ids = ['old', 'new'];
    const dumped: string[] = [];
    const admin = { delete: async () => false, create: async () => true };
    const world = worldOf({
      admin,
      topics: { alarm: 't' },
      dump: async () => {
        dumped.push('old');
        return { all: { topicId: 'old' } };
      },
      idOf: async () => ids.shift(),
    });
    const done = nothingDone();
    const fault = {
      kind: 'topic' as const,
      how: 'recreate' as const,
      topic: 'alarm' as const,
      atMs: 0,
      forMs: 0,
    };
    await play([fault], world, done);
    expect(dumped).toEqual(['old', 'old']);
    const never = worldOf({ ...world, idOf: async () => 'old' });
    await expect(play([fault], never, nothingDone())).rejects.toThrow('t is still there after 5 deletions');
    expect(done.removals).toMatchObject([{ topic: 't', dump: { all: { topicId: 'old' } } }]);
  });

  it('given a disk that was full, then it is known whose', async () => {
    const gateway = { fillDisk: async () => undefined, freeDisk: async () => undefined };
    const done = nothingDone();
    const schedule = [{ kind: 'disk' as const, gateway: 1, atMs: 0, forMs: 0 }];
    await play(schedule, worldOf({ gateways: [{}, gateway] }), done);
    expect([...done.fullDisks]).toEqual([1]);
  });
});
