// @ts-check
import { cp, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { projectRoot } from './project.mjs';
import { mustRun } from './run.mjs';

/** Where the native client lies in a project that has the tarball installed. */
export const NATIVE_CLIENT = 'node_modules/@confluentinc/kafka-javascript';

/**
 * Packs what would be published; dist has to be built.
 * @param {string} folder Where to
 * @returns {Promise<{ tarball: string, packedBytes: number, unpackedBytes: number, files: string[] }>}
 */
export async function packTarball(folder) {
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const [packed] = JSON.parse(await mustRun('npm pack', 'npm', args, { cwd: projectRoot }));
  return {
    tarball: path.join(folder, packed.filename),
    packedBytes: packed.size,
    unpackedBytes: packed.unpackedSize,
    files: packed.files.map((/** @type {{ path: string }} */ file) => file.path),
  };
}

/**
 * An empty project with the tarball installed and the files of test/package beside it, as a consumer has it.
 * The native client's install script does not run.
 * @param {string} project
 * @param {string} tarball
 * @param {NodeJS.ProcessEnv} [env]
 */
export async function installInto(project, tarball, env) {
  await cp(path.join(projectRoot, 'test/package'), project, { recursive: true });
  const manifest = { name: 'consumer', private: true, type: 'module' };
  await writeFile(path.join(project, 'package.json'), JSON.stringify(manifest));
  const install = ['install', tarball, '--ignore-scripts', '--loglevel=error', '--omit=dev'];
  await mustRun('install into an empty project', 'npm', install, { cwd: project, ...(env && { env }) });
}
