// @ts-check
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { cp, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { projectRoot } from './project.mjs';
import { mustRun } from './run.mjs';

/** Bundlers that only consumers use; rolldown has its version from package.json. */
const ESBUILD = 'esbuild@0.28.2';
/** Runs a host whose bundle has swallowed the native client, and prints what it is told. */
const SWALLOWED = `import { createKafkaNorthward } from 'ng-kafka-northward';
const config = { connection: { bootstrapServers: '127.0.0.1:9' }, uplink: { telemetry: { enabled: true } }, downlink: { enabled: false } };
void createKafkaNorthward(config).start().catch((error) => console.log(error.code, error.hint, typeof new Error().stack));
`;
const TOLD = /^NATIVE_MODULE_UNAVAILABLE A bundler has put the native client into the bundle, .* string$/m;

/**
 * docs/bundling.md in a project that has the tarball and the native client installed: its set-ups work, and a bundle that swallowed the
 * client is told as such.
 * @param {string} project
 * @param {(what: string, command: string, args: readonly string[], cwd: string) => Promise<unknown>} must Runs a
 * command, and throws when it fails
 */
export async function testBundlers(project, must) {
  const { devDependencies } = JSON.parse(readFileSync(path.join(projectRoot, 'package.json'), 'utf8'));
  const folder = path.join(project, 'bundling');
  await cp(path.join(projectRoot, 'examples/bundling'), folder, { recursive: true });
  const quietly = ['--no-save', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
  await must(
    'install bundlers',
    'npm',
    ['install', ESBUILD, `rolldown@${devDependencies.rolldown}`, ...quietly],
    project,
  );
  const rolldown = path.join(project, 'node_modules/rolldown/bin/cli.mjs');
  const esbuild = path.join(project, 'node_modules/esbuild/bin/esbuild');
  await must('bundle with esbuild', process.execPath, ['esbuild.mjs'], folder);
  await must('bundle with rolldown', process.execPath, [rolldown, '-c', 'rolldown.config.mjs'], folder);
  for (const name of ['esbuild', 'rolldown']) {
    const said = await run(process.execPath, [`dist/${name}/gateway.mjs`], folder);
    assert.match(said, /^delivered$/m, `the bundle of ${name}`);
  }
  await writeFile(path.join(folder, 'swallowed.js'), SWALLOWED);
  const flags = ['swallowed.js', '--bundle', '--platform=node', '--log-level=error'];
  await must('esbuild, all in', esbuild, [...flags, '--format=esm', '--outfile=all/esbuild.mjs'], folder);
  await must(
    'esbuild, all in, CommonJS',
    esbuild,
    [...flags, '--format=cjs', '--outfile=all/esbuild.cjs'],
    folder,
  );
  await must(
    'rolldown, all in',
    process.execPath,
    [rolldown, 'swallowed.js', '--platform', 'node', '--format', 'esm', '-d', 'all/rolldown'],
    folder,
  );
  for (const file of ['esbuild.mjs', 'esbuild.cjs', 'rolldown/swallowed.js']) {
    assert.match(await run(process.execPath, [`all/${file}`], folder), TOLD, file);
  }
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {string} cwd
 */
function run(command, args, cwd) {
  return mustRun(args.join(' '), command, args, { cwd });
}
