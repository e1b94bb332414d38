// Which build of the library a measurement uses.
import { cp, mkdir, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectRoot } from '../scripts/lib/project.mjs';

/** @param {string} [file] index.js of a build; without it the project's own, by its name */
export function loadLibrary(file) {
  return import(file === undefined ? 'ng-kafka-northward' : pathToFileURL(file).href);
}

/**
 * Copies a build, so that another one made meanwhile does not change what is measured, and puts this project's
 * dependencies beside it: builds are compared, not what they need.
 * @param {string} dist
 * @param {string} target A folder that is not there yet
 * @returns {Promise<string>} The copy's index.js
 */
export async function copyOfBuild(dist, target) {
  await mkdir(target);
  await writeFile(path.join(target, 'package.json'), JSON.stringify({ type: 'module' }));
  await symlink(path.join(projectRoot, 'node_modules'), path.join(target, 'node_modules'), 'junction');
  await cp(dist, path.join(target, 'dist'), { recursive: true });
  const index = path.join(target, 'dist/index.js');
  const { createKafkaNorthward } = await loadLibrary(index);
  if (typeof createKafkaNorthward !== 'function') {
    throw new WrongFolder(`${dist} is no build of this library: its index.js has no createKafkaNorthward`);
  }
  return index;
}

export class WrongFolder extends Error {}

/** @throws WrongFolder where no build can be */
export async function refuseOtherFolders(dist) {
  const folder = await stat(dist).catch(() => undefined);
  if (folder === undefined) throw new WrongFolder(`there is no folder ${dist}`);
  if (!folder.isDirectory()) throw new WrongFolder(`${dist} is no folder`);
  if (await isThere(path.join(dist, 'index.js'))) return;
  const within = (await isThere(path.join(dist, 'dist/index.js')))
    ? `did you mean ${path.join(dist, 'dist')}?`
    : 'the dist folder of a build is wanted';
  throw new WrongFolder(`${dist} has no index.js: ${within}`);
}

async function isThere(file) {
  return (await stat(file).catch(() => undefined)) !== undefined;
}
