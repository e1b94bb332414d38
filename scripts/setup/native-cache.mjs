// @ts-check
import { existsSync, readFileSync } from 'node:fs';
import { cp, readdir } from 'node:fs/promises';
import path from 'node:path';
import { cachePath, fillFolder } from '../lib/cache.mjs';

/** Folders of the package that hold what it loads: the addon, and librdkafka where that is a library of its own. */
const FOLDERS = ['build/Release', 'build/deps'];
const LOADED = /\.(node|dll|dylib)$|\.so(\.\d+)*$/;

/**
 * Where the built addon of this version, Node and machine is kept.
 * @param {string} packageFolder
 */
export function cachedAddon(packageFolder) {
  const { version } = JSON.parse(readFileSync(path.join(packageFolder, 'package.json'), 'utf8'));
  const parts = [version, `abi${process.versions.modules}`, process.platform, process.arch, libc()];
  return cachePath('native', parts.join('-'));
}

/**
 * Copies the built addon into the cache.
 * @param {string} packageFolder
 */
export async function storeAddon(packageFolder) {
  await fillFolder(cachedAddon(packageFolder), (folder) => copyLoaded(packageFolder, folder));
}

/**
 * Copies the cached addon into a package; false when there is none.
 * @param {string} packageFolder
 */
export async function restoreAddon(packageFolder) {
  const cached = cachedAddon(packageFolder);
  if (!existsSync(cached)) return false;
  await copyLoaded(cached, packageFolder);
  return true;
}

/**
 * @param {string} from
 * @param {string} to
 */
async function copyLoaded(from, to) {
  for (const folder of FOLDERS) {
    if (!existsSync(path.join(from, folder))) continue;
    for (const name of await readdir(path.join(from, folder))) {
      if (!LOADED.test(name)) continue;
      const options = { recursive: true, dereference: true };
      await cp(path.join(from, folder, name), path.join(to, folder, name), options);
    }
  }
}

function libc() {
  if (process.platform !== 'linux') return 'system';
  const report = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (process.report.getReport());
  return report.header.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
}
