// @ts-check
import { setTimeout as wait } from 'node:timers/promises';
import { bytesOf } from '../store/backlog.mjs';

/** Where the store is not empty again by then, the run ends, and has a problem. */
export const REPLAY_SECONDS = 60 * 60;
/** Of a second's messages so many parts may wait on disk. */
const CALM_PART = 20;
const LOOK_MS = 200;

/** @typedef {import('./host.mjs').HostSample & { at: number, diskBytes: number }} Sample `at`: seconds since the first message */

/** All samples of a run, on the clock of this process; from the first message on. */
export class Samples {
  /** @type {Sample[]} */
  all = [];
  #host;
  #store;
  #say;
  /** @type {number | undefined} */
  #from;
  #saidAt = 0;

  /**
   * @param {import('./child.mjs').HostChild} host
   * @param {string} store Its folder
   * @param {(text: string) => void} say
   */
  constructor(host, store, say) {
    this.#host = host;
    this.#store = store;
    this.#say = say;
  }

  begin() {
    this.#from = performance.now();
  }

  /** Seconds since the first message. */
  now() {
    return (performance.now() - (this.#from ?? performance.now())) / 1000;
  }

  /** @param {import('./host.mjs').HostSample} sample */
  async take(sample) {
    if (this.#from === undefined) return;
    const at = this.now();
    this.all.push({ ...sample, at, diskBytes: await bytesOf(this.#store) });
  }

  /**
   * When nothing waits on disk any more after that, or next to nothing: alarms go to the disk first, so that some are always on their way.
   * @param {number} from
   * @param {number} rate
   */
  async calm(from, rate) {
    const until = from + REPLAY_SECONDS;
    for (let seen = 0; this.now() < until; await this.until(this.now() + LOOK_MS / 1000)) {
      for (; seen < this.all.length; seen += 1) {
        const { at = 0, waiting = Infinity } = this.all[seen] ?? {};
        if (at > from && waiting < rate / CALM_PART) return at;
      }
    }
    return Infinity;
  }

  /** Each minute. */
  #sayHow() {
    const last = this.all.at(-1);
    if (last === undefined || this.now() - this.#saidAt < 60) return;
    this.#saidAt = this.now();
    const { at, counts, rss, heapUsed, waiting } = last;
    const mib = (/** @type {number} */ bytes) => (bytes / 2 ** 20).toFixed(0);
    this.#say(
      `${at.toFixed(0)} s: ${counts.published} published, RSS ${mib(rss)} MiB, heap ${mib(heapUsed)} MiB, ${waiting} waiting on disk`,
    );
  }

  /** Waits until then. @param {number} at */
  async until(at) {
    const host = this.#host;
    while (this.now() < at) {
      if (host.hasEnded) throw new Error(`the gateway ended by itself:\n${(await host.ended).errors}`);
      await wait(Math.min(LOOK_MS, Math.max(1, (at - this.now()) * 1000)));
      this.#sayHow();
    }
  }
}
