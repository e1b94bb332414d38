/** What keeps the store from its disk, in words for the operator of the gateway. Pure. */
import { NorthwardError } from '../api/errors.js';
import { reasonOf } from '../api/reason.js';

interface Trouble {
  readonly what: string;
  readonly hint: string;
}

const FULL_HINT =
  'Free some space, or give uplink.store a disk of its own. With a lower uplink.store.maxBytes the store takes less of it.';
const RIGHTS_HINT =
  'Make the folder writable for the user that the gateway runs as, with chown or a volume of its own, and check AppArmor or SELinux.';
const FILE_HINT = 'Set uplink.store.path to a folder. Or remove the file that is in its place.';
const DEVICE_HINT =
  'Look at the kernel log (dmesg) and replace the disk, the SD card or its cable where it is at fault.';
const FILES_HINT =
  'Raise the limit of open files (ulimit -n, or LimitNOFILE in the unit of systemd), or look for files that the host does not close.';
const NETWORK_HINT =
  'Use a local disk. uplink.store.allowNetworkFs takes the folder as it is: then a power cut of the server may cost what counts as stored, and a gateway on another machine that uses the same folder is not noticed.';

/** By the code of the error, as Node has it. */
const TROUBLES: Readonly<Record<string, Trouble>> = {
  ENOSPC: { what: 'the disk is full', hint: FULL_HINT },
  EDQUOT: {
    what: 'the quota of the user on this disk is used up',
    hint: 'Raise the disk quota of the user that the gateway runs as, or free some of it.',
  },
  EFBIG: {
    what: 'a file would be larger than allowed',
    hint: 'Raise the limit of file sizes of the process (ulimit -f).',
  },
  EROFS: {
    what: 'the file system is read-only',
    hint: 'Mount it for writing. A file system that becomes read-only by itself has seen errors: look at the kernel log (dmesg).',
  },
  EACCES: { what: 'the user of this process has no right to it', hint: RIGHTS_HINT },
  EPERM: { what: 'the user of this process has no right to it', hint: RIGHTS_HINT },
  EIO: { what: 'the disk reports an I/O error', hint: DEVICE_HINT },
  ENXIO: { what: 'the disk is gone', hint: DEVICE_HINT },
  ENODEV: { what: 'the disk is gone', hint: DEVICE_HINT },
  EEXIST: { what: 'there is a file where a folder has to be', hint: FILE_HINT },
  ENOTDIR: { what: 'a part of the path is a file', hint: FILE_HINT },
  EISDIR: {
    what: 'there is a folder where a file of the store has to be',
    hint: 'Remove or rename that folder: nothing but the store may write there.',
  },
  ENOENT: {
    what: 'the folder, or a file in it, was removed while it was in use',
    hint: 'Nothing but the store may remove anything there. The folder is made again; what was in it is lost.',
  },
  ENAMETOOLONG: { what: 'the path is too long', hint: 'Set uplink.store.path to a shorter one.' },
  ELOOP: { what: 'the path has symbolic links in a circle', hint: 'Correct the links in uplink.store.path.' },
  EMFILE: { what: 'the process has too many open files', hint: FILES_HINT },
  ENFILE: { what: 'the machine has too many open files', hint: FILES_HINT },
  ENOMEM: {
    what: 'the machine is out of memory',
    hint: 'Give the machine, or the container, more memory.',
  },
  ESTALE: { what: 'the server of the network file system has forgotten the folder', hint: NETWORK_HINT },
  ETIMEDOUT: { what: 'the server of the network file system does not answer', hint: NETWORK_HINT },
};

/** The code of an error of the file system, `""` where it has none. */
export function errnoOf(cause: unknown): string {
  const code: unknown =
    typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? code : '';
}

/** Whether there was no room: then evicting something may help. */
export function isFull(cause: unknown): boolean {
  const code = errnoOf(cause);
  return code === 'ENOSPC' || code === 'EDQUOT';
}

/** `STORE_DEGRADED` for what a call of the `Disk` was rejected with. */
export function storeTrouble(folder: string, cause: unknown): NorthwardError {
  const code = errnoOf(cause);
  const known = Object.hasOwn(TROUBLES, code) ? TROUBLES[code] : undefined;
  const what = known === undefined ? reasonOf(cause) : `${known.what} (${code})`;
  return degraded(folder, what, known?.hint, cause);
}

/** Another process, or another app of this one, has the folder. */
export function lockedByAnother(folder: string): NorthwardError {
  return degraded(
    folder,
    'another process, or another app of this process, has it in use',
    'Two gateways cannot share a folder: stop one of them, or give it another uplink.store.path or another id. It is taken over as soon as the other one ends.',
    undefined,
  );
}

/** @param name of the file system, `nfs` */
export function onNetworkFileSystem(folder: string, name: string): NorthwardError {
  return degraded(folder, `it lies on a network file system (${name})`, NETWORK_HINT, undefined);
}

function degraded(folder: string, what: string, hint: string | undefined, cause: unknown): NorthwardError {
  const message = `The store in ${folder} cannot be used: ${what}. Messages are kept in memory only.`;
  return new NorthwardError('STORE_DEGRADED', message, { hint, cause });
}
