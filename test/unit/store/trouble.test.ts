import { describe, expect, it } from 'vitest';
import { isFull, lockedByAnother, onNetworkFileSystem, storeTrouble } from '../../../src/store/trouble.js';

const FOLDER = '/data/store/app-line-4';
const failed = (code: string): Error => Object.assign(new Error(`${code}: it failed, write`), { code });

describe('what keeps the store from its disk', () => {
  it.each([
    ['ENOSPC', 'the disk is full', 'Free some space'],
    ['EDQUOT', 'the quota of the user on this disk is used up', 'Raise the disk quota'],
    ['EROFS', 'the file system is read-only', 'Mount it for writing'],
    ['EACCES', 'the user of this process has no right to it', 'chown'],
    ['EPERM', 'the user of this process has no right to it', 'chown'],
    ['EIO', 'the disk reports an I/O error', 'dmesg'],
    ['EEXIST', 'there is a file where a folder has to be', 'uplink.store.path'],
    ['ENOTDIR', 'a part of the path is a file', 'uplink.store.path'],
    ['ENOENT', 'was removed while it was in use', 'Nothing but the store'],
    ['EMFILE', 'the process has too many open files', 'ulimit -n'],
    ['ENFILE', 'the machine has too many open files', 'ulimit -n'],
  ])('given %s, then the error names the folder and the cause, and says what to do', (code, what, hint) => {
    const cause = failed(code);
    const error = storeTrouble(FOLDER, cause);
    expect(error.code).toBe('STORE_DEGRADED');
    expect(error.retryable).toBe(true);
    expect(error.message).toContain(FOLDER);
    expect(error.message).toContain(`${what} (${code})`);
    expect(error.hint).toContain(hint);
    expect(error.cause).toBe(cause);
  });

  it.each([
    ['another code', failed('EXDEV'), 'EXDEV: it failed, write'],
    ['a code that is a name of Object', failed('constructor'), 'constructor: it failed, write'],
    ['no error at all', 'gone', 'gone'],
    ['nothing', null, 'null'],
  ])('given %s, then its text is the cause', (_, cause, text) => {
    const error = storeTrouble(FOLDER, cause);
    expect(error.message).toBe(
      `The store in ${FOLDER} cannot be used: ${text}. Messages are kept in memory only.`,
    );
    expect(error.hint).toContain('uplink.store.path');
  });

  it('given another owner, then the error says that the folder is in use', () => {
    const { message, hint } = lockedByAnother(FOLDER);
    expect(message).toContain(FOLDER);
    expect(message).toContain('in use');
    expect(hint).toContain('another uplink.store.path or another id');
  });

  it('given a network file system, then the error has its name', () => {
    const { message, hint } = onNetworkFileSystem(FOLDER, 'nfs');
    expect(message).toContain('network file system (nfs)');
    expect(hint).toContain('allowNetworkFs');
  });

  it('given no room on the disk or in the quota, then evicting may help; else not', () => {
    expect(['ENOSPC', 'EDQUOT', 'EIO', 'EROFS'].map((code) => isFull(failed(code)))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(isFull(undefined)).toBe(false);
  });
});
