/**
 * One owner a folder. Who has it listens at a unix socket there, which the kernel closes when the process ends, however that happens. Pids come
 * again, and a container may give each start the same one: so a file with a pid is only the last resort.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { chmod, link, lstat, open, readdir, realpath, rename, stat, unlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { FolderLock } from './disk.js';
import { inTurn } from './file-calls.js';
import { hasPidOwner, pidLock } from './pid-lock.js';
import { errnoOf } from './trouble.js';

/** What a lock may rest on. Tests leave some of it out. */
export interface LockWays {
  /** The kernel's own names for sockets, in Linux. */
  readonly abstract: boolean;
  /** A socket in the folder. */
  readonly socket: boolean;
}

const NAME = 'lock.sock';
/** A temporary name is `lock.` and eight characters. */
const TEMPORARY = /^lock\.[\w-]{8}$/;
/** `sockaddr_un` has 108 bytes in Linux, 104 elsewhere, with a zero at the end; Node 20 cuts what is longer without a word. */
const LONGEST_ADDRESS = 103;
/** After a takeover it is looked at again: another process may have found the same dead lock. */
const LOOK_AGAIN_MS = 120;
/** The folder may be made new, or released, between two looks; nobody does that all the time. */
const MOST_TRIES = 5;
/** What a file system says that cannot have a socket, or a second name. */
const UNSUPPORTED: ReadonlySet<string> = new Set([
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'EINVAL',
  'ENOSYS',
  'ENXIO',
]);

/** @returns `null`: somebody else has it. Rejects with what the file system says. */
export async function lockFolder(
  folder: string,
  ways: LockWays = { abstract: process.platform === 'linux', socket: true },
): Promise<FolderLock | null> {
  const real = await inTurn(() => realpath(folder));
  if (process.platform === 'win32') return pipeLock(real);
  const { dev, ino } = await inTurn(() => stat(real, { bigint: true }));
  const gate = ways.abstract ? await abstractSocket(`${dev}-${ino}`) : 'unsupported';
  if (gate === 'taken') return null;
  try {
    const lock = await lockInFolder(real, ways, gate === 'unsupported' ? null : gate);
    if (lock === null && gate !== 'unsupported') gate.close();
    return lock;
  } catch (error) {
    if (gate !== 'unsupported') gate.close();
    throw error;
  }
}

/** Whether somebody has it. Nothing is taken, and nothing in it changes. Rejects with what the file system says. */
export async function hasOwner(folder: string): Promise<boolean> {
  const real = await inTurn(() => realpath(folder));
  if (process.platform === 'win32') return (await probe(pipeName(real))) === 'alive';
  const { dev, ino } = await inTurn(() => stat(real, { bigint: true }));
  if (process.platform === 'linux' && (await probe(abstractName(`${dev}-${ino}`))) === 'alive') return true;
  const address = await addressOf(real);
  if (address === null) return hasPidOwner(real);
  try {
    return (await probe(`${address.prefix}/${NAME}`)) === 'alive' || (await hasPidOwner(real));
  } finally {
    await address.done();
  }
}

async function lockInFolder(real: string, ways: LockWays, gate: Server | null): Promise<FolderLock | null> {
  const lock = ways.socket ? await socketLock(real) : 'unsupported';
  if (lock === null) return null;
  if (lock !== 'unsupported')
    return {
      sure: true,
      release: async () => {
        await lock();
        gate?.close();
      },
    };
  if (gate === null) return pidLock(real);
  return {
    sure: true,
    release: () => {
      gate.close();
      return Promise.resolve();
    },
  };
}

/**
 * Within one network namespace, which all processes but those in containers share, the kernel gives such a name to one process at a time:
 * there is no race to win. By number of the folder: it may have more than one path.
 */
async function abstractSocket(id: string): Promise<Server | 'taken' | 'unsupported'> {
  try {
    return await listen(abstractName(id));
  } catch (error) {
    return errnoOf(error) === 'EADDRINUSE' ? 'taken' : 'unsupported';
  }
}

function abstractName(id: string): string {
  return `\0ng-kafka-northward/${id}`;
}

function pipeName(real: string): string {
  const id = createHash('sha256').update(real.toLowerCase()).digest('hex').slice(0, 32);
  return String.raw`\\.\pipe\ng-kafka-northward-${id}`;
}

async function pipeLock(real: string): Promise<FolderLock | null> {
  try {
    const server = await listen(pipeName(real));
    return {
      sure: true,
      release: () => {
        server.close();
        return Promise.resolve();
      },
    };
  } catch (error) {
    if (['EADDRINUSE', 'EACCES'].includes(errnoOf(error))) return null;
    throw error;
  }
}

/** @returns what releases it */
async function socketLock(real: string): Promise<(() => Promise<void>) | null | 'unsupported'> {
  const address = await addressOf(real);
  if (address === null) return 'unsupported';
  try {
    return await claimFolder(real, address.prefix);
  } finally {
    await address.done();
  }
}

