import { describe, expect, it } from 'vitest';
import type { Disk } from '../../../src/store/disk.js';
import { createMemoryDisk } from '../../../src/testing/memory-disk.js';
import {
  appendAll,
  countLost,
  laneOptions,
  live,
  NEVER,
  range,
  readAll,
  record,
  sequences,
  until,
} from './store-bench.js';

const FOLDER = '/store/app-1';
const KIB = 1024;
const value = Buffer.alloc(1_000, 'x');

describe('a disk in trouble', () => {
  it.each(['write', 'datasync'] as const)(
    'one %s that fails costs nothing: what waited goes into a new file',
    async (call) => {
      const disk = createMemoryDisk();
      const life = await live(disk.boot(), FOLDER);
      appendAll(life, 0, 10);
      await life.store.flush();
      appendAll(life, 10, 20);
      disk.failNext(call, 'EIO');
      const flushed = life.store.flush();
      appendAll(life, 20, 25);
      await flushed;
      await life.store.flush();
      expect(life.store.working).toBe(true);
      expect(life.store.lane('telemetry').synced).toBe(25);
      disk.crash();
      const next = await live(disk.boot(), FOLDER);
      expect(sequences(await readAll(next))).toEqual(range(0, 25));
      expect(next.store.ledger()).toEqual([]);
      await next.store.close(NEVER);
    },
  );

  it('what went back to the caller is missing nowhere, though the power fails before the state tells of it', async () => {
    const disk = createMemoryDisk();
    const life = await live(disk.boot(), FOLDER);
    appendAll(life, 0, 10);
    await life.store.flush();
    appendAll(life, 10, 14);
    disk.readOnly(true);
    await life.store.flush();
    disk.readOnly(false);
    await life.clock.advance(10_000);
    expect(life.store.working).toBe(true);
    // Of positions of their own.
    appendAll(life, 14, 20);
    await life.store.flush();
    disk.crash();
    const next = await live(disk.boot(), FOLDER);
    expect(sequences(await readAll(next))).toEqual([...range(0, 10), ...range(14, 20)]);
    expect(next.store.ledger()).toEqual([]);
    await next.store.close(NEVER);
  });

  it('what a disk does not take twice goes back to the caller, and the store works again later', async () => {
    const disk = createMemoryDisk();
    const life = await live(disk.boot(), FOLDER);
    const lane = life.store.lane('telemetry');
    appendAll(life, 0, 10);
    await life.store.flush();
    appendAll(life, 10, 14);
    lane.append(record(14), true);
    lane.acknowledge(11);
    disk.readOnly(true);
    await life.store.flush();
    expect(life.store.working).toBe(false);
    expect(lane.append(record(15), false)).toBe(null);
    await until(() => life.told.all.includes('degraded'));
    expect(sequences(life.told.unstored)).toEqual([10, 12, 13, 14]);
    expect(life.told.unstored.map(({ position }) => position)).toEqual([10, 12, 13, 14]);
    expect([lane.backlog, lane.synced, lane.unsynced.messages]).toEqual([10, 10, 0]);
    expect(life.told.degraded[0]).toMatchObject({ code: 'STORE_DEGRADED', retryable: true });
    expect(life.told.degraded[0]?.message).toContain('read-only');
    await life.clock.advance(12_000);
    expect(life.told.degraded.length).toBe(1);

    disk.readOnly(false);
    await life.clock.advance(5_000);
    await until(() => life.store.working);
    appendAll(life, 20, 23);
    await life.store.flush();
    expect(sequences(await readAll(life))).toEqual([...range(0, 10), ...range(20, 23)]);
    await life.store.close(NEVER);
    const next = await live(disk.boot(), FOLDER);
    expect(sequences(await readAll(next))).toEqual([...range(0, 10), ...range(20, 23)]);
    expect(next.store.ledger()).toEqual([]);
    await next.store.close(NEVER);
  });

  it('a full disk: the oldest is evicted, once, and the new is stored', async () => {
    const disk = createMemoryDisk();
    const life = await live(disk.boot(), FOLDER, { lanes: [laneOptions({ maxBytes: 640 * KIB })] });
    for (let group = 0; group < 10; group += 1) {
      appendAll(life, group * 10, group * 10 + 10, { value });
      await life.store.flush();
    }
    disk.full(2 * KIB);
    appendAll(life, 100, 110, { value });
    await life.store.flush();
    expect(life.store.working).toBe(true);
    const lost = countLost(life.store.ledger(), 'disk_full');
    expect([lost, countLost(life.store.ledger())]).toEqual([10, 10]);
    expect(sequences(await readAll(life))).toEqual(range(lost, 110));
    await life.store.close(NEVER);
  });

  it('a full disk with nothing to evict: what was stored is sent all the same, and room makes it work again', async () => {
    const disk = createMemoryDisk();
    const life = await live(disk.boot(), FOLDER, { lanes: [laneOptions({ evictable: false })] });
    appendAll(life, 0, 10, { value });
    await life.store.flush();
    disk.full();
    appendAll(life, 10, 20, { value });
    await life.store.flush();
    expect(life.store.working).toBe(false);
    const read = await readAll(life);
    expect(sequences(read)).toEqual(range(0, 10));
    for (const { position } of read) life.store.lane('telemetry').acknowledge(position);
    await life.clock.advance(6_000);
    expect(life.store.working).toBe(false);
    disk.full(false);
    await life.clock.advance(6_000);
    expect(life.store.working).toBe(true);
    expect(life.store.ledger()).toEqual([]);
    await life.store.close(NEVER);
  });

  it('a folder that somebody removes is made again', async () => {
    const disk = createMemoryDisk();
    const life = await live(disk.boot(), FOLDER);
    appendAll(life, 0, 10);
    await life.store.flush();
    disk.deleteFolder(FOLDER);
    appendAll(life, 10, 20);
    await life.store.flush();
    await life.clock.advance(10_000);
    expect(life.store.working).toBe(true);
    appendAll(life, 20, 30);
    await life.store.flush();
    const read = sequences(await readAll(life));
    await life.clock.settle();
    const unstored = sequences(life.told.unstored);
    expect([...read, ...unstored].toSorted((a, b) => a - b)).toEqual(range(10, 30));
    expect(countLost(life.store.ledger(), 'corrupt')).toBe(10);
    await life.store.close(NEVER);
    const next = await live(disk.boot(), FOLDER);
    expect(sequences(await readAll(next))).toEqual(read);
    await next.store.close(NEVER);
  });

  it('a folder that is removed and cannot be made again yet is made later', async () => {
    const disk = createMemoryDisk();
    const life = await live(disk.boot(), FOLDER);
    appendAll(life, 0, 10);
    await life.store.flush();
    disk.deleteFolder(FOLDER);
    // Full, even with the room of what was removed.
    disk.full(-600 * KIB);
    appendAll(life, 10, 20);
    await life.store.flush();
    await life.clock.advance(20_000);
    expect(life.store.working).toBe(false);
    expect(sequences(life.told.unstored)).toEqual(range(10, 20));
    disk.full(false);
    await life.clock.advance(10_000);
    expect(life.store.working).toBe(true);
    appendAll(life, 20, 30);
    await life.store.flush();
    expect(sequences(await readAll(life))).toEqual(range(20, 30));
    expect(countLost(life.store.ledger(), 'corrupt')).toBe(10);
    await life.store.close(NEVER);
  });

  it('a disk that cannot be opened is tried again, and nothing is taken before', async () => {
    const disk = createMemoryDisk();
    disk.failNext('makeFolder', 'EACCES', 2);
    const life = await live(disk.boot(), FOLDER);
    expect([life.store.working, life.store.life]).toEqual([false, 0]);
    expect(life.store.metrics().state).toBe('degraded');
    expect(await life.store.lane('telemetry').read(5)).toEqual([]);
    await life.clock.advance(11_000);
    expect([life.store.working, life.store.life]).toEqual([true, 1]);
    expect(life.told.all.filter((told) => told === 'working' || told === 'degraded')).toEqual([
      'degraded',
      'working',
    ]);
    await life.store.close(NEVER);
  });

  it('a life that the state does not tell of yet is told to nobody: the next one has its number', async () => {
    const disk = createMemoryDisk();
    await (await live(disk.boot(), FOLDER)).store.close(NEVER);
    disk.failNext('write', 'EIO');
    const life = await live(disk.boot(), FOLDER);
    expect([life.store.working, life.store.id, life.store.life]).toEqual([false, '', 0]);
    disk.crash();
    const next = await live(disk.boot(), FOLDER);
    expect([next.store.working, next.store.life]).toEqual([true, 2]);
    await next.store.close(NEVER);
  });

  it('network file systems are refused unless they are allowed; what cannot be told is a warning', async () => {
    const disk = createMemoryDisk();
    const machine = (sort: 'network' | 'unknown'): Disk => {
      const boot = disk.boot();
      return {
        makeFolder: (at) => boot.makeFolder(at),
        list: (at) => boot.list(at),
        open: (at, mode) => boot.open(at, mode),
        remove: (at) => boot.remove(at),
        rename: (from, to) => boot.rename(from, to),
        syncFolder: (at) => boot.syncFolder(at),
        facts: () => Promise.resolve({ freeBytes: 1e12, sort, name: 'nfs' }),
        lock: (at) => boot.lock(at),
      };
    };
    const refused = await live(machine('network'), FOLDER);
    await refused.clock.settle();
    expect(refused.store.working).toBe(false);
    expect(refused.told.degraded[0]?.message).toContain('network file system');
    await refused.store.close(NEVER);
    const allowed = await live(machine('network'), FOLDER, { allowNetworkFs: true });
    expect(allowed.store.working).toBe(true);
    await allowed.store.close(NEVER);
    const unsure = await live(machine('unknown'), FOLDER);
    await unsure.clock.settle();
    expect(unsure.told.all).toContainEqual(expect.stringContaining('warning'));
    await unsure.store.close(NEVER);
  });

  it('a place that cannot be read is tried three times, then it is counted; the rest goes on', async () => {
    const disk = createMemoryDisk();
    const options = { lanes: [laneOptions({ maxBytes: 640 * KIB })] };
    const life = await live(disk.boot(), FOLDER, options);
    for (let group = 0; group < 4; group += 1) {
      appendAll(life, group * 10, group * 10 + 10, { value });
      await life.store.flush();
    }
    disk.failNext('read', 'EIO', 3);
    const lane = life.store.lane('telemetry');
    expect(await lane.read(100)).toEqual([]);
    expect(await lane.read(100)).toEqual([]);
    expect(life.store.ledger()).toEqual([]);
    expect(await lane.read(100)).toEqual([]);
    expect(life.store.working).toBe(true);
    const rest = await readAll(life);
    expect(rest.length + countLost(life.store.ledger(), 'corrupt')).toBe(40);
    expect(rest.length).toBeGreaterThan(0);
    await life.clock.advance(6_000);
    expect(life.told.all.filter((told) => told.startsWith('warning Lane telemetry')).length).toBe(3);
    await life.store.close(NEVER);
  });

  it('a read that fails once loses nothing', async () => {
    const disk = createMemoryDisk();
    const life = await live(disk.boot(), FOLDER);
    appendAll(life, 0, 10);
    await life.store.flush();
    disk.failNext('read', 'EIO');
    const lane = life.store.lane('telemetry');
    expect(await lane.read(5)).toEqual([]);
    expect([lane.backlog, lane.caughtUp]).toEqual([10, false]);
    expect(sequences(await readAll(life))).toEqual(range(0, 10));
    await life.store.close(NEVER);
  });

  it('nothing is handed out while the disk does not take the note that it is', async () => {
    const disk = createMemoryDisk();
    const life = await live(disk.boot(), FOLDER);
    appendAll(life, 0, 10);
    await life.store.flush();
    disk.readOnly(true);
    expect(await life.store.lane('telemetry').read(5)).toEqual([]);
    expect(life.store.working).toBe(false);
    disk.readOnly(false);
    await life.clock.advance(5_000);
    expect(sequences(await readAll(life))).toEqual(range(0, 10));
    expect(life.told.all.at(-1)).toBe('synced telemetry');
    await life.store.close(NEVER);
  });

  it('close() gives back what a disk that hangs does not take, at its deadline', async () => {
    const disk = createMemoryDisk();
    const life = await live(disk.boot(), FOLDER);
    appendAll(life, 0, 10);
    await life.store.flush();
    disk.hang(true);
    appendAll(life, 10, 20);
    let end: (value?: unknown) => void = () => undefined;
    const closed = life.store.close(
      new Promise((resolve) => {
        end = resolve;
      }),
    );
    await life.clock.settle();
    expect(life.told.unstored).toEqual([]);
    end();
    await closed;
    expect(sequences(life.told.unstored)).toEqual(range(10, 20));
    disk.kill();
    const next = await live(disk.boot(), FOLDER);
    expect(sequences(await readAll(next)).slice(0, 10)).toEqual(range(0, 10));
    await next.store.close(NEVER);
  });
});
