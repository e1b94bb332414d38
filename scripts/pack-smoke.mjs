// @ts-check
// npm run pack:smoke: packs what would be published, lints it, installs it into an empty project and uses it there.
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { projectRoot, tscPath } from './lib/project.mjs';
import { report } from './lib/report.mjs';
import { tail, tryRun } from './lib/run.mjs';
import { cachedAddon, restoreAddon } from './setup/native-cache.mjs';

const NATIVE_CLIENT = 'node_modules/@confluentinc/kafka-javascript';
const bin = (/** @type {string} */ name) => path.join(projectRoot, 'node_modules/.bin', name);

const folder = await mkdtemp(path.join(os.tmpdir(), 'ng-kafka-northward-pack-'));
try {
  await smoke();
  report('pack smoke test: good');
} catch (error) {
  report(`pack smoke test failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function smoke() {
  const packed = await must('npm pack', 'npm', [
    'pack',
    '--ignore-scripts',
    '--json',
    '--pack-destination',
    folder,
  ]);
  const [{ filename }] = JSON.parse(packed);
  const tarball = path.join(folder, filename);
  await must('publint', bin('publint'), [tarball, '--strict']);
  const json = ['--exclude-entrypoints', 'config.schema.json', 'package.json'];
  await must('attw', bin('attw'), [tarball, '--profile', 'esm-only', ...json]);
  await useIn(path.join(folder, 'project'), tarball);
}

/**
 * @param {string} project
 * @param {string} tarball
 */
async function useIn(project, tarball) {
  await cp(path.join(projectRoot, 'test/package'), project, { recursive: true });
  await writeFile(
    path.join(project, 'package.json'),
    '{ "name": "consumer", "private": true, "type": "module" }',
  );
  const install = ['install', tarball, '--ignore-scripts', '--no-audit', '--no-fund', '--omit=dev'];
  await must('install into an empty project', 'npm', install, project);
  await must('use it without the addon', process.execPath, ['consumer.mjs', 'without-addon'], project);

  const nativeClient = path.join(project, NATIVE_CLIENT);
  if (!(await restoreAddon(nativeClient))) {
    throw new Error(`no addon in ${cachedAddon(nativeClient)}: run "npm run setup" first`);
  }
  await must('use it with the addon', process.execPath, ['consumer.mjs', 'with-addon'], project);
  await writeFile(path.join(project, 'tsconfig.json'), JSON.stringify(consumerTsconfig()));
  await must('compile against its types', process.execPath, [tscPath(), '-p', 'tsconfig.json'], project);
}

function consumerTsconfig() {
  return {
    compilerOptions: {
      strict: true,
      noEmit: true,
      module: 'NodeNext',
      target: 'ES2022',
      lib: ['ES2023', 'ESNext.Disposable'],
      types: ['node'],
      typeRoots: [path.join(projectRoot, 'node_modules/@types')],
    },
    files: ['consumer-types.ts'],
  };
}

/**
 * @param {string} what
 * @param {string} command
 * @param {readonly string[]} args
 * @param {string} [cwd]
 */
async function must(what, command, args, cwd = projectRoot) {
  const { ok, output } = await tryRun(command, args, { cwd });
  if (!ok) throw new Error(`${what}:\n${tail(output)}`);
  report(`pack smoke test: ${what}`);
  return output;
}
