import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { writeFromSource } from '../../../scripts/lib/bundle.mjs';
import { root } from '../../support/doc-pages.js';
import { lockFolder, type LockWays } from '../../../src/store/folder-lock.js';

const CHILD = new URL('../../support/lock-child.mjs', import.meta.url);
const linux = process.platform === 'linux';

/** Each alone must be enough. */
const WAYS: readonly (readonly [string, LockWays])[] = [
  ['sockets in the folder and names of the kernel', { abstract: linux, socket: true }],
  ['sockets in the folder', { abstract: false, socket: true }],
  ...(linux ? [['names of the kernel', { abstract: true, socket: false }] as const] : []),
];
const PID_ONLY: LockWays = { abstract: false, socket: false };

let modules: string;
beforeAll(async () => {
  await mkdir(path.join(root, '.tmp'), { recursive: true });
  modules = await mkdtemp(path.join(root, '.tmp/lock-'));
  await writeFromSource({ 'folder-lock': 'store/folder-lock.ts' }, modules);
});
afterAll(async () => {
  await rm(modules, { recursive: true, force: true });
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'northward-lock-'));
});
const children = new Set<ChildProcess>();
afterEach(async () => {
  await Promise.all([...children].map((child) => kill(child)));
  await rm(folder, { recursive: true });
});

async function start(ways: LockWays): Promise<ChildProcess> {
  const child = fork(CHILD, [
    folder,
    JSON.stringify(ways),
    pathToFileURL(path.join(modules, 'folder-lock.mjs')).href,
  ]);
  children.add(child);
  child.once('exit', () => children.delete(child));
  await once(child, 'message');
  return child;
}

