// @ts-check
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { SetupError } from './report.mjs';

/** The folder of the repository. */
export const projectRoot = path.resolve(fileURLToPath(new URL('../..', import.meta.url)));

/**
 * The TypeScript compiler of this project. A function: on a fresh clone it is there only after the set-up.
 * @throws {SetupError} Before that
 */
export function tscPath() {
  const manifest = inPackages('typescript/package.json');
  return path.join(path.dirname(manifest), 'bin/tsc');
}

/** @param {string} name */
function inPackages(name) {
  try {
    return createRequire(import.meta.url).resolve(name);
  } catch {
    throw new SetupError('the packages of this clone are not installed', 'Run "npm run setup" first.');
  }
}
