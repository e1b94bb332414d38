// @ts-check
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the repository. */
export const projectRoot = path.resolve(fileURLToPath(new URL('../..', import.meta.url)));

/** The TypeScript compiler of this project. A function: on a fresh clone it is there only after the set-up. */
export function tscPath() {
  const manifest = createRequire(import.meta.url).resolve('typescript/package.json');
  return path.join(path.dirname(manifest), 'bin/tsc');
}
