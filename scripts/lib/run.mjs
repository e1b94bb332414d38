// @ts-check
import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { cachePath } from './cache.mjs';

/** Lines of a failed command's output that are worth showing. */
const TAIL_LINES = 25;

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env] Added to the environment
 * @property {number} [timeoutMs] Default none
 */

/**
 * Runs a command and keeps its output.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<{ ok: boolean, output: string }>}
 */
export function tryRun(command, args, { cwd, env, timeoutMs } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
      // npm is a script on Windows.
      shell: process.platform === 'win32' && command === 'npm',
    });
    let output = '';
    const keep = (/** @type {Buffer} */ chunk) => {
      output += chunk.toString();
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', (error) => resolve({ ok: false, output: error.message }));
    child.once('close', (code) => resolve({ ok: code === 0, output }));
  });
}

/**
 * Runs a command that has to succeed.
 * @param {string} what Begins the message where it does not
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<string>} Its output
 */
export async function mustRun(what, command, args, options) {
  const { ok, output } = await tryRun(command, args, options);
  if (!ok) throw new Error(`${what}:\n${tail(output)}`);
  return output;
}

/**
 * Runs a command, with its output on this terminal.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<number>} Its exit code; 1 when it could not be started or a signal ended it
 */
export function runVisibly(command, args, { cwd, env } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: 'inherit' });
    child.once('error', (error) => {
      console.error(`${command}: ${error.message}`);
      resolve(1);
    });
    child.once('close', (code) => resolve(code ?? 1));
  });
}

/**
 * The end of a command's output, without empty lines.
 * @param {string} output
 */
export function tail(output) {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  return lines.slice(-TAIL_LINES).join('\n');
}

/**
 * Keeps a failed command's whole output; answers where.
 * @param {string} name
 * @param {string} output
 */
export async function keepLog(name, output) {
  const file = cachePath('logs', name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, output);
  return file;
}
