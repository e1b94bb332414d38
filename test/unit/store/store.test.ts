import { createMemoryDisk } from '../../../src/testing/memory-disk.js';
import { storeContract } from './contract.js';

storeContract('a disk in memory', () => {
  const disk = createMemoryDisk();
  return Promise.resolve({ boot: () => disk.boot(), crash: () => disk.crash(), folder: '/store/app-1' });
});
