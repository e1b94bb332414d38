import { describe, expect, it, vi } from 'vitest';
import { poolThreads, WaitScheduler } from '../../../src/kafka/client/native-waits.js';

describe('§7 how many native waits there may be', () => {
  it.each([
    [undefined, 4],
    ['', 1],
    ['0', 1],
    ['x', 1],
    ['1', 1],
    [' 2', 2],
    ['8 threads', 8],
    ['-1', 1_024],
    ['5000', 1_024],
  ])('UV_THREADPOOL_SIZE %o gives %i threads, as in libuv', (setting, threads) => {
    expect(poolThreads(setting)).toBe(threads);
  });

  it.each([
    [1, 1],
    [2, 1],
    [3, 1],
    [4, 2],
    [16, 8],
  ])('of %i threads, %i may wait for Kafka at a time', async (threads, waits) => {
    const scheduler = new WaitScheduler(threads);
    let started = 0;
    const never = (): Promise<void> => {
      started += 1;
      return new Promise(() => undefined);
    };
    for (let n = 0; n < 20; n += 1) void scheduler.run(never);
    await Promise.resolve();
    expect(started).toBe(waits);
  });

  it('given a thousand that wait, then a further one is refused, unless it closes a client', async () => {
    const scheduler = new WaitScheduler(4);
    const never = (): Promise<void> => new Promise(() => undefined);
    for (let n = 0; n < 1_002; n += 1) void scheduler.run(never);
    await expect(scheduler.run(never)).rejects.toMatchObject({ code: 'REQUEST_TIMEOUT', retryable: true });
    const refused: unknown[] = [];
    scheduler.run(never, true).catch((error: unknown) => refused.push(error));
    await new Promise((resolve) => setImmediate(resolve));
    expect(refused).toEqual([]);
  });

  it('with one thread, a wait is made of short ones; with more, it is one', () => {
    expect(new WaitScheduler(1).tries(4_000)).toEqual([100, 200, 400, 500, 500, 500, 500, 500, 500, 300]);
    expect(new WaitScheduler(1).tries(1_000)).toEqual([100, 200, 400, 300]);
    expect(new WaitScheduler(2).tries(4_000)).toEqual([4_000]);
    expect(new WaitScheduler(1).tries(0)).toEqual([0]);
  });
});

it('given one thread and waits that follow each other, then the host has the thread in between', async () => {
  vi.useFakeTimers();
  try {
    const scheduler = new WaitScheduler(1);
    let second = false;
    await scheduler.run(() => Promise.resolve());
    const next = scheduler.run(() => {
      second = true;
      return Promise.resolve();
    });
    await Promise.resolve();
    expect(second).toBe(false);
    await vi.advanceTimersByTimeAsync(25);
    await next;
    expect(second).toBe(true);
  } finally {
    vi.useRealTimers();
  }
});

describe("§7 native waits share libuv's pool with the host", () => {
  it('lets a few in at a time, first come first served, and goes on after a failure', async () => {
    const scheduler = new WaitScheduler(4);
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