async function claimFolder(
  real: string,
  prefix: string,
): Promise<(() => Promise<void>) | null | 'unsupported'> {
  const temporary = `lock.${randomBytes(6).toString('base64url')}`;
  const server = await listen(`${prefix}/${temporary}`).catch((error: unknown) => {
    if (UNSUPPORTED.has(errnoOf(error))) return null;
    throw error;
  });
  if (server === null) return 'unsupported';
  const own = path.join(real, temporary);
  let won = false;
  try {
    await inTurn(() => chmod(own, 0o600));
    const id = await inodeOf(own);
    won = id !== null && (await claim(real, prefix, own, id));
    if (!won) return null;
    await removeDeadOnes(real, prefix);
    return () => release(path.join(real, NAME), id, server);
  } finally {
    await inTurn(() => unlink(own)).catch(() => undefined);
    if (!won) server.close();
  }
}

/** @returns whether the folder is ours */
async function claim(real: string, prefix: string, own: string, id: string | null): Promise<boolean> {
  const at = path.join(real, NAME);
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const linked = await linkTo(own, at);
    if (linked === 'done') return true;
    if (linked === 'gone') return false;
    const begun = performance.now();
    const before = await inodeOf(at);
    const state = before === null ? 'none' : await probe(`${prefix}/${NAME}`);
    if (state === 'alive') return false;
    if (state === 'none' && linked === 'taken') continue;
    if (!(await replace(own, at, before))) continue;
    // On a busy machine the others are late, too.
    await pause(Math.max(LOOK_AGAIN_MS, 5 * (performance.now() - begun)));
    return (await inodeOf(at)) === id;
  }
  return false;
}

/** `gone`: the owner has cleared our name away. */
async function linkTo(own: string, at: string): Promise<'done' | 'taken' | 'gone' | 'unsupported'> {
  try {
    await inTurn(() => link(own, at));
    return 'done';
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'EEXIST') return 'taken';
    if (code === 'ENOENT') return 'gone';
    if (UNSUPPORTED.has(code)) return 'unsupported';
    throw error;
  }
}

/** In one turn: between the look and the deed there must be as little as can be. */
function replace(own: string, at: string, before: string | null): Promise<boolean> {
  return inTurn(async () => {
    if ((await inode(at)) !== before) return false;
    await rename(own, at);
    return true;
  });
}

async function release(at: string, id: string | null, server: Server): Promise<void> {
  // The name first: a socket that is closed looks like a dead owner.
  await inTurn(async () => {
    if ((await inode(at)) === id) await unlink(at);
  }).catch(() => undefined);
  server.close();
}

/** Names of those who were killed before they had the lock. */
async function removeDeadOnes(real: string, prefix: string): Promise<void> {
  const names = await inTurn(() => readdir(real)).catch(() => [] as string[]);
  for (const name of names.filter((each) => TEMPORARY.test(each))) {
    if ((await probe(`${prefix}/${name}`).catch(() => 'alive')) === 'dead')
      await inTurn(() => unlink(path.join(real, name))).catch(() => undefined);
  }
}

/** A path of the folder that is short enough for sockets. */
async function addressOf(real: string): Promise<{ prefix: string; done: () => Promise<void> } | null> {
  const fits = (prefix: string): boolean => Buffer.byteLength(`${prefix}/lock.12345678`) <= LONGEST_ADDRESS;
  const nothing = (): Promise<void> => Promise.resolve();
  if (fits(real)) return { prefix: real, done: nothing };
  if (process.platform !== 'linux') {
    const prefix = path.relative(process.cwd(), real) || '.';
    return fits(prefix) ? { prefix, done: nothing } : null;
  }
  const handle = await inTurn(() => open(real, 'r'));
  return { prefix: `/proc/self/fd/${handle.fd}`, done: () => inTurn(() => handle.close()) };
}

/** Keeps no process alive. In a worker of `cluster` it is the worker's own. */
function listen(address: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', reject);
    server.listen({ path: address, exclusive: true }, () => {
      server.off('error', reject);
      // It cannot accept, with too many open files, say: who asks is in the kernel's queue, which is enough.
      server.on('error', () => undefined);
      resolve(server.unref());
    });
  });
}

/** Whether somebody listens there. A file that is no socket counts as dead. */
function probe(address: string): Promise<'alive' | 'dead' | 'none'> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path: address });
    socket.once('connect', () => {
      socket.destroy();
      resolve('alive');
    });
    socket.once('error', (error) => {
      const code = errnoOf(error);
      if (code === 'ENOENT') resolve('none');
      else if (code === 'ECONNREFUSED' || code === 'EPROTOTYPE' || code === 'ENOTSOCK') resolve('dead');
      else if (code === 'EACCES' || code === 'EMFILE' || code === 'ENFILE') reject(error);
      else resolve('alive');
    });
  });
}

function inodeOf(at: string): Promise<string | null> {
  return inTurn(() => inode(at));
}

async function inode(at: string): Promise<string | null> {
  try {
    const { dev, ino }: BigIntStats = await lstat(at, { bigint: true });
    return `${dev}-${ino}`;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
}
