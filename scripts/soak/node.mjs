// @ts-check
/** Where the gateway host runs: with this Node from the repository, or with another one from npm in a project of its own. */
import { cp } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { installInto, packTarball } from '../lib/packed.mjs';
import { projectRoot } from '../lib/project.mjs';
import { runVisibly } from '../lib/run.mjs';
import { nodeBinary } from '../nodes/binary.mjs';

/** @typedef {{ node: string, script: string }} HostPlace */

/** What the host's process loads, besides the library. */
const FILES = ['soak/host.mjs', 'soak/resources.mjs', 'store/messages.mjs'];

/**
 * @param {string} version
 * @param {string} folder For the project of another Node
 * @returns {Promise<HostPlace>}
 */
export async function hostPlace(version, folder) {
  const node = await nodeBinary(version);
  if (version === process.versions.node)
    return { node, script: fileURLToPath(new URL('host.mjs', import.meta.url)) };
  const project = path.join(folder, 'project');
  const { tarball } = await packTarball(folder);
  const env = { PATH: `${path.dirname(node)}${path.delimiter}${process.env['PATH'] ?? ''}` };
  await installInto(project, tarball, env);
  const prepare = path.join(projectRoot, 'scripts/nodes/prepare.mjs');
  if ((await runVisibly(node, [prepare, project], { env })) !== 0) {
    throw new Error(`Node ${version} has no native client here: see above`);
  }
  for (const file of FILES) await cp(path.join(projectRoot, 'scripts', file), path.join(project, file));
  return { node, script: path.join(project, 'soak/host.mjs') };
}
