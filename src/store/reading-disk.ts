import type { Disk, DiskFile, FileSystemFacts } from './disk.js';

/** The recovery of a store sets files aside and makes folders: here it only reads. */
export class ReadingDisk implements Disk {
  readonly #disk: Disk;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  makeFolder(): Promise<void> {
    return Promise.resolve();
  }

  list(at: string): Promise<string[]> {
    return this.#disk.list(at);
  }

  open(at: string): Promise<DiskFile> {
    return this.#disk.open(at, 'read');
  }

  remove(): Promise<void> {
    return Promise.resolve();
  }

  rename(): Promise<void> {
    return Promise.resolve();
  }

  syncFolder(): Promise<void> {
    return Promise.resolve();
  }

  facts(at: string): Promise<FileSystemFacts> {
    return this.#disk.facts(at);
  }

  lock(): Promise<null> {
    return Promise.resolve(null);
  }
}
