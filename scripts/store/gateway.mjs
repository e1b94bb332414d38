// @ts-check
/** A publisher in a process of its own, from its parent's side. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Journal } from './journal.mjs';

const SCRIPT = fileURLToPath(new URL('publisher.mjs', import.meta.url));

/** All that run, so that none outlives this process. @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();
process.on('exit', killAll);

export function killAll() {
  for (const child of running) child.kill('SIGKILL');
}

export class Gateway {
  journal = new Journal();
  #child;
  #ended;
  /** Lines that somebody waits for. @type {Map<string, (line: string) => void>} */
  #awaited = new Map();
  /** Lines of one word that have come already. @type {Map<string, string>} */
  #said = new Map();
  #errors = '';

  /**
   * @param {import('./publisher.mjs').PublisherOptions} options
   * @param {NodeJS.ProcessEnv} [env] Added to the environment
   */
  constructor(options, env = {}) {
    const child = spawn(process.execPath, [SCRIPT, JSON.stringify(options)], {
      env: { ...process.env, ...env },
      stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
    });
    const [stdin, , stderr, told] = child.stdio;
    this.#child = child;
    running.add(child);
    // A line that comes when it has just been killed.
    stdin?.on('error', () => undefined);
    stderr?.on('data', (chunk) => (this.#errors += chunk));
    const lines = createInterface({ input: /** @type {import('node:stream').Readable} */ (told) });
    lines.on('line', (line) => this.#take(line));
    this.#ended = Promise.all([once(child, 'exit'), once(lines, 'close')]).then(([[code, signal]]) => {
      running.delete(child);
      for (const found of this.#awaited.values()) found('');
      return { code, signal, errors: this.#errors };
    });
  }

  /** How it ended: its exit code or signal, and what it wrote to its standard error. */
  get ended() {
    return this.#ended;
  }

  /** @param {string} line */
  say(line) {
    this.#child.stdin?.write(`${line}\n`);
  }

  /**
   * Resolves with the line that begins with this word, also when it has come already; `""`: the process ended first.
   * @param {'loaded' | 'started' | 'filled' | 'drained' | 'stopped' | 'losses'} word
   * @returns {Promise<string>}
   */
  line(word) {
    const said = this.#said.get(word);
    if (said !== undefined) return Promise.resolve(said);
    return new Promise((resolve) => {
      this.#awaited.set(word, resolve);
      void this.#ended.then(() => resolve(this.#said.get(word) ?? ''));
    });
  }

  /**
   * Says a line, and resolves with the answer to it.
   * @param {string} line
   * @param {'filled' | 'drained' | 'losses'} word
   */
  ask(line, word) {
    this.#said.delete(word);
    this.say(line);
    return this.line(word);
  }

  /** Stops it where it is; resolves when it does nothing any more. */
  async freeze() {
    this.#child.kill('SIGSTOP');
    // After the name in brackets: T, stopped. It may have ended by itself.
    for (let state = ''; state !== 'T' && state !== 'gone';) {
      const status = await readFile(`/proc/${this.#child.pid}/stat`, 'utf8').catch(() => ') gone ');
      state = status.slice(status.lastIndexOf(')') + 2).split(' ', 1)[0] ?? '';
    }
  }

  /** kill -9; resolves when it is gone and all that it told has been read. */
  async kill() {
    this.#child.kill('SIGKILL');
    return this.#ended;
  }

  /** Stops it in order. */
  async stop() {
    this.say('stop');
    return this.#ended;
  }

  /** @param {string} line */
  #take(line) {
    this.journal.add(line);
    const [word = ''] = line.split(' ', 1);
    // Those of one letter come by the thousand.
    if (word.length === 1) return;
    this.#said.set(word, line);
    this.#awaited.get(word)?.(line);
  }
}
