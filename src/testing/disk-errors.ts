/** Errors as the file system of Node gives them. */

const TEXTS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EBADF: 'bad file descriptor',
  EDQUOT: 'disk quota exceeded',
  EEXIST: 'file already exists',
  EINVAL: 'invalid argument',
  EIO: 'i/o error',
  EISDIR: 'illegal operation on a directory',
  EMFILE: 'too many open files',
  ENOENT: 'no such file or directory',
  ENOSPC: 'no space left on device',
  ENOTDIR: 'not a directory',
  EROFS: 'read-only file system',
};

export function diskError(code: string, at: string): Error {
  const text = Object.hasOwn(TEXTS, code) ? TEXTS[code] : 'unknown error';
  return Object.assign(new Error(`${code}: ${text}, '${at}'`), { code, path: at });
}
