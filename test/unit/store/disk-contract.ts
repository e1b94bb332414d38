/** What every `Disk` does: run on the machine's file system and on the disk in memory, so that the second is not kinder than the first. */
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Disk, DiskFile } from '../../../src/store/disk.js';

export interface DiskHarness {
  readonly disk: Disk;
  /** A new and empty folder of the test. */
  readonly folder: string;
  close(): Promise<void>;
}

/** One whose disk can be filled and made read-only. */
export interface SmallDiskHarness extends DiskHarness {
  /** Only the next test but one may write again. */
  fill(): Promise<void>;
  readOnly(on: boolean): Promise<void>;
}

const bytes = (text: string): Buffer => Buffer.from(text);

async function textOf(file: DiskFile): Promise<string> {
  const into = Buffer.alloc(await file.size());
  return into.subarray(0, await file.read(into, 0)).toString();
}

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'fine',
    (error: NodeJS.ErrnoException) => error.code ?? 'no code',
  );

export function diskContract(name: string, make: () => Promise<DiskHarness>): void {
  describe(`a disk: ${name}`, () => {
    let harness: DiskHarness;
    let disk: Disk;
    const at = (...names: string[]): string => path.join(harness.folder, ...names);
    const create = async (file: string, text: string): Promise<void> => {
      const made = await disk.open(at(file), 'create');
      await made.write(bytes(text), 0);
      await made.close();
    };
    const read = async (file: string): Promise<string> => {
      const found = await disk.open(at(file), 'read');
      const text = await textOf(found);
      await found.close();
      return text;
    };
    beforeEach(async () => {
      harness = await make();
      disk = harness.disk;
    });
    afterEach(() => harness.close());

    describe('folders', () => {
      it('given a folder with parents that are missing, then all are made; again it is fine', async () => {
        await disk.makeFolder(at('a', 'b', 'c'));
        await disk.makeFolder(at('a', 'b', 'c'));
        expect(await disk.list(at('a'))).toEqual(['b']);
        expect(await disk.list(at('a', 'b', 'c'))).toEqual([]);
      });

      it('given a file in the place of the folder, or above it, then it is EEXIST, or ENOTDIR', async () => {
        await create('file', 'x');
        expect(await codeOf(disk.makeFolder(at('file')))).toBe('EEXIST');
        expect(await codeOf(disk.makeFolder(at('file', 'under')))).toBe('ENOTDIR');
      });

      it('given files and folders, then list() has their names; given none of that name, then none; given a file, then ENOTDIR', async () => {
        await create('one', '');
        await disk.makeFolder(at('two'));
        expect((await disk.list(harness.folder)).toSorted()).toEqual(['one', 'two']);
        expect(await disk.list(at('nothing', 'at', 'all'))).toEqual([]);
        expect(await codeOf(disk.list(at('one')))).toBe('ENOTDIR');
      });

      it('given a folder, then it can be synced; given none, or a file, then ENOENT, or ENOTDIR', async () => {
        await create('file', '');
        await disk.syncFolder(harness.folder);
        expect(await codeOf(disk.syncFolder(at('nothing')))).toBe('ENOENT');
        expect(await codeOf(disk.syncFolder(at('file')))).toBe('ENOTDIR');
      });

      it('given a folder, then its facts have free bytes, and a local file system; given none, then ENOENT', async () => {
        const facts = await disk.facts(harness.folder);
        expect(facts.freeBytes).toBeGreaterThan(0);
        expect(facts.sort).toBe('local');
        expect(facts.name).not.toBe('');
        expect(await codeOf(disk.facts(at('nothing')))).toBe('ENOENT');
      });
    });

    describe('open', () => {
      it('given "create", then it is empty and can be written and read; where there is something, it is EEXIST', async () => {
        const file = await disk.open(at('file'), 'create');
        expect(await file.size()).toBe(0);
        await file.write(bytes('abc'), 0);
        expect(await textOf(file)).toBe('abc');
        await file.close();
        expect(await codeOf(disk.open(at('file'), 'create'))).toBe('EEXIST');
        await disk.makeFolder(at('folder'));
        expect(await codeOf(disk.open(at('folder'), 'create'))).toBe('EEXIST');
      });

      it('given "write", then what is there stays, and can be written and read', async () => {
        await create('file', 'abc');
        const file = await disk.open(at('file'), 'write');
        await file.write(bytes('X'), 1);
        expect(await textOf(file)).toBe('aXc');
        await file.close();
        expect(await read('file')).toBe('aXc');
      });

      it('given "read", then a write is EBADF, truncating EINVAL', async () => {
        await create('file', 'abc');
        const file = await disk.open(at('file'), 'read');
        expect(await codeOf(file.write(bytes('x'), 0))).toBe('EBADF');
        expect(await codeOf(file.truncate(1))).toBe('EINVAL');
        expect(await textOf(file)).toBe('abc');
        await file.close();
      });

      it.each(['read', 'write'] as const)(
        'given "%s" and nothing of that name, a folder, or a file above, then ENOENT, EISDIR, ENOTDIR',
        async (mode) => {
          await create('file', '');
          await disk.makeFolder(at('folder'));
          expect(await codeOf(disk.open(at('nothing'), mode))).toBe('ENOENT');
          expect(await codeOf(disk.open(at('no', 'folder'), mode))).toBe('ENOENT');
          expect(await codeOf(disk.open(at('folder'), mode))).toBe('EISDIR');
          expect(await codeOf(disk.open(at('file', 'under'), mode))).toBe('ENOTDIR');
        },
      );

      it('given "create" in a folder that is none, then ENOENT, or ENOTDIR', async () => {
        await create('file', '');
        expect(await codeOf(disk.open(at('no', 'file'), 'create'))).toBe('ENOENT');
        expect(await codeOf(disk.open(at('file', 'under'), 'create'))).toBe('ENOTDIR');
      });
    });

    describe('a file', () => {
      let file: DiskFile;
      beforeEach(async () => {
        file = await disk.open(at('file'), 'create');
      });
      afterEach(() => file.close());

      it('given a read across the end, or past it, then it has what there is', async () => {
        await file.write(bytes('abcdef'), 0);
        const into = Buffer.alloc(4, '.');
        expect(await file.read(into, 4)).toBe(2);
        expect(into.toString()).toBe('ef..');
        expect(await file.read(into, 6)).toBe(0);
        expect(await file.read(into, 1000)).toBe(0);
        expect(await file.read(Buffer.alloc(0), 0)).toBe(0);
      });

      it('given writes at the end, over it, and beyond it, then the file grows; what nobody wrote is zeros', async () => {
        await file.write(bytes('abc'), 0);
        await file.write(bytes('def'), 3);
        await file.write(bytes('EFG'), 4);
        expect(await textOf(file)).toBe('abcdEFG');
        await file.write(bytes('z'), 9);
        expect(await textOf(file)).toBe('abcdEFG\0\0z');
        await file.write(Buffer.alloc(0), 20);
        expect(await file.size()).toBe(10);
      });

      it('given a part of a larger buffer, then only that is written and read', async () => {
        const whole = bytes('0123456789');
        await file.write(whole.subarray(3, 6), 0);
        expect(await textOf(file)).toBe('345');
        const into = Buffer.alloc(5, '.');
        await file.read(into.subarray(1, 3), 1);
        expect(into.toString()).toBe('.45..');
      });

      it('given a buffer that changes after the write is done, then the file does not', async () => {
        const own = bytes('abc');
        await file.write(own, 0);
        own.fill('X');
        expect(await textOf(file)).toBe('abc');
      });

      it('given a truncation, shorter or longer, then so it is; what comes back is zeros', async () => {
        await file.write(bytes('abcdef'), 0);
        await file.truncate(2);
        expect(await textOf(file)).toBe('ab');
        await file.truncate(4);
        expect(await textOf(file)).toBe('ab\0\0');
      });

      it('given 9 MiB in one write, then all of it is there', async () => {
        const large = Buffer.alloc(9 * 1024 * 1024, 'ab');
        await file.write(large, 5);
        await file.datasync();
        const into = Buffer.alloc(large.length + 10);
        expect(await file.read(into, 5)).toBe(large.length);
        expect(into.subarray(0, large.length).equals(large)).toBe(true);
      });

      it('given calls that nobody waits for, then they are done in order', async () => {
        const done: string[] = [];
        const calls = [
          file.write(bytes('aaaa'), 0).then(() => done.push('write')),
          file.truncate(2).then(() => done.push('truncate')),
          file.write(bytes('b'), 2).then(() => done.push('write again')),
          file.datasync().then(() => done.push('sync')),
          disk.rename(at('file'), at('renamed')).then(() => done.push('rename')),
          disk.list(harness.folder).then((names) => done.push(names.join())),
        ];
        await Promise.all(calls);
        expect(done).toEqual(['write', 'truncate', 'write again', 'sync', 'rename', 'renamed']);
        expect(await textOf(file)).toBe('aab');
      });

      it('given two who have it open, then each sees what the other writes', async () => {
        const other = await disk.open(at('file'), 'write');
        await file.write(bytes('abc'), 0);
        await other.write(bytes('X'), 0);
        expect(await textOf(file)).toBe('Xbc');
        await other.close();
      });

      it('given a file that is closed, then every call is EBADF, and closing it again is fine', async () => {
        await file.close();
        await file.close();
        const codes = [
          file.read(Buffer.alloc(1), 0),
          file.write(bytes('x'), 0),
          file.datasync(),
          file.truncate(0),
          file.size(),
        ].map(codeOf);
        expect(await Promise.all(codes)).toEqual(codes.map(() => 'EBADF'));
      });

      it('given a file that was removed while it is open, then it works on, but a sync is ENOENT', async () => {
        await file.write(bytes('abc'), 0);
        await file.datasync();
        await disk.remove(at('file'));
        await file.write(bytes('X'), 1);
        expect(await textOf(file)).toBe('aXc');
        expect(await codeOf(file.datasync())).toBe('ENOENT');
        expect(await disk.list(harness.folder)).toEqual([]);
      });

      it('given a file that was renamed, or replaced by another one, while it is open', async () => {
        await file.write(bytes('abc'), 0);
        await disk.rename(at('file'), at('renamed'));
        await file.datasync();
        await create('other', 'other');
        await disk.rename(at('other'), at('renamed'));
        expect(await codeOf(file.datasync())).toBe('ENOENT');
        expect(await textOf(file)).toBe('abc');
        expect(await read('renamed')).toBe('other');
      });
    });

    describe('names', () => {
      it('given a file, then it can be removed; given none, it is fine; given a folder, EISDIR; given a file above, ENOTDIR', async () => {
        await create('file', '');
        await disk.makeFolder(at('folder'));
        expect(await codeOf(disk.remove(at('file', 'under')))).toBe('ENOTDIR');
        await disk.remove(at('file'));
        await disk.remove(at('file'));
        await disk.remove(at('no', 'folder'));
        expect(await codeOf(disk.remove(at('folder')))).toBe('EISDIR');
        expect(await disk.list(harness.folder)).toEqual(['folder']);
      });

      it('given a new name, also in another folder, then the file has it, and not the old one', async () => {
        await create('file', 'abc');
        await disk.makeFolder(at('folder'));
        await disk.rename(at('file'), at('folder', 'moved'));
        expect(await disk.list(harness.folder)).toEqual(['folder']);
        expect(await read('folder/moved')).toBe('abc');
        await disk.rename(at('folder'), at('other'));
        expect(await read('other/moved')).toBe('abc');
      });

      it('given a name that another file has, then that one is replaced; its own name, then nothing happens', async () => {
        await create('one', 'first');
        await create('two', 'second');
        await disk.rename(at('one'), at('two'));
        await disk.rename(at('two'), at('two'));
        expect(await disk.list(harness.folder)).toEqual(['two']);
        expect(await read('two')).toBe('first');
      });

      it('given nothing to rename, a folder at the new name, or a file for a folder, then ENOENT, EISDIR, ENOTDIR', async () => {
        await create('file', '');
        await disk.makeFolder(at('folder', 'full'));
        await disk.makeFolder(at('other'));
        expect(await codeOf(disk.rename(at('nothing'), at('new')))).toBe('ENOENT');
        expect(await codeOf(disk.rename(at('file'), at('no', 'new')))).toBe('ENOENT');
        expect(await codeOf(disk.rename(at('file'), at('folder')))).toBe('EISDIR');
        expect(await codeOf(disk.rename(at('folder'), at('file')))).toBe('ENOTDIR');
        expect(await codeOf(disk.rename(at('other'), at('folder')))).toBe('ENOTEMPTY');
      });
    });

    describe('lock', () => {
      it('given a lock, then nobody else gets it until it is released, and then the next one', async () => {
        for (let n = 0; n < 3; n += 1) {
          const lock = await disk.lock(harness.folder);
          expect(lock?.sure).toBe(true);
          expect(await disk.lock(harness.folder)).toBeNull();
          await lock!.release();
          await lock!.release();
        }
      });

      it('given two folders, then each has a lock of its own', async () => {
        await disk.makeFolder(at('a'));
        await disk.makeFolder(at('b'));
        const locks = [await disk.lock(at('a')), await disk.lock(at('b'))];
        expect(locks).not.toContain(null);
        for (const lock of locks) await lock!.release();
      });

      it('given several at once, then one gets it', async () => {
        const locks = await Promise.all(Array.from({ length: 8 }, () => disk.lock(harness.folder)));
        const won = locks.filter((lock) => lock !== null);
        expect(won).toHaveLength(1);
        await won[0]!.release();
      });

      it('given no such folder, or a file, then ENOENT, or ENOTDIR', async () => {
        await create('file', '');
        expect(await codeOf(disk.lock(at('nothing')))).toBe('ENOENT');
        expect(await codeOf(disk.lock(at('file')))).toBe('ENOTDIR');
      });
    });
  });
}

