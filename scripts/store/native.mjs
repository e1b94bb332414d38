// @ts-check
/** The few lines of C that the proofs need, compiled where they are used. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { mustRun } from '../lib/run.mjs';

/**
 * A program that ends a file system as a power cut does.
 * @param {string} folder Where it is put
 */
export function powerCutProgram(folder) {
  return compile(folder, 'power-cut', []);
}

/**
 * A library for LD_PRELOAD.
 * @param {string} folder Where it is put
 * @param {'clock' | 'no-sync' | 'disk-faults' | 'slow-sync'} name
 */
export function preloadLibrary(folder, name) {
  return compile(folder, name, ['-shared', '-fPIC', '-ldl']);
}

/**
 * @param {string} folder
 * @param {string} name
 * @param {readonly string[]} flags
 */
async function compile(folder, name, flags) {
  const source = fileURLToPath(new URL(`native/${name}.c`, import.meta.url));
  const target = path.join(folder, name);
  await mustRun(`cc cannot compile ${name}.c`, 'cc', ['-O1', '-o', target, source, ...flags]);
  return target;
}
