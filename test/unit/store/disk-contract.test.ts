import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { NodeDisk } from '../../../src/store/node-disk.js';
import { createMemoryDisk } from '../../../src/testing/memory-disk.js';
import { mountExt4, whyNoExt4 } from '../../support/own-ext4.js';
import { diskContract, smallDiskContract, type SmallDiskHarness } from './disk-contract.js';

const SMALL = 16 * 1024 * 1024;

async function inMemory(): Promise<SmallDiskHarness> {
  const disk = createMemoryDisk();
  const folder = '/store/app-1';
  await disk.makeFolder(folder);
  return {
    disk,
    folder,
    fill: () => Promise.resolve(disk.full()),
    readOnly: (on) => Promise.resolve(disk.readOnly(on)),
    close: () => Promise.resolve(),
  };
}

async function onExt4(): Promise<SmallDiskHarness> {
  const ext4 = await mountExt4(SMALL);
  const disk = new NodeDisk();
  return {
    disk,
    folder: ext4.folder,
    fill: () => fill(disk, path.join(ext4.folder, 'filler')),
    readOnly: (on) => ext4.readOnly(on),
    close: () => ext4.remove(),
  };
}

/** By ever smaller pieces, until not even a block has room. */
async function fill(disk: NodeDisk, at: string): Promise<void> {
  const file = await disk.open(at, 'create');
  for (let piece = 1024 * 1024; piece >= 1024; piece /= 4)
    for (;;) {
      const full = await file.write(Buffer.alloc(piece), await file.size()).then(
        () => false,
        () => true,
      );
      if (full) break;
    }
  await file.datasync();
  await file.close();
}

diskContract('in memory', inMemory);
diskContract('of the machine', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'northward-disk-'));
  return { disk: new NodeDisk(), folder, close: () => rm(folder, { recursive: true }) };
});

smallDiskContract('in memory', null, inMemory);
smallDiskContract('ext4', await whyNoExt4(), onExt4);
