/** Faults of the folder of the store, beside a Kafka that works. */
import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { NorthwardConfig } from '../../../src/index.js';
import { lockFolder } from '../../../src/store/folder-lock.js';
import { mountExt4 } from '../own-ext4.js';
import { TOPIC, type SecureKafka } from '../secure-kafka.js';
import { configAt, type SecuredFault, type World } from './fault.js';

const MIB = 1_048_576;
const SETTING = 'uplink.store.path';

function storing(world: SecureKafka, folder: string, store: Record<string, unknown> = {}): NorthwardConfig {
  const uplink = { telemetry: { enabled: true, topic: TOPIC }, store: { path: folder, ...store } };
  return configAt(world.at('plaintext'), TOPIC, { app: { id: 1 }, uplink });
}

async function folderFor({ after }: World<SecureKafka>): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'doctor-store-'));
  after(() => rm(folder, { recursive: true }));
  return folder;
}

/** Takes the last block. */
async function fill(file: string): Promise<void> {
  for (let bytes = MIB; bytes >= 512; bytes /= 2) {
    for (let took = true; took;)
      took = await appendFile(file, Buffer.alloc(bytes)).then(
        () => true,
        () => false,
      );
  }
}

export const STORE_FAULTS: readonly SecuredFault[] = [
  {
    fault: 'a file is in the place of the store',
    step: 'store',
    code: 'STORE_DEGRADED',
    words: /a part of the path is a file \(ENOTDIR\)/,
    setting: SETTING,
    make: async (world) => {
      const folder = await folderFor(world);
      await writeFile(path.join(folder, 'app-1'), '');
      return { config: storing(world.world, folder) };
    },
  },
  {
    fault: 'a file is in the way to the store',
    step: 'store',
    code: 'STORE_DEGRADED',
    words: /a part of the path is a file \(ENOTDIR\)/,
    setting: SETTING,
    make: async (world) => {
      const file = path.join(await folderFor(world), 'file');
      await writeFile(file, '');
      return { config: storing(world.world, path.join(file, 'store')) };
    },
  },
  {
    fault: 'less is free than the store leaves free',
    step: 'store',
    status: 'warning',
    code: 'STORE_FULL',
    words: /are free for .*, less than uplink\.store\.minFreeBytes/,
    setting: 'uplink.store.minFreeBytes',
    make: async (world) => ({
      config: storing(world.world, await folderFor(world), { minFreeBytes: Number.MAX_SAFE_INTEGER }),
    }),
  },
  {
    fault: 'another process has the store in use',
    step: 'store',
    status: 'warning',
    code: 'STORE_DEGRADED',
    words: /another process has .*app-1 in use/,
    setting: SETTING,
    make: async (world) => {
      const folder = await folderFor(world);
      const own = path.join(folder, 'app-1');
      await mkdir(own);
      const lock = await lockFolder(own);
      world.after(() => lock?.release());
      return { config: storing(world.world, folder) };
    },
  },
  {
    fault: 'the state of the store cannot be read',
    step: 'store',
    status: 'warning',
    code: 'STORE_DEGRADED',
    words: /was damaged: its state cannot be read/,
    setting: SETTING,
    make: async (world) => {
      const folder = await folderFor(world);
      await mkdir(path.join(folder, 'app-1'));
      await writeFile(path.join(folder, 'app-1', 'store.state'), 'no state');
      return { config: storing(world.world, folder) };
    },
  },
  {
    fault: 'stored messages of another application lie beside the store',
    step: 'store',
    status: 'warning',
    code: 'STORE_DEGRADED',
    words: /STORE_ORPHANED: .*app-2/,
    setting: SETTING,
    make: async (world) => {
      const folder = await folderFor(world);
      const lane = path.join(folder, 'app-2', 'telemetry');
      await mkdir(lane, { recursive: true });
      await writeFile(path.join(lane, `${'0'.repeat(16)}-1-1.seg`), 'messages');
      return { config: storing(world.world, folder) };
    },
  },
];

/** Where a file system may be mounted. */
export const DISK_FAULTS: readonly SecuredFault[] = [
  {
    fault: 'the disk of the store is read-only',
    step: 'store',
    code: 'STORE_DEGRADED',
    words: /the file system is read-only \(EROFS\)/,
    setting: SETTING,
    make: async ({ world, after }) => {
      const disk = await mountExt4(8 * MIB);
      after(() => disk.remove());
      await disk.readOnly(true);
      return { config: storing(world, path.join(disk.folder, 'store')) };
    },
  },
  {
    fault: 'the disk of the store is full',
    step: 'store',
    code: 'STORE_DEGRADED',
    words: /the disk is full \(ENOSPC\)/,
    setting: SETTING,
    make: async ({ world, after }) => {
      const disk = await mountExt4(8 * MIB);
      after(() => disk.remove());
      await mkdir(path.join(disk.folder, 'app-1'));
      await fill(path.join(disk.folder, 'much'));
      return { config: storing(world, disk.folder) };
    },
  },
];
