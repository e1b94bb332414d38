// @ts-check
/** The gateways of a round: each a process of its own on its own disk and clock, with one life after another. */
import { mkdir, open, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Gateway } from '../store/gateway.mjs';
import { nowUs } from '../store/journal.mjs';
import { Tmpfs } from '../store/mounts.mjs';
import { ALARM_EVERY } from '../store/setting.mjs';
import { ATTRIBUTES_EVERY, devicesOf, firstNumberOf, gatewayConfig, RATE } from './setting.mjs';

const DISK_BYTES = 64 * 1_048_576;
/** `stop()` ends within its 10 s, and then nothing keeps the process. */
const STOP_MS = 20_000;

export class GatewayUnit {
  #number;
  #options;
  #home;
  #disk;
  /** @type {Gateway | undefined} */
  #running;
  /** Its end is wanted. @type {Gateway | undefined} */
  #ending;
  /** @type {Promise<void>} */
  #changing = Promise.resolve();
  /** @type {import('../store/judge.mjs').Life[]} */
  lives = [];
  /** What must not be, beside what stands in the journals. @type {string[]} */
  problems = [];
  kills = 0;
  stops = 0;

  /**
   * @param {number} number
   * @param {{ edge: string, prefix: string, clock: string | undefined, publisher?: Partial<import('../store/publisher.mjs').PublisherOptions> }} options
   * @param {string} home
   * @param {Tmpfs | undefined} disk
   */
  constructor(number, options, home, disk) {
    this.#number = number;
    this.#options = options;
    this.#home = home;
    this.#disk = disk;
  }

  /**
   * @param {number} number
   * @param {{ edge: string, prefix: string, clock: string | undefined, folder: string, ownDisk: boolean }} options
   */
  static async make(number, { folder, ownDisk, ...options }) {
    const home = path.join(folder, `gateway-${number}`);
    await mkdir(home, { recursive: true });
    const made = new GatewayUnit(number, options, home, ownDisk ? await Tmpfs.make(DISK_BYTES) : undefined);
    await writeFile(made.#clock, Buffer.alloc(8));
    return made;
  }

  get name() {
    return `gateway ${this.#number}`;
  }

  /** Of the life that runs, or of the last one. */
  get journal() {
    return this.#running?.journal ?? this.lives.at(-1)?.journal ?? undefined;
  }

  /** All journals so far. */
  get journals() {
    return [...this.lives.map(({ journal }) => journal), ...(this.#running ? [this.#running.journal] : [])];
  }

  start() {
    return this.#after(async () => {
      if (this.#running !== undefined) return;
      const gateway = new Gateway(
        {
          config: gatewayConfig({
            bootstrapServers: this.#options.edge,
            prefix: this.#options.prefix,
            gateway: this.#number,
            folder: path.join(this.#disk?.folder ?? this.#home, 'store'),
          }),
          first: firstNumberOf(this.#number, this.lives.length),
          ...devicesOf(this.#number),
          alarmEvery: ALARM_EVERY,
          attributesEvery: ATTRIBUTES_EVERY,
          commands: true,
        },
        this.#clockEnv(),
      );
      this.#running = gateway;
      gateway.say(`publish ${RATE}`);
      void gateway.ended.then(({ code, signal, errors }) => {
        if (this.#ending === gateway) return;
        this.problems.push(`${this.name} ended by itself, with ${signal ?? code}: ${errors.slice(-1000)}`);
        this.#over(gateway, false, nowUs());
      });
    });
  }

  /** kill -9. */
  kill() {
    return this.#after(async () => {
      const gateway = this.#running;
      if (gateway === undefined) return;
      this.#ending = gateway;
      this.kills += 1;
      const endUs = nowUs();
      await gateway.kill();
      this.#over(gateway, false, endUs);
    });
  }

  /** In order, whatever the brokers do meanwhile. */
  stop() {
    return this.#after(async () => {
      const gateway = this.#running;
      if (gateway === undefined) return;
      this.#ending = gateway;
      this.stops += 1;
      const endUs = nowUs();
      const ended = await Promise.race([gateway.stop(), wait(STOP_MS).then(() => undefined)]);
      if (ended === undefined) {
        this.problems.push(
          `${this.name} outlived its stop(): ${JSON.stringify(gateway.journal.stopped ?? null)}`,
        );
        await gateway.kill();
      } else if (ended.code !== 0) {
        this.problems.push(
          `${this.name} ended with ${ended.signal ?? ended.code} after stop(): ${ended.errors.slice(-1000)}`,
        );
      }
      this.#over(gateway, ended !== undefined, endUs);
    });
  }

  /** @param {'drain' | 'publish 0'} line */
  say(line) {
    this.#running?.say(line);
  }

  /** Resolves with whether everything was handed over within that time. @param {number} ms */
  async drained(ms) {
    const asked = this.#running?.ask('drain', 'drained').then((line) => line !== '');
    return Promise.race([asked ?? Promise.resolve(false), wait(ms).then(() => false)]);
  }

  /** Nothing more can be written to its disk. */
  async fillDisk() {
    if (this.#disk === undefined) throw new Error(`${this.name} has no disk of its own that can be full`);
    const file = await open(this.#ballast, 'w');
    try {
      for (const block = Buffer.alloc(65_536); ;) await file.write(block);
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ENOSPC') throw error;
    } finally {
      await file.close();
    }
  }

  async freeDisk() {
    if (this.#disk !== undefined) await rm(this.#ballast, { force: true });
  }

  /** Its clock jumps, so far from the right time. @param {number} seconds */
  async setClock(seconds) {
    if (this.#options.clock === undefined && seconds !== 0)
      throw new Error(`${this.name} has no clock of its own`);
    // In place: the process has it mapped.
    const file = await open(this.#clock, 'r+');
    const nanoseconds = Buffer.alloc(8);
    nanoseconds.writeBigInt64LE(BigInt(seconds) * 1_000_000_000n);
    await file.write(nanoseconds, 0, 8, 0);
    await file.close();
  }

  async remove() {
    this.#ending = this.#running;
    await this.#running?.kill();
    await this.#disk?.remove();
  }

  get #clock() {
    return path.join(this.#home, 'clock');
  }

  get #ballast() {
    return path.join(this.#disk?.folder ?? this.#home, 'ballast');
  }

  /** @returns {NodeJS.ProcessEnv} */
  #clockEnv() {
    if (this.#options.clock === undefined) return {};
    return { LD_PRELOAD: this.#options.clock, NORTHWARD_CLOCK: this.#clock };
  }

  /** @param {Gateway} gateway @param {boolean} clean @param {number} endUs */
  #over(gateway, clean, endUs) {
    this.lives.push({ journal: gateway.journal, clean, endUs });
    this.#running = undefined;
  }

  /** One change after another. @param {() => Promise<void>} change */
  #after(change) {
    const changed = this.#changing.then(change);
    this.#changing = changed.catch(() => undefined);
    return changed;
  }
}
