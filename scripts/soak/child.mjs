// @ts-check
/** The gateway host (host.mjs), from its parent's side. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** The end of what it wrote to its standard error. */
const MOST_ERROR_TEXT = 4000;
const MOST_TROUBLES = 100;
/** From the report of `stop()` on: then nothing may keep the process alive. */
export const EXIT_MS = 10_000;

/**
 * @typedef {object} HostEnd
 * @property {import('../../src/index.js').StopReport | null} report
 * @property {number | null} code
 * @property {string | null} signal `SIGKILL`: it did not end by itself
 * @property {number} exitMs From the report to the end
 */

export class HostChild {
  /** What went wrong, the first of it. @type {string[]} */
  troubles = [];
  /** How much went wrong. */
  troubleCount = 0;
  /** @type {import('./host.mjs').HostSample | undefined} */
  last;
  /** @type {Extract<import('./host.mjs').Told, { stopped: unknown }>['stopped'] | undefined} */
  stopped;
  #child;
  #errors = '';
  /** @type {(live: import('./host.mjs').Live) => void} */
  #tellLive = () => undefined;
  /** @type {(stopped: unknown) => void} */
  #tellStopped = () => undefined;
  #told = new Promise((resolve) => (this.#tellStopped = resolve));

  /**
   * @param {import('./node.mjs').HostPlace} place
   * @param {import('./host.mjs').HostOptions} options
   * @param {{ sample: (sample: import('./host.mjs').HostSample) => void, commands: (numbers: readonly number[]) => void }} takers
   */
  constructor({ node, script }, options, takers) {
    const child = spawn(node, [script, JSON.stringify(options)], {
      stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    const kill = () => child.kill('SIGKILL');
    process.on('exit', kill);
    const [stdin, , stderr, told] = child.stdio;
    stdin?.on('error', () => undefined);
    stderr?.on('data', (chunk) => (this.#errors = (this.#errors + chunk).slice(-MOST_ERROR_TEXT)));
    const lines = createInterface({ input: /** @type {import('node:stream').Readable} */ (told) });
    this.started = new Promise((resolve, reject) => {
      lines.on('line', (line) => this.#take(JSON.parse(line), takers, resolve));
      void once(child, 'exit').then(() => reject(new Error(`the gateway did not start:\n${this.#errors}`)));
    });
    this.ended = Promise.all([once(child, 'exit'), once(lines, 'close')]).then(([[code, signal]]) => {
      process.off('exit', kill);
      return { code, signal, errors: this.#errors };
    });
    this.hasEnded = false;
    void this.ended.then(() => (this.hasEnded = true));
  }

  /** @param {string} line */
  say(line) {
    this.#child.stdin?.write(`${line}\n`);
  }

  /** What it needs, without garbage; `null`: it has ended. @returns {Promise<import('./host.mjs').Live | null>} */
  collect() {
    this.say('collect');
    return Promise.race([new Promise((resolve) => (this.#tellLive = resolve)), this.ended.then(() => null)]);
  }

  /** Stops the gateway and waits until the process has ended; by itself, or killed after `EXIT_MS`. @returns {Promise<HostEnd>} */
  async stop() {
    this.say('stop');
    await Promise.race([this.#told, this.ended]);
    const from = performance.now();
    const timer = setTimeout(() => void this.kill(), EXIT_MS);
    const { code, signal } = await this.ended;
    clearTimeout(timer);
    return {
      report: this.stopped?.report ?? null,
      code,
      signal,
      exitMs: Math.round(performance.now() - from),
    };
  }

  kill() {
    this.#child.kill('SIGKILL');
    return this.ended;
  }

  /**
   * @param {import('./host.mjs').Told} told
   * @param {ConstructorParameters<typeof HostChild>[2]} takers
   * @param {(node: string) => void} started
   */
  #take(told, takers, started) {
    if ('started' in told) started(told.started);
    else if ('commands' in told) takers.commands(told.commands);
    else if ('live' in told) this.#tellLive(told.live);
    else if ('stopped' in told) this.#tellStopped((this.stopped = told.stopped));
    else if ('trouble' in told) {
      this.troubleCount += 1;
      if (this.troubles.length < MOST_TROUBLES) this.troubles.push(told.trouble);
    } else takers.sample((this.last = told.sample));
  }
}