/** @param why it cannot be run here; `null`: it can */
export function smallDiskContract(
  name: string,
  why: string | null,
  make: () => Promise<SmallDiskHarness>,
): void {
  const title = `a disk that is full, or read-only: ${name}`;
  describe.skipIf(why !== null)(why === null ? title : `${title} (skipped: ${why})`, () => {
    let harness: SmallDiskHarness;
    let disk: Disk;
    let file: DiskFile;
    const at = (...names: string[]): string => path.join(harness.folder, ...names);
    beforeEach(async () => {
      harness = await make();
      disk = harness.disk;
      file = await disk.open(at('file'), 'create');
      await file.write(Buffer.alloc(100_000, 'a'), 0);
      await file.datasync();
      await disk.syncFolder(harness.folder);
    });
    afterEach(async () => {
      await file.close();
      await harness.close();
    });

    it('given a full disk, then growing is ENOSPC, and overwriting, creating, renaming, locking and removing work', async () => {
      await harness.fill();
      expect((await disk.facts(harness.folder)).freeBytes).toBeLessThan(8192);
      expect(await codeOf(file.write(Buffer.alloc(1_000_000), 100_000))).toBe('ENOSPC');
      await file.write(Buffer.alloc(100_000, 'b'), 0);
      await file.datasync();
      const empty = await disk.open(at('empty'), 'create');
      expect(await codeOf(empty.write(Buffer.alloc(100_000), 0))).toBe('ENOSPC');
      expect(await empty.size()).toBeLessThan(100_000);
      await empty.close();
      await disk.rename(at('empty'), at('renamed'));
      await disk.syncFolder(harness.folder);
      const lock = await disk.lock(harness.folder);
      expect(lock).not.toBeNull();
      await lock!.release();
      await disk.remove(at('renamed'));
    });

    it('given a full disk and a hole, then writing there is ENOSPC', async () => {
      await file.truncate(4_000_000);
      await harness.fill();
      expect(await codeOf(file.write(Buffer.alloc(50_000), 2_000_000))).toBe('ENOSPC');
    });

    it('given a full disk, then removing a file gives its room', async () => {
      await harness.fill();
      await file.close();
      await disk.remove(at('file'));
      await disk.syncFolder(harness.folder);
      file = await disk.open(at('file'), 'create');
      await file.write(Buffer.alloc(60_000), 0);
    });

    it('given a disk that is read-only, then what changes it is EROFS, and the rest works', async () => {
      await disk.makeFolder(at('folder'));
      await file.close();
      await harness.readOnly(true);
      const codes = {
        create: await codeOf(disk.open(at('new'), 'create')),
        'create what is there': await codeOf(disk.open(at('file'), 'create')),
        write: await codeOf(disk.open(at('file'), 'write')),
        remove: await codeOf(disk.remove(at('file'))),
        'remove nothing': await codeOf(disk.remove(at('nothing'))),
        rename: await codeOf(disk.rename(at('file'), at('new'))),
        makeFolder: await codeOf(disk.makeFolder(at('more'))),
        'makeFolder that is there': await codeOf(disk.makeFolder(at('folder'))),
        lock: await codeOf(disk.lock(harness.folder)),
        list: await codeOf(disk.list(harness.folder)),
        facts: await codeOf(disk.facts(harness.folder)),
        syncFolder: await codeOf(disk.syncFolder(harness.folder)),
      };
      file = await disk.open(at('file'), 'read');
      expect(await file.size()).toBe(100_000);
      expect(codes).toEqual({
        create: 'EROFS',
        'create what is there': 'EEXIST',
        write: 'EROFS',
        remove: 'EROFS',
        'remove nothing': 'EROFS',
        rename: 'EROFS',
        makeFolder: 'EROFS',
        'makeFolder that is there': 'fine',
        lock: 'EROFS',
        list: 'fine',
        facts: 'fine',
        syncFolder: 'fine',
      });
      await file.close();
      await harness.readOnly(false);
    });
  });
}
