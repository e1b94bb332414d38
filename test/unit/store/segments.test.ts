import { describe, expect, it } from 'vitest';
import { CommitTurns } from '../../../src/store/commit-scheduler.js';
import type { Disk, DiskFile } from '../../../src/store/disk.js';
import { DiskStore } from '../../../src/store/store.js';
import { createMemoryDisk } from '../../../src/testing/memory-disk.js';
import { MemoryClock } from '../../../src/testing/memory-clock.js';
import {
  appendAll,
  countLost,
  laneOptions,
  live,
  MIB,
  NEVER,
  NOON,
  range,
  readAll,
  record,
  sequences,
  Told,
  until,
} from './store-bench.js';

const FOLDER = '/store/app-1';

/** A disk, and what was asked of it. */
class WatchedDisk implements Disk {
  readonly #disk: Disk;
  calls = 0;
  bytesRead = 0;
  /** Syncs of files under way, now and at most. */
  syncing = 0;
  mostSyncing = 0;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  makeFolder(at: string): Promise<void> {
    return this.#disk.makeFolder(at);
  }

  list(at: string): Promise<string[]> {
    return this.#disk.list(at);
  }

  async open(at: string, mode: 'read' | 'write' | 'create'): Promise<DiskFile> {
    this.calls += 1;
    const file = await this.#disk.open(at, mode);
    return {
      read: async (into, position) => {
        this.calls += 1;
        const read = await file.read(into, position);
        this.bytesRead += read;
        return read;
      },
      write: (bytes, position) => file.write(bytes, position),
      datasync: async () => {
        this.syncing += at.endsWith('.seg') ? 1 : 0;
        this.mostSyncing = Math.max(this.mostSyncing, this.syncing);
        await file.datasync();
        this.syncing -= at.endsWith('.seg') ? 1 : 0;
      },
      truncate: (length) => file.truncate(length),
      size: () => file.size(),
      close: () => file.close(),
    };
  }

  remove(at: string): Promise<void> {
    return this.#disk.remove(at);
  }

  rename(from: string, to: string): Promise<void> {
    return this.#disk.rename(from, to);
  }

  syncFolder(at: string): Promise<void> {
    return this.#disk.syncFolder(at);
  }

  facts(at: string): ReturnType<Disk['facts']> {
    return this.#disk.facts(at);
  }

  lock(folder: string): ReturnType<Disk['lock']> {
    return this.#disk.lock(folder);
  }
}

