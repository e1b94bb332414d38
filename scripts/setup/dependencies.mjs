// @ts-check
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { projectRoot } from '../lib/project.mjs';
import { SetupError, report } from '../lib/report.mjs';
import { tail, tryRun } from '../lib/run.mjs';

/** node_modules as package-lock.json says. Install scripts stay off: the native client has a step of its own. */
export async function ensureDependencies() {
  const reason = await outOfStep();
  if (reason === undefined) {
    report('dependencies: in step with package-lock.json');
    return;
  }
  report(`dependencies: npm ci, because ${reason}`);
  const { ok, output } = await tryRun('npm', ['ci', '--ignore-scripts'], { cwd: projectRoot });
  if (!ok) {
    const byHand =
      'Run "npm ci --ignore-scripts" in this folder; it needs npm and a registry that it can reach.';
    throw new SetupError(`npm ci failed:\n${tail(output)}`, byHand);
  }
  report('dependencies: installed');
}

/** @typedef {{ version?: string, optional?: boolean, devOptional?: boolean }} LockedPackage */

/** Why node_modules is not what package-lock.json asks for; undefined when it is. */
async function outOfStep() {
  const wanted = await lockedPackages(path.join(projectRoot, 'package-lock.json'));
  // npm's own note of what it installed.
  const installed = await lockedPackages(path.join(projectRoot, 'node_modules', '.package-lock.json'));
  if (wanted === undefined) throw new SetupError('package-lock.json is missing', 'Check it out again.');
  if (installed === undefined) return 'node_modules is missing';
  for (const [name, { version, optional, devOptional }] of wanted) {
    if (name === '') continue;
    const found = installed.get(name);
    // Optional packages are there only on the platform that they are for.
    if (found === undefined && (optional || devOptional)) continue;
    if (found?.version !== version)
      return `${name} should be ${version} and is ${found?.version ?? 'missing'}`;
  }
  return undefined;
}

/**
 * @param {string} file
 * @returns {Promise<Map<string, LockedPackage> | undefined>}
 */
async function lockedPackages(file) {
  try {
    return new Map(Object.entries(JSON.parse(await readFile(file, 'utf8')).packages));
  } catch {
    return undefined;
  }
}
