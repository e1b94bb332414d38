import { describe, expect, it } from 'vitest';
import { createMemoryDisk } from '../../../src/testing/memory-disk.js';
import { storeContract } from './contract.js';
import { appendAll, live, NEVER, range, readAll, sequences } from './store-bench.js';

storeContract('a disk in memory', () => {
  const disk = createMemoryDisk();
  return Promise.resolve({ boot: () => disk.boot(), crash: () => disk.crash(), folder: '/store/app-1' });
});

describe('what is not synced yet', () => {
  it('is not taken out of a commit under way unless the state says that it may be out; the next commit says so', async () => {
    const disk = createMemoryDisk();
    const life = await live(disk.boot(), '/store/app-1');
    const lane = life.store.lane('telemetry');
    appendAll(life, 0, 5);
    disk.hang(true);
    const flushed = life.store.flush();
    await life.clock.settle();
    appendAll(life, 5, 8);
    expect([lane.takeUnsynced().length, lane.backlog]).toEqual([0, 8]);
    disk.hang(false);
    await flushed;
    expect(sequences(await readAll(life))).toEqual(range(0, 5));
    disk.hang(true);
    const second = life.store.flush();
    await life.clock.settle();
    expect(sequences(lane.takeUnsynced())).toEqual([5, 6, 7]);
    disk.hang(false);
    await second;
    disk.crash();
    const next = await live(disk.boot(), '/store/app-1');
    const again = await readAll(next);
    expect(sequences(again)).toEqual(range(0, 8));
    expect(again.every(({ maybeDuplicate }) => maybeDuplicate)).toBe(true);
    await next.store.close(NEVER);
  });

  it('is not given by read() once it was taken, and goes back unread nowhere', async () => {
    const disk = createMemoryDisk();
    const life = await live(disk.boot(), '/store/app-1');
    const lane = life.store.lane('telemetry');
    appendAll(life, 0, 3);
    expect(sequences(lane.takeUnsynced())).toEqual([0, 1, 2]);
    appendAll(life, 3, 4);
    await life.store.flush();
    expect(sequences(await readAll(life))).toEqual([3]);
    await life.store.close(NEVER);
  });
});
