// @ts-check
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { cachePath, fillFolder } from './cache.mjs';
import { SetupError, report } from './report.mjs';
import { tail, tryRun } from './run.mjs';

const DOWNLOAD_TIMEOUT_MS = 300_000;
const ARGS = ['--ignore-scripts', '--loglevel=error', '--no-package-lock', '--fetch-retries=1'];

/**
 * Packages that only one script needs, from npm, kept in the cache rather than in node_modules.
 * @param {readonly string[]} packages With their exact versions, `name@1.2.3`
 * @returns {Promise<string>} The node_modules that has them
 */
export async function fromNpm(packages) {
  const folder = cachePath('npm', packages.join('+').replaceAll('/', '-'));
  if (!existsSync(folder)) {
    report(`downloading ${packages.join(', ')} to ${folder}`);
    await fillFolder(folder, (temporary) => install(packages, temporary));
  }
  return path.join(folder, 'node_modules');
}

/**
 * @param {readonly string[]} packages
 * @param {string} folder
 */
async function install(packages, folder) {
  await writeFile(path.join(folder, 'package.json'), '{ "private": true }');
  const options = { cwd: folder, timeoutMs: DOWNLOAD_TIMEOUT_MS };
  const { ok, output } = await tryRun('npm', ['install', ...packages, ...ARGS], options);
  if (ok) return;
  throw new SetupError(
    `${packages.join(', ')} could not be downloaded:\n${tail(output)}`,
    `See that npm reaches a registry that has ${packages.join(', ')}. What was downloaded once is kept in ${cachePath('npm')}.`,
  );
}
