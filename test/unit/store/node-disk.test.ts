import { createHook, type AsyncHook } from 'node:async_hooks';
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inTurn } from '../../../src/store/file-calls.js';
import { fileSystemKind } from '../../../src/store/file-system.js';
import { NodeDisk } from '../../../src/store/node-disk.js';

describe('the disk of the machine', () => {
  const disk = new NodeDisk();
  let folder: string;
  const at = (...names: string[]): string => path.join(folder, ...names);
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'northward-disk-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it.skipIf(process.platform === 'win32')(
    'given folders and files that it makes, then they are for their owner alone; what is there stays as it is',
    async () => {
      const mode = async (...names: string[]): Promise<string> =>
        ((await stat(at(...names))).mode & 0o777).toString(8);
      await disk.makeFolder(at('a', 'b'));
      await (await disk.open(at('a', 'file'), 'create')).close();
      expect([await mode('a'), await mode('a', 'b'), await mode('a', 'file')]).toEqual(['700', '700', '600']);
      await chmod(at('a'), 0o755);
      await disk.makeFolder(at('a'));
      expect(await mode('a')).toBe('755');
    },
  );

  it('given many who make the same folder at once, then all are fine', async () => {
    await Promise.all(Array.from({ length: 10 }, () => new NodeDisk().makeFolder(at('a', 'b', 'c'))));
    expect(await disk.list(at('a', 'b'))).toEqual(['c']);
  });

  it.skipIf(process.platform === 'win32')(
    'given a symbolic link to a folder, then it is that folder; one that leads nowhere is EEXIST',
    async () => {
      await disk.makeFolder(at('real'));
      await symlink(at('real'), at('link'));
      await symlink(at('nowhere'), at('broken'));
      await disk.makeFolder(at('link', 'more'));
      expect(await disk.list(at('real'))).toEqual(['more']);
      await expect(disk.makeFolder(at('broken'))).rejects.toMatchObject({ code: 'EEXIST' });
    },
  );

  it.skipIf(process.platform === 'win32')(
    'given a pipe in the place of a file, then it is refused, and the queue goes on',
    async () => {
      await promisify(execFile)('mkfifo', [at('pipe')]);
      await expect(disk.open(at('pipe'), 'read')).rejects.toMatchObject({ code: 'EINVAL' });
      await expect(disk.open(at('pipe'), 'write')).rejects.toMatchObject({ code: 'EINVAL' });
      expect(await disk.list(folder)).toEqual(['pipe']);
    },
  );

  it('given many calls of several disks at once, then one file call of all is under way at a time', async () => {
    const watch = watchFileCalls();
    try {
      await Promise.all(
        ['one', 'two', 'three'].map(async (name) => {
          const own = new NodeDisk();
          await own.makeFolder(at(name));
          const file = await own.open(at(name, 'file'), 'create');
          const writes = [0, 1, 2].map((n) => file.write(Buffer.alloc(10_000, 'x'), n * 10_000));
          const others = [
            own.list(folder),
            own.facts(folder),
            own.syncFolder(at(name)),
            file.read(Buffer.alloc(10), 0),
          ];
          await Promise.all([...writes, ...others, file.datasync(), file.truncate(5), file.size()]);
          const lock = await own.lock(at(name));
          await lock!.release();
          await Promise.all([
            file.close(),
            own.rename(at(name, 'file'), at(name, 'b')),
            own.remove(at(name, 'b')),
          ]);
        }),
      );
    } finally {
      watch.hook.disable();
    }
    expect(watch.calls).toBeGreaterThan(50);
    expect(watch.most).toBe(1);
  });
});

/** How many calls of the file system there were, and how many at a time at most. */
function watchFileCalls(): { readonly hook: AsyncHook; calls: number; most: number } {
  const underWay = new Set<number>();
  const seen = { calls: 0, most: 0 };
  const hook = createHook({
    init: (id, type) => {
      if (!type.startsWith('FSREQ')) return;
      underWay.add(id);
      seen.calls += 1;
      seen.most = Math.max(seen.most, underWay.size);
    },
    before: (id) => underWay.delete(id),
  }).enable();
  return Object.assign(seen, { hook });
}

describe('the queue of file calls', () => {
  it('given work that fails, then its caller hears of it, and what waits is done, one after another, in order', async () => {
    const log: string[] = [];
    let active = 0;
    const work = (name: string) => (): Promise<string> => {
      active += 1;
      log.push(`${name} ${active}`);
      return new Promise((resolve, reject) => {
        setImmediate(() => {
          active -= 1;
          if (name === 'b') reject(new Error(name));
          else resolve(name);
        });
      });
    };
    const results = await Promise.allSettled(['a', 'b', 'c'].map((name) => inTurn(work(name))));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(log).toEqual(['a 1', 'b 1', 'c 1']);
  });
});

describe('the sort of a file system', () => {
  it.each([
    [0x6969, 'network', 'nfs'],
    [-11317950, 'network', 'cifs'],
    [0xff534d42, 'network', 'cifs'],
    [0xfe534d42, 'network', 'smb2'],
    [0x01021997, 'network', '9p'],
    [0x00c36400, 'network', 'ceph'],
    [0x0bd00bd0, 'network', 'lustre'],
    [0x01161970, 'network', 'gfs2'],
    [0x5346414f, 'network', 'afs'],
    [0x65735546, 'unknown', 'fuse'],
    [0xef53, 'local', 'ext4'],
    [0x794c7630, 'local', 'overlayfs'],
    [0x12345, 'local', '0x12345'],
  ])('given the number %d in Linux, then it is %s, %s', (type, sort, name) => {
    expect(fileSystemKind(type, '/data', 'linux')).toEqual({ sort, name });
  });

  it.each([
    [String.raw`\\server\share\data`, 'network'],
    ['//server/share', 'network'],
    [String.raw`\\?\UNC\server\share`, 'network'],
    [String.raw`\\?\C:\data`, 'local'],
    [String.raw`C:\data`, 'local'],
  ])('given the path %s in Windows, then it is %s', (at, sort) => {
    expect(fileSystemKind(0, at, 'win32').sort).toBe(sort);
  });

  it('given macOS, then apfs is local, and what is not known cannot be told', () => {
    expect(fileSystemKind(26, '/data', 'darwin').sort).toBe('local');
    expect(fileSystemKind(0x6969, '/data', 'darwin').sort).toBe('unknown');
  });
});