describe('segments', () => {
  it('keep records with keys that never repeat, without a table that grows with them', async () => {
    const disk = createMemoryDisk();
    const life = await live(disk.boot(), FOLDER);
    const key = (sequence: number): Buffer => Buffer.from(`order-${sequence}`);
    for (let group = 0; group < 5; group += 1) {
      for (const sequence of range(group * 2_000, group * 2_000 + 2_000)) {
        life.store.lane('telemetry').append(record(sequence, { key: key(sequence) }), false);
      }
      await life.store.flush();
    }
    const read = await readAll(life);
    expect(read.map((each) => each.key?.toString())).toEqual(range(0, 10_000).map((n) => `order-${n}`));
    await life.store.close(NEVER);
  });

  it('hold one record of many megabytes, and many records of one commit in frames of about one', async () => {
    const disk = createMemoryDisk();
    const life = await live(disk.boot(), FOLDER);
    const large = Buffer.alloc(9 * MIB, 'l');
    life.store.lane('telemetry').append(record(0, { value: large }), false);
    appendAll(life, 1, 6_000, { value: Buffer.alloc(1_000, 's') });
    await life.store.flush();
    disk.crash();
    const next = await live(disk.boot(), FOLDER);
    const read = await readAll(next);
    expect(sequences(read)).toEqual(range(0, 6_000));
    expect(read[0]?.value?.equals(large)).toBe(true);
    expect(read.at(-1)?.value?.length).toBe(1_000);
    await next.store.close(NEVER);
  });

  it('tell their routes twice once they are sealed: a damaged frame costs no more than itself', async () => {
    const disk = createMemoryDisk();
    const life = await live(disk.boot(), FOLDER);
    for (const group of range(0, 3)) {
      appendAll(life, group * 10, group * 10 + 10);
      await life.store.flush();
    }
    await life.store.close(NEVER);
    disk.damage({ file: '.seg', sort: 'flip', at: 64 + 60 + 20 });
    const next = await live(disk.boot(), FOLDER);
    expect(sequences(await readAll(next))).toEqual(range(10, 30));
    expect(countLost(next.store.ledger(), 'corrupt')).toBe(10);
    await next.store.close(NEVER);
  });

  it('are sealed by their age, too', async () => {
    const disk = createMemoryDisk();
    const life = await live(disk.boot(), FOLDER, { lanes: [laneOptions({ maxAgeMs: 640_000 })] });
    for (const group of range(0, 4)) {
      appendAll(life, group, group + 1, { acceptedAtMs: life.clock.now() });
      await life.clock.advance(16_000);
    }
    expect([...disk.files.keys()].filter((name) => name.endsWith('.seg')).length).toBe(4);
    await life.store.close(NEVER);
  });

  it('are removed as the state on disk says, not as things are since: no kill between makes a loss of it', async () => {
    const disk = createMemoryDisk();
    const options = { lanes: [laneOptions({ maxBytes: MIB })] };
    const life = await live(disk.boot(), FOLDER, options);
    for (const group of range(0, 8)) {
      appendAll(life, group * 10, group * 10 + 10, { value: Buffer.alloc(2_000) });
      await life.store.flush();
    }
    await life.clock.advance(2_000);
    const files = (): number => [...disk.files.keys()].filter((name) => name.endsWith('.seg')).length;
    const before = files();
    const done = (read: readonly { readonly position: number }[]): void => {
      for (const { position } of read) life.store.lane('telemetry').acknowledge(position);
    };
    const read = await readAll(life);
    done(read.slice(0, 30));
    // The state is on its way to the disk when more is done.
    disk.hang(true);
    await life.clock.advance(1_000);
    done(read.slice(30));
    disk.hang(false);
    await until(() => files() < before);
    await life.clock.settle();
    disk.kill();
    const next = await live(disk.boot(), FOLDER, options);
    expect(sequences(await readAll(next))).toEqual(range(30, 80));
    expect(next.store.ledger()).toEqual([]);
    await next.store.close(NEVER);
  });

  it('open in constant time: more records mean no more calls, and only the last segment is read', async () => {
    const costs: { calls: number; bytes: number }[] = [];
    for (const count of [200, 2_000]) {
      const disk = createMemoryDisk();
      const options = { lanes: [laneOptions({ maxBytes: 64 * MIB })] };
      const life = await live(disk.boot(), FOLDER, options);
      // The same number of segments, and the last one is the same.
      for (const group of range(0, 4)) {
        appendAll(life, group * count, group * count + count, { value: Buffer.alloc((2 * MIB) / count) });
        await life.store.flush();
      }
      appendAll(life, 4 * count, 4 * count + 10);
      await life.store.flush();
      disk.crash();
      const watched = new WatchedDisk(disk.boot());
      const next = await live(watched, FOLDER, options);
      expect(next.store.lane('telemetry').backlog).toBe(4 * count + 10);
      costs.push({ calls: watched.calls, bytes: watched.bytesRead });
      await next.store.close(NEVER);
    }
    expect(costs[1]?.calls).toBe(costs[0]?.calls);
    // The state, heads, and the last segment; eight megabytes wait.
    for (const { bytes } of costs) expect(bytes).toBeLessThan(1.5 * MIB);
  });

  it('of all stores of a process are synced one after the other', async () => {
    const watched = new WatchedDisk(createMemoryDisk().boot());
    const clock = new MemoryClock(NOON);
    const turns = new CommitTurns();
    const stores = range(0, 5).map((n) => {
      const options = {
        folder: `/store/app-${n}`,
        maxBytes: 256 * MIB,
        minFreeBytes: 0,
        whenFull: 'drop_oldest' as const,
        compress: false,
        allowNetworkFs: false,
        lanes: [laneOptions({ name: 'critical' }), laneOptions()],
      };
      return new DiskStore(options, watched, clock, turns, new Told());
    });
    for (const store of stores) await store.open();
    for (const store of stores) {
      for (const name of ['critical', 'telemetry']) store.lane(name).append(record(1), false);
    }
    await clock.settle();
    await until(() => stores.every((store) => store.lane('telemetry').synced === 1));
    expect(stores.every((store) => store.lane('critical').synced === 1)).toBe(true);
    expect(watched.mostSyncing).toBe(1);
    for (const store of stores) await store.close(NEVER);
  });
});
