/** What sort of file system it is, by the magic number that `statfs` has. Pure. */
import type { FileSystemFacts } from './disk.js';

type Kind = Pick<FileSystemFacts, 'sort' | 'name'>;

const network = (name: string): Kind => ({ sort: 'network', name });
const local = (name: string): Kind => ({ sort: 'local', name });

/** Of Linux: include/uapi/linux/magic.h, statfs(2), and what vendors use. */
const LINUX: ReadonlyMap<number, Kind> = new Map([
  [0x6969, network('nfs')],
  [0x517b, network('smb')],
  [0xff534d42, network('cifs')],
  [0xfe534d42, network('smb2')],
  [0x564c, network('ncp')],
  [0x01021997, network('9p')],
  [0x5346414f, network('afs')],
  [0x6b414653, network('afs')],
  [0x73757245, network('coda')],
  [0x00c36400, network('ceph')],
  [0x0bd00bd0, network('lustre')],
  [0x01161970, network('gfs2')],
  [0x7461636f, network('ocfs2')],
  [0x47504653, network('gpfs')],
  [0x61636673, network('acfs')],
  [0xaad7aaea, network('panfs')],
  [0xbeefdead, network('snfs')],
  [0xa501fcf5, network('vxfs')],
  [0x20030528, network('orangefs')],
  [0x19830326, network('beegfs')],
  [0xbacbacbc, network('vmhgfs')],
  [0x7c7c6673, network('prl_fs')],
  [0x786f4256, network('vboxsf')],
  // What lies behind FUSE may be anything: sshfs and glusterfs, but ntfs-3g and virtiofs, too.
  [0x65735546, { sort: 'unknown', name: 'fuse' }],
  [0xef53, local('ext4')],
  [0x58465342, local('xfs')],
  [0x9123683e, local('btrfs')],
  [0xf2f52010, local('f2fs')],
  [0xca451a4e, local('bcachefs')],
  [0x2fc12fc1, local('zfs')],
  [0x01021994, local('tmpfs')],
  [0x858458f6, local('ramfs')],
  [0x794c7630, local('overlayfs')],
  [0x24051905, local('ubifs')],
  [0x72b6, local('jffs2')],
  [0x4d44, local('vfat')],
  [0x2011bab0, local('exfat')],
  [0x7366746e, local('ntfs3')],
]);

/** Of macOS, where numbers differ from system to system: apfs and hfs are the ones that are sure. */
const DARWIN: ReadonlyMap<number, Kind> = new Map([
  [26, local('apfs')],
  [23, local('hfs')],
]);

/**
 * @param type of `statfs`; negative where a system has 32 bits
 * @param at absolute
 */
export function fileSystemKind(type: number, at: string, platform: string = process.platform): Kind {
  const magic = type >>> 0;
  // Windows gives no number. A drive letter may be a server's, too; nothing tells that.
  if (platform === 'win32')
    return /^[\\/]{2}(?![.?][\\/](?!UNC))/i.test(at) ? network('unc') : local('drive');
  const known = (platform === 'darwin' ? DARWIN : LINUX).get(magic);
  if (known !== undefined) return known;
  return { sort: platform === 'linux' ? 'local' : 'unknown', name: `0x${magic.toString(16)}` };
}