/** @returns whether it is the owner now */
async function ask(child: ChildProcess, message: 'lock' | 'release' = 'lock'): Promise<boolean> {
  const answer = once(child, 'message');
  child.send(message);
  const [{ owner, error }] = (await answer) as [{ owner?: boolean; error?: string }];
  if (error !== undefined) throw new Error(error);
  return owner === true;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

describe.skipIf(process.platform === 'win32').each(WAYS)('a lock that rests on %s', (_, ways) => {
  it('given two processes, then one has it; when that is killed, or releases it, the other one gets it', async () => {
    const [one, two] = [await start(ways), await start(ways)];
    expect([await ask(one), await ask(two)]).toEqual([true, false]);
    await kill(one);
    expect(await ask(two)).toBe(true);
    const three = await start(ways);
    expect(await ask(three)).toBe(false);
    await ask(two, 'release');
    expect(await ask(three)).toBe(true);
  });

  it('given 12 processes at once on the lock of a dead one, again and again, then one has it each time', async () => {
    const all = await Promise.all(Array.from({ length: 12 }, () => start(ways)));
    expect(await ask(all[0]!)).toBe(true);
    let owner = 0;
    // The kernel's own names leave no race to be won.
    for (let round = ways.abstract ? 6 : 0; round < 8; round += 1) {
      await kill(all[owner]!);
      all[owner] = await start(ways);
      const won = await Promise.all(all.map((child) => ask(child)));
      expect(won.filter(Boolean)).toHaveLength(1);
      owner = won.indexOf(true);
    }
    expect((await readdir(folder)).filter((name) => name !== 'lock.sock')).toEqual([]);
  });

  it('given a process that does not respond, then it is the owner all the same', async () => {
    const [one, two] = [await start(ways), await start(ways)];
    expect(await ask(one)).toBe(true);
    one.kill('SIGSTOP');
    for (let n = 0; n < 3; n += 1) expect(await ask(two)).toBe(false);
  });

  it('given a process that has nothing to do but to own the folder, then it ends', async () => {
    const child = await start(ways);
    expect(await ask(child)).toBe(true);
    child.send('let go');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('given two apps of one process on one folder, by whatever path, then the second one does not get it', async () => {
    const lock = await lockFolder(folder, ways);
    await symlink(folder, `${folder}-link`);
    try {
      expect(lock?.sure).toBe(true);
      expect(await lockFolder(folder, ways)).toBeNull();
      expect(await lockFolder(`${folder}-link`, ways)).toBeNull();
      await lock!.release();
      const again = await lockFolder(`${folder}-link`, ways);
      expect(again).not.toBeNull();
      expect(await lockFolder(folder, ways)).toBeNull();
      await again!.release();
      await lock!.release();
      expect(await readdir(folder)).toEqual([]);
    } finally {
      await rm(`${folder}-link`);
    }
  });

  it('given a path that is far too long for a socket, then it works all the same, and the name is whole', async () => {
    const long = path.join(folder, 'x'.repeat(120), 'y'.repeat(120));
    await mkdir(long, { recursive: true });
    const lock = await lockFolder(long, ways);
    expect(lock?.sure).toBe(true);
    expect(await lockFolder(long, ways)).toBeNull();
    expect(await readdir(long)).toEqual(ways.socket ? ['lock.sock'] : []);
    expect(await readdir(path.dirname(long))).toEqual(['y'.repeat(120)]);
    await lock!.release();
    expect(await readdir(long)).toEqual([]);
  });
});

describe.skipIf(process.platform === 'win32')('the lock of a folder', () => {
  const ways: LockWays = { abstract: false, socket: true };

  it('given a file that is no socket in its place, and names that killed processes left, then all are cleared away', async () => {
    await writeFile(path.join(folder, 'lock.sock'), 'garbage');
    await writeFile(path.join(folder, 'lock.abcdefgh'), '');
    await writeFile(path.join(folder, 'lock.other'), '');
    const lock = await lockFolder(folder, ways);
    expect(lock).not.toBeNull();
    expect((await readdir(folder)).toSorted()).toEqual(['lock.other', 'lock.sock']);
    expect((await stat(path.join(folder, 'lock.sock'))).mode & 0o777).toBe(0o600);
    await lock!.release();
  });

  it('given a folder in its place, then it rejects', async () => {
    await mkdir(path.join(folder, 'lock.sock'));
    await expect(lockFolder(folder, ways)).rejects.toMatchObject({ code: 'EISDIR' });
    expect(await readdir(folder)).toEqual(['lock.sock']);
  });

  it('given an owner whose folder was deleted and made again, then its release does not take the lock of the next one', async () => {
    const one = await lockFolder(folder, ways);
    await rm(folder, { recursive: true });
    await mkdir(folder);
    const two = await lockFolder(folder, ways);
    expect(two).not.toBeNull();
    await one!.release();
    expect(await lockFolder(folder, ways)).toBeNull();
    await two!.release();
  });
});

describe('a lock that rests on a pid', () => {
  const file = (): string => path.join(folder, 'lock.pid');

  it('given nobody, then we have it, and it says that it is not sure; a second app of the process does not get it', async () => {
    const lock = await lockFolder(folder, PID_ONLY);
    expect(lock?.sure).toBe(false);
    expect(await lockFolder(folder, PID_ONLY)).toBeNull();
    await lock!.release();
    expect(await readdir(folder)).toEqual([]);
    await (await lockFolder(folder, PID_ONLY))!.release();
  });

  it('given a process that lives, then nobody else gets it; when it was killed, the next one does', async () => {
    const child = await start(PID_ONLY);
    expect(await ask(child)).toBe(true);
    expect(await lockFolder(folder, PID_ONLY)).toBeNull();
    await kill(child);
    await (await lockFolder(folder, PID_ONLY))!.release();
  });

  it.each([
    ['of a former boot', (owner: object) => ({ ...owner, pid: process.ppid, boot: 'of yesterday' })],
    ['of a former process with our pid', (owner: object) => ({ ...owner, token: 'another' })],
    ['of a process that is gone', (owner: object) => ({ ...owner, pid: 2 ** 30 })],
    ['without a pid', () => ({ pid: -1 })],
    ['that is none', () => null],
  ])('given an owner %s, then it is dead', async (_, change) => {
    const lock = await lockFolder(folder, PID_ONLY);
    const owner = JSON.parse(await readFile(file(), 'utf8')) as object;
    await lock!.release();
    await writeFile(file(), JSON.stringify(change(owner)));
    const next = await lockFolder(folder, PID_ONLY);
    expect(next).not.toBeNull();
    await next!.release();
  });

  it('given an owner that lives in this boot, then it has it', async () => {
    const lock = await lockFolder(folder, PID_ONLY);
    const owner = JSON.parse(await readFile(file(), 'utf8')) as object;
    await lock!.release();
    await writeFile(file(), JSON.stringify({ ...owner, pid: process.ppid }));
    expect(await lockFolder(folder, PID_ONLY)).toBeNull();
  });
});
