import path from 'node:path';
import type { Disk } from './disk.js';

const ENDING = '.damaged';
const MOST = 2;

/** Damaged segments that are kept for those who want to look at them: the last two. */
export class DamagedSegments {
  readonly #disk: Disk;
  /** Paths, the oldest first. */
  #kept: string[] = [];

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  /** What a former life has kept in this folder. */
  async find(folder: string): Promise<void> {
    const names = await this.#disk.list(folder);
    const found = names.filter((name) => name.endsWith(ENDING)).toSorted();
    const paths = found.map((name) => path.join(folder, name));
    this.#kept.push(...paths.filter((at) => !this.#kept.includes(at)));
    await this.#bound(MOST);
  }

  /** In the place of a removal. */
  async keep(at: string): Promise<void> {
    await this.#disk.rename(at, `${at}${ENDING}`);
    this.#kept.push(`${at}${ENDING}`);
    await this.#bound(MOST);
  }

  /** @returns whether there were any */
  async removeAll(): Promise<boolean> {
    const any = this.#kept.length > 0;
    await this.#bound(0);
    return any;
  }

  async #bound(most: number): Promise<void> {
    while (this.#kept.length > most) {
      const [oldest = ''] = this.#kept;
      await this.#disk.remove(oldest);
      this.#kept = this.#kept.slice(1);
    }
  }
}
