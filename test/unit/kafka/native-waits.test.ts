import { describe, expect, it } from 'vitest';
import { WaitScheduler } from '../../../src/kafka/native-waits.js';

describe("§7 native waits share libuv's pool with the host", () => {
  it('lets a few in at a time, first come first served, and goes on after a failure', async () => {
    const scheduler = new WaitScheduler(2);
    const started: number[] = [];
    const finish: Array<(fails: boolean) => void> = [];
    const task = (n: number): Promise<number> =>
      scheduler.run(
        () =>
          new Promise((resolve, reject) => {
            started.push(n);
            finish[n] = (fails) => (fails ? reject(new Error(`${n}`)) : resolve(n));
          }),
      );
    const all = [0, 1, 2, 3, 4].map(task);
    await Promise.resolve();
    expect(started).toEqual([0, 1]);
    finish[1]?.(true);
    await expect(all[1]).rejects.toThrow('1');
    expect(started).toEqual([0, 1, 2]);
    finish[0]?.(false);
    finish[2]?.(false);
    await Promise.all([all[0], all[2]]);
    expect(started).toEqual([0, 1, 2, 3, 4]);
    finish[3]?.(false);
    finish[4]?.(false);
    expect(await Promise.all([all[3], all[4]])).toEqual([3, 4]);
  });
});
