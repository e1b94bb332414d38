import { describe, expect, it } from 'vitest';
import { createMemoryDisk, type MemoryDisk } from '../../../src/testing/memory-disk.js';
import { appendAll, live, NEVER, readAll } from './store-bench.js';

/** A store of another app on the disk, closed with so many records in it. */
async function leave(disk: MemoryDisk, id: number | string, records: number, value = 'x'): Promise<void> {
  const life = await live(disk.boot(), `/store/app-${id}`);
  appendAll(life, 0, records, { value: Buffer.from(value) });
  await life.store.close(NEVER);
}

/** What a store of app 1 warns of. */
async function warnings(disk: MemoryDisk): Promise<string[]> {
  const { store, told } = await live(disk.boot(), '/store/app-1');
  await store.close(NEVER);
  return told.all.filter((line) => line.startsWith('warning '));
}

describe('§10 STORE_ORPHANED', () => {
  it('given folders of other ids that hold data, then one warning names them and how much it is', async () => {
    const disk = createMemoryDisk();
    await leave(disk, 7, 3);
    await leave(disk, 12, 3, 'x'.repeat(2_000_000));
    expect(await warnings(disk)).toEqual([
      'warning STORE_ORPHANED: /store holds stored messages of other app.ids, which this app does not send: app-12 (6 MiB), app-7 (1 KiB)',
    ]);
    expect(await warnings(disk)).toHaveLength(1);
  });

  it('given more than ten, then ten are named, and the others counted', async () => {
    const disk = createMemoryDisk();
    for (let id = 10; id < 22; id += 1) await leave(disk, id, 1);
    const [warning = ''] = await warnings(disk);
    expect(warning.match(/app-\d+ \(/g)).toHaveLength(10);
    expect(warning).toContain(' and 2 more');
  });

  it('given our own folder, others that hold nothing, and files of other programs, then there is none', async () => {
    const disk = createMemoryDisk();
    await leave(disk, 1, 5);
    await leave(disk, 2, 0);
    const emptied = await live(disk.boot(), '/store/app-3');
    appendAll(emptied, 0, 5);
    await emptied.store.flush();
    for (const { position } of await readAll(emptied)) emptied.store.lane('telemetry').acknowledge(position);
    await emptied.store.close(NEVER);
    await disk.boot().makeFolder('/store/backup/telemetry');
    const file = await disk.boot().open('/store/app-notes', 'create');
    await file.close();
    expect(await warnings(disk)).toEqual([]);
  });

  it.each(['list', 'open'] as const)(
    'given %s that fails there, then the store works, without it',
    async (call) => {
      const disk = createMemoryDisk();
      await leave(disk, 7, 3);
      const { store, told } = await live(disk.boot(), '/store/app-1');
      disk.failNext(call, 'EACCES', 100);
      await store.close(NEVER);
      expect(told.degraded).toEqual([]);
    },
  );
});
