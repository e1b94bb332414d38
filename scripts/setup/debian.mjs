// @ts-check
import { SetupError, report } from '../lib/report.mjs';
import { tail, tryRun } from '../lib/run.mjs';

/**
 * Installs Debian packages that are missing; does nothing when all are there.
 * @param {readonly string[]} packages
 * @param {string} purpose What they are for, as printed
 */
export async function ensureDebianPackages(packages, purpose) {
  const missing = [];
  for (const name of packages) {
    if (!(await isInstalled(name))) missing.push(name);
  }
  if (missing.length === 0) return;

  const byHand = `Install these for ${purpose}: ${missing.join(' ')} (Debian: apt-get install ${missing.join(' ')})`;
  if (!(await tryRun('apt-get', ['--version'])).ok) {
    throw new SetupError(`${purpose}: system packages are missing and there is no apt-get`, byHand);
  }
  report(`system packages for ${purpose}: ${missing.join(' ')}`);
  await asRoot(['apt-get', 'update'], byHand);
  await asRoot(['apt-get', 'install', '-y', '--no-install-recommends', ...missing], byHand);
}

/** @param {string} name */
async function isInstalled(name) {
  const { ok, output } = await tryRun('dpkg-query', ['-W', '-f=${Status}', name]);
  return ok && output === 'install ok installed';
}

/**
 * @param {readonly string[]} command
 * @param {string} byHand
 */
async function asRoot(command, byHand) {
  const isRoot = process.getuid?.() === 0;
  const [program = '', ...args] = isRoot ? command : ['sudo', '-n', ...command];
  const { ok, output } = await tryRun(program, args, { env: { DEBIAN_FRONTEND: 'noninteractive' } });
  if (!ok)
    throw new SetupError(`${command.join(' ')} failed (root or sudo is needed):\n${tail(output)}`, byHand);
}
