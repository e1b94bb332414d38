import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Disk, DiskFile } from '../../../src/store/disk.js';
import { createMemoryDisk, type MemoryDisk } from '../../../src/testing/memory-disk.js';

const FOLDER = '/store/app-1';
const AT = `${FOLDER}/a.seg`;
const bytes = (text: string): Buffer => Buffer.from(text);
const textOf = (disk: MemoryDisk, at = AT): string | undefined => {
  const found = disk.files.get(at);
  return found === undefined ? undefined : Buffer.from(found).toString();
};

/** All that can happen without time has happened. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function outcomeOf(promise: Promise<unknown>): Promise<string> {
  let outcome = 'pending';
  promise.then(
    () => (outcome = 'resolved'),
    (error: NodeJS.ErrnoException) => (outcome = error.code ?? 'rejected'),
  );
  await settled();
  return outcome;
}

async function fileOn(disk: Disk, text: string, at = AT): Promise<DiskFile> {
  await disk.makeFolder(FOLDER);
  const file = await disk.open(at, 'create');
  await file.write(bytes(text), 0);
  return file;
}

async function durableFile(disk: Disk, text: string): Promise<DiskFile> {
  const file = await fileOn(disk, text);
  await file.datasync();
  await disk.syncFolder(FOLDER);
  return file;
}

describe('a power cut on the disk in memory', () => {
  it('given contents and a name that were synced, then they are there', async () => {
    const disk = createMemoryDisk();
    await durableFile(disk, 'synced');
    disk.crash();
    expect(textOf(disk)).toBe('synced');
    expect(await disk.list(FOLDER)).toEqual(['a.seg']);
  });

  it('given synced contents under a name that was not, then the file is gone', async () => {
    const disk = createMemoryDisk();
    const file = await fileOn(disk, 'synced');
    await file.datasync();
    disk.crash();
    expect(await disk.list(FOLDER)).toEqual([]);
  });

  it('given a name that was synced, and contents that were not, then the file is empty', async () => {
    const disk = createMemoryDisk();
    await fileOn(disk, 'not synced');
    await disk.syncFolder(FOLDER);
    disk.crash();
    expect(textOf(disk)).toBe('');
  });

  it('given a write, a truncation, a removal and a new name after the last sync, then none of it has happened', async () => {
    const disk = createMemoryDisk();
    const file = await durableFile(disk, 'as it was');
    await file.write(bytes('XX'), 0);
    await file.truncate(3);
    await disk.rename(AT, `${FOLDER}/b.seg`);
    await disk.remove(`${FOLDER}/b.seg`);
    disk.crash();
    expect([...disk.files.keys()]).toEqual([AT]);
    expect(textOf(disk)).toBe('as it was');
  });

  it('given the end of the process only, then what was written is there, and a power cut after it drops what was not synced', async () => {
    const disk = createMemoryDisk();
    const file = await durableFile(disk, 'synced');
    await file.write(bytes('written'), 0);
    disk.kill();
    expect(textOf(disk)).toBe('written');
    disk.crash();
    expect(textOf(disk)).toBe('synced');
  });

  it('given calls under way, calls by handles, and calls by the disk of the former life, then none ever settles', async () => {
    const disk = createMemoryDisk();
    const former = disk.boot();
    const file = await durableFile(former, 'x');
    const lock = await former.lock(FOLDER);
    const write = file.write(bytes('late'), 0);
    disk.crash();
    const calls = [
      write,
      file.read(Buffer.alloc(1), 0),
      file.datasync(),
      file.close(),
      former.list(FOLDER),
      former.remove(AT),
      former.open(AT, 'read'),
      former.lock(FOLDER),
      lock!.release(),
    ];
    expect(await Promise.all(calls.map(outcomeOf))).toEqual(calls.map(() => 'pending'));
    expect(textOf(disk)).toBe('x');
  });

  it('given a power cut at any moment of a sync, then what was told to be synced is there', async () => {
    const seen = new Set<string>();
    for (let turns = 0; turns < 20; turns += 1) {
      const disk = createMemoryDisk();
      const file = await durableFile(disk, 'old');
      let told = false;
      const work = file.write(bytes('new'), 0).then(() => file.datasync());
      void work.then(() => (told = true));
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      disk.crash();
      await settled();
      seen.add(`${told} ${textOf(disk)}`);
    }
    expect([...seen].toSorted()).toEqual(['false new', 'false old', 'true new']);
  });

  it('given a lock of the former life, then the next life gets the folder', async () => {
    const disk = createMemoryDisk();
    await disk.makeFolder(FOLDER);
    expect(await disk.lock(FOLDER)).not.toBeNull();
    expect(await disk.lock(FOLDER)).toBeNull();
    disk.kill();
    expect(await disk.lock(FOLDER)).not.toBeNull();
  });

  it('given a seed, then of what was not synced some is there, by pages; what was synced is there always', async () => {
    const seen = new Set<string>();
    const was = Buffer.alloc(16_384, 'a');
    for (let seed = 0; seed < 40; seed += 1) {
      const disk = createMemoryDisk();
      const file = await durableFile(disk, was.toString());
      await file.write(Buffer.alloc(16_384, 'b'), 0);
      await (await fileOn(disk, 'other', `${FOLDER}/b.seg`)).datasync();
      disk.crash({ seed });
      const now = textOf(disk)!;
      const pages = [0, 1, 2, 3].map((page) => new Set(now.slice(page * 4096, page * 4096 + 4096)));
      expect(pages.every(({ size }) => size === 1)).toBe(true);
      seen.add(pages.map((page) => [...page].join('')).join(''));
      seen.add(`b.seg ${textOf(disk, `${FOLDER}/b.seg`) ?? 'gone'}`);
    }
    expect(seen).toContain('b.seg gone');
    expect(seen).toContain('b.seg other');
    expect(seen.size).toBeGreaterThan(10);
  });

  it('given a seed and a rename that was not synced, then the file has the old name or the new one, never none or both', async () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 20; seed += 1) {
      const disk = createMemoryDisk();
      await durableFile(disk, 'x');
      await disk.makeFolder('/store/aside');
      await disk.rename(AT, '/store/aside/a.seg');
      disk.crash({ seed });
      expect(disk.files.size).toBe(1);
      seen.add([...disk.files.keys()].join());
    }
    expect(seen.size).toBe(2);
  });
});

describe('trouble on the disk in memory', () => {
  it('given a full disk, then a write beyond what is there fails, after as much as fits; overwriting works, removing gives room', async () => {
    const disk = createMemoryDisk();
    const file = await durableFile(disk, 'x'.repeat(8192));
    disk.full(4096);
    expect((await disk.facts(FOLDER)).freeBytes).toBe(4096);
    await file.write(bytes('overwritten'), 0);
    const more = await disk.open(`${FOLDER}/b.seg`, 'create');
    expect(await outcomeOf(more.write(Buffer.alloc(10_000, 'y'), 0))).toBe('ENOSPC');
    expect(await more.size()).toBe(4096);
    expect(await outcomeOf(more.write(Buffer.alloc(1), 4096))).toBe('ENOSPC');
    await disk.remove(AT);
    expect(await outcomeOf(more.write(Buffer.alloc(1), 4096))).toBe('ENOSPC');
    await file.close();
    await more.write(Buffer.alloc(8192), 4096);
    disk.full(false);
    await more.write(Buffer.alloc(1_000_000), 0);
  });

  it('given a hole in a file, then it has no room of its own', async () => {
    const disk = createMemoryDisk();
    const file = await fileOn(disk, '');
    await file.truncate(100_000);
    disk.full();
    expect(await outcomeOf(file.write(bytes('x'), 50_000))).toBe('ENOSPC');
  });

  it('given a disk that is read-only, then what changes it fails, what reads it works', async () => {
    const disk = createMemoryDisk();
    const file = await durableFile(disk, 'x');
    disk.readOnly(true);
    const refused = [
      file.write(bytes('y'), 0),
      file.truncate(0),
      disk.remove(AT),
      disk.rename(AT, `${AT}2`),
      disk.open(`${FOLDER}/b.seg`, 'create'),
      disk.open(AT, 'write'),
      disk.makeFolder('/store/app-2'),
      disk.lock(FOLDER),
    ];
    expect(await Promise.all(refused.map(outcomeOf))).toEqual(refused.map(() => 'EROFS'));
    await disk.makeFolder(FOLDER);
    expect(await (await disk.open(AT, 'read')).read(Buffer.alloc(2), 0)).toBe(1);
    disk.readOnly(false);
    await file.write(bytes('y'), 0);
  });

  it('given a sync that failed, then all can be read, but a part of it never comes to the disk', async () => {
    const disk = createMemoryDisk();
    const file = await durableFile(disk, 'o'.repeat(12_288));
    await file.write(Buffer.alloc(12_288, 'n'), 0);
    disk.failNext('datasync', 'EIO');
    expect(await outcomeOf(file.datasync())).toBe('EIO');
    expect(textOf(disk)).toBe('n'.repeat(12_288));
    await file.write(bytes('end'), 12_288);
    await file.datasync();
    disk.crash();
    expect(textOf(disk)).toBe(`${'o'.repeat(4096)}${'n'.repeat(4096)}${'o'.repeat(4096)}end`);
  });

  it('given calls that are to fail, then so many fail, with that code; a write has written a part', async () => {
    const disk = createMemoryDisk();
    const file = await fileOn(disk, '');
    disk.failNext('write', 'EIO', 2);
    expect(await outcomeOf(file.write(bytes('abcd'), 0))).toBe('EIO');
    expect(textOf(disk)).toBe('ab');
    expect(await outcomeOf(file.write(bytes('abcd'), 0))).toBe('EIO');
    expect(await outcomeOf(file.write(bytes('abcd'), 0))).toBe('resolved');
    disk.failNext('open', 'EMFILE');
    expect(await outcomeOf(disk.open(AT, 'read'))).toBe('EMFILE');
  });

  it('given a disk that hangs, then calls wait, in order, until it goes on, or a power cut', async () => {
    const disk = createMemoryDisk();
    const file = await durableFile(disk, 'x');
    disk.hang(true);
    const sync = file.datasync();
    expect(await outcomeOf(sync)).toBe('pending');
    disk.hang(false);
    await sync;
    disk.hang(true);
    const never = file.datasync();
    disk.crash();
    expect(await outcomeOf(never)).toBe('pending');
    expect(await disk.list(FOLDER)).toEqual(['a.seg']);
  });

  it('given a folder that somebody deletes, then a sync of a file that was in it fails', async () => {
    const disk = createMemoryDisk();
    const file = await durableFile(disk, 'x');
    disk.deleteFolder(FOLDER);
    await file.write(bytes('y'), 0);
    expect(await outcomeOf(file.datasync())).toBe('ENOENT');
    expect(await outcomeOf(disk.syncFolder(FOLDER))).toBe('ENOENT');
    expect(await disk.list(FOLDER)).toEqual([]);
  });
});

describe('damage on the disk in memory', () => {
  it('given a file, a sort and a place, then that is damaged, also after a power cut', async () => {
    const disk = createMemoryDisk();
    await durableFile(disk, 'abcdef');
    expect(disk.damage({ file: '.seg', sort: 'zero', at: 2, length: 2 })).toEqual({
      file: AT,
      sort: 'zero',
      at: 2,
    });
    expect(textOf(disk)).toBe('ab\0\0ef');
    disk.damage({ sort: 'truncate', at: 5 });
    disk.crash();
    expect(textOf(disk)).toBe('ab\0\0e');
  });

  it('given a flip, then one bit differs; the same seed does the same', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (seed) => {
        const [one, two] = [createMemoryDisk(), createMemoryDisk()];
        for (const disk of [one, two]) await durableFile(disk, 'abcdef');
        const was = one.files.get(AT)!;
        const damage = one.damage({ sort: 'flip', seed });
        expect(two.damage({ sort: 'flip', seed })).toEqual(damage);
        const now = one.files.get(AT)!;
        expect(two.files.get(AT)).toEqual(now);
        const bits = was.reduce((sum, byte, at) => sum + countBits(byte ^ now[at]!), 0);
        expect(bits).toBe(1);
      }),
    );
  });

  it('given no file of that name, or empty ones only, then there is no damage', async () => {
    const disk = createMemoryDisk();
    await fileOn(disk, '');
    expect(disk.damage()).toBeNull();
    expect(disk.damage({ file: 'other' })).toBeNull();
  });
});

function countBits(byte: number): number {
  return byte.toString(2).replaceAll('0', '').length;
}
