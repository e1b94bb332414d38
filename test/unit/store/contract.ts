/** What the store does on any disk. */
import { describe, expect, it } from 'vitest';
import type { Disk } from '../../../src/store/disk.js';
import {
  appendAll,
  laneOptions,
  live,
  NEVER,
  range,
  readAll,
  record,
  sequences,
  until,
  type Life,
} from './store-bench.js';

/** A disk to test on. */
export interface TestDisk {
  /** As the next process has it. */
  boot(): Disk;
  /** The process ends without a word; what was synced stays. */
  crash(): void;
  readonly folder: string;
}

export function storeContract(name: string, makeDisk: () => Promise<TestDisk>): void {
  describe(`a store on ${name}`, () => {
    it('gives what was appended back, in order and as it was, in this life and in the next', async () => {
      const disk = await makeDisk();
      const first = await live(disk.boot(), disk.folder);
      expect(first.store.working).toBe(true);
      expect(first.store.life).toBe(1);
      appendAll(first, 0, 100);
      const lane = first.store.lane('telemetry');
      expect([lane.end, lane.backlog, lane.unsynced.messages]).toEqual([100, 100, 100]);
      await first.store.flush();
      expect([lane.synced, lane.unsynced.messages]).toEqual([100, 0]);
      const read = await lane.read(60);
      expect(read).toEqual(
        range(0, 60).map((sequence) => ({
          ...record(sequence),
          position: sequence,
          packed: null,
          maybeDuplicate: false,
          former: false,
        })),
      );
      expect([lane.backlog, lane.caughtUp]).toEqual([40, false]);
      for (const { position } of read.slice(0, 50)) lane.acknowledge(position);
      await first.store.close(NEVER);
      expect(first.store.working).toBe(false);

      const second = await live(disk.boot(), disk.folder);
      expect([second.store.life, second.store.id]).toEqual([2, first.store.id]);
      expect(second.store.lane('telemetry').backlog).toBe(50);
      const again = await readAll(second);
      expect(sequences(again)).toEqual(range(50, 100));
      expect(again.every(({ former, life }) => former && life === 1)).toBe(true);
      // What the first life had read may be double, the rest not.
      expect(again.filter(({ maybeDuplicate }) => maybeDuplicate).map(({ sequence }) => sequence)).toEqual(
        range(50, 60),
      );
      await second.store.close(NEVER);
    });

    it('brings all back that was synced before a crash', async () => {
      const disk = await makeDisk();
      const first = await live(disk.boot(), disk.folder);
      appendAll(first, 0, 10);
      await first.store.flush();
      appendAll(first, 10, 20);
      disk.crash();

      const second = await live(disk.boot(), disk.folder);
      expect(sequences(await readAll(second))).toEqual(range(0, 10));
      expect(second.store.ledger()).toEqual([]);
      appendAll(second, 0, 5);
      await second.store.flush();
      expect(sequences(await readAll(second))).toEqual(range(0, 5));
      await second.store.close(NEVER);
    });

    it('does not give what is held by the caller, and gives it in the next life', async () => {
      const disk = await makeDisk();
      const first = await live(disk.boot(), disk.folder);
      const lane = first.store.lane('telemetry');
      lane.append(record(0), true);
      lane.append(record(1), false);
      lane.append(record(2, { handedOver: true }), true);
      expect(lane.backlog).toBe(1);
      await first.store.flush();
      expect(sequences(await readAll(first))).toEqual([1]);
      expect(lane.caughtUp).toBe(true);
      disk.crash();

      const second = await live(disk.boot(), disk.folder);
      const read = await readAll(second);
      expect(sequences(read)).toEqual([0, 1, 2]);
      expect(read.every(({ maybeDuplicate }) => maybeDuplicate)).toBe(true);
      await second.store.close(NEVER);
    });

    it('does not call what no client had a possible duplicate after a crash', async () => {
      const disk = await makeDisk();
      const first = await live(disk.boot(), disk.folder);
      appendAll(first, 0, 10);
      await first.store.flush();
      disk.crash();
      const second = await live(disk.boot(), disk.folder);
      expect((await readAll(second)).some(({ maybeDuplicate }) => maybeDuplicate)).toBe(false);
      await second.store.close(NEVER);
    });

    it('gives it in portions where they are bounded: each goes on behind the one before, whatever was released', async () => {
      const disk = await makeDisk();
      const life = await live(disk.boot(), disk.folder);
      const lane = life.store.lane('telemetry');
      appendAll(life, 0, 5);
      const portions: number[][] = [];
      do {
        const taken = lane.takeUnsynced(2);
        portions.push(sequences(taken));
        for (const { position } of taken) if (position !== 3) lane.release(position);
      } while (lane.takesOn);
      expect(portions).toEqual([[0, 1], [2, 3], [4]]);
      expect(sequences(lane.takeUnsynced(10, 1))).toEqual([0]);
      lane.rewind();
      expect(sequences(lane.takeUnsynced())).toEqual([1, 2, 4]);
      await life.store.close(NEVER);
    });

    it('gives the rest out of memory, so that the caller can go on directly', async () => {
      const disk = await makeDisk();
      const life = await live(disk.boot(), disk.folder);
      const lane = life.store.lane('telemetry');
      appendAll(life, 0, 5);
      await life.store.flush();
      expect(sequences(await readAll(life))).toEqual(range(0, 5));
      appendAll(life, 5, 8);
      lane.append(record(8), true);
      expect(sequences(lane.takeUnsynced())).toEqual([5, 6, 7]);
      expect([lane.backlog, lane.takeUnsynced().length]).toEqual([0, 0]);
      await life.store.flush();
      expect(await readAll(life)).toEqual([]);
      disk.crash();
      const next = await live(disk.boot(), disk.folder);
      const again = await readAll(next);
      expect(sequences(again)).toEqual(range(0, 9));
      expect(again.every(({ maybeDuplicate }) => maybeDuplicate)).toBe(true);
      await next.store.close(NEVER);
    });

    it('passes over topics that are not wanted, until it is rewound', async () => {
      const disk = await makeDisk();
      const life = await live(disk.boot(), disk.folder);
      const lane = life.store.lane('telemetry');
      for (const sequence of range(0, 6)) {
        lane.append(record(sequence, { topic: sequence % 2 === 0 ? 'even' : 'odd' }), false);
      }
      await life.store.flush();
      expect(sequences(await lane.read(10, (topic) => topic === 'odd'))).toEqual([1, 3, 5]);
      expect([lane.caughtUp, lane.backlog]).toEqual([true, 3]);
      expect(await lane.read(10)).toEqual([]);
      lane.rewind();
      expect(sequences(await lane.read(10))).toEqual([0, 2, 4]);
      await life.store.close(NEVER);
    });

    it('keeps lanes apart, the parked ones too', async () => {
      const disk = await makeDisk();
      const life = await live(disk.boot(), disk.folder);
      appendAll(life, 0, 2);
      appendAll(life, 2, 4, { kind: 'alarm' }, 'critical');
      life.store.parked('telemetry').append(record(4), false);
      await life.store.flush();
      await life.store.close(NEVER);
      const next = await live(disk.boot(), disk.folder);
      expect(sequences(await readAll(next))).toEqual([0, 1]);
      expect(sequences(await readAll(next, 'critical'))).toEqual([2, 3]);
      expect(sequences(await next.store.parked('telemetry').read(9))).toEqual([4]);
      await next.store.close(NEVER);
    });

    it('goes on over many segments, and gives the disk back when all is done', async () => {
      const disk = await makeDisk();
      const options = { lanes: [laneOptions({ maxBytes: 640 * 1024 })] };
      const life = await live(disk.boot(), disk.folder, options);
      const lane = life.store.lane('telemetry');
      const value = Buffer.alloc(1_000, 'x');
      for (let group = 0; group < 20; group += 1) {
        appendAll(life, group * 10, group * 10 + 10, { value });
        await life.store.flush();
      }
      const files = async (): Promise<string[]> => disk.boot().list(`${disk.folder}/telemetry`);
      expect((await files()).length).toBeGreaterThan(5);
      const read = await readAll(life);
      expect(sequences(read)).toEqual(range(0, 200));
      for (const { position } of read) lane.acknowledge(position);
      await life.store.close(NEVER);
      expect(await files()).toEqual([]);
      const next = await live(disk.boot(), disk.folder, options);
      expect([next.store.lane('telemetry').end, next.store.lane('telemetry').backlog]).toEqual([200, 0]);
      await next.store.close(NEVER);
    });

    it('stays within its bounds, and the ledger says what went, also after a crash', async () => {
      const disk = await makeDisk();
      const options = { lanes: [laneOptions({ maxBytes: 64 * 1024 })] };
      const life = await live(disk.boot(), disk.folder, options);
      for (let group = 0; group < 30; group += 1) {
        appendAll(life, group * 10, group * 10 + 10, { value: Buffer.alloc(500, 'x') });
        await life.store.flush();
      }
      expect(life.store.metrics().lanes[0]?.bytes).toBeLessThanOrEqual(64 * 1024);
      disk.crash();
      const next = await live(disk.boot(), disk.folder, options);
      const read = sequences(await readAll(next));
      expect(read).toEqual(range(300 - read.length, 300));
      expect(next.store.ledger()).toMatchObject([{ cause: 'evicted', count: 300 - read.length }]);
      await next.store.close(NEVER);
    });

    it('is refused while another one has the folder, and takes it over then', async () => {
      const disk = await makeDisk();
      const machine = disk.boot();
      const first = await live(machine, disk.folder);
      const second = await live(machine, disk.folder);
      expect([second.store.working, second.store.life]).toEqual([false, 0]);
      expect(second.store.lane('telemetry').append(record(0), false)).toBe(null);
      await until(() => second.told.degraded.length === 1);
      expect(second.told.degraded[0]?.code).toBe('STORE_DEGRADED');
      await first.store.close(NEVER);
      await second.clock.advance(5_000);
      await until(() => second.store.working);
      expect(second.store.life).toBe(2);
      await second.store.close(NEVER);
    });

    it('syncs by itself: at once after a quiet time, then once an interval', async () => {
      const disk = await makeDisk();
      const life: Life = await live(disk.boot(), disk.folder);
      const lane = life.store.lane('telemetry');
      appendAll(life, 0, 3);
      await until(() => lane.synced === 3);
      appendAll(life, 3, 5);
      await life.clock.settle();
      expect(lane.synced).toBe(3);
      await life.clock.advance(200);
      await until(() => lane.synced === 5);
      await until(() => life.told.all.filter((told) => told === 'synced telemetry').length === 2);
      await life.store.close(NEVER);
    });
  });
}
