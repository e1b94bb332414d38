// @ts-check
// npm run pack:smoke: packs what would be published, lints it, installs it into an empty project and uses it there.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { readCommandLine } from './lib/command-line.mjs';
import { testBundlers } from './lib/bundler-tests.mjs';
import { testAsConsumer } from './lib/consumer-tests.mjs';
import { checkConsumerTypes } from './lib/consumer-types.mjs';
import { NATIVE_CLIENT, installInto, packTarball } from './lib/packed.mjs';
import { projectRoot, tscPath } from './lib/project.mjs';
import { writeReadmeFiles } from './lib/readme.mjs';
import { report } from './lib/report.mjs';
import { mustRun } from './lib/run.mjs';
import { cachedAddon, restoreAddon } from './setup/native-cache.mjs';

/** The code is in few files: each one costs time at every start. */
const CODE = String.raw`(?:testing\/)?index\.js|cli\/bin\.js|native-diagnosis\.js|main\.js|probes\.js|shared\.js|validator\.js|dependencies\.cjs`;
const MAY_BE_PACKED = new RegExp(
  String.raw`^(?:dist\/(?:(?:${CODE})(?:\.map)?|.+\.d\.ts|.+\.json)|(?:docs|examples)\/.+|README\.md|CHANGELOG\.md|LICENSE|package\.json)$`,
);
const bin = (/** @type {string} */ name) => path.join(projectRoot, 'node_modules/.bin', name);

readCommandLine({
  command: 'npm run pack:smoke',
  about: 'Packs what would be published, lints it, installs it into an empty project and uses it there.',
  options: {},
});
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
  const { tarball, files } = await packTarball(folder);
  await checkFiles(files);
  report('pack smoke test: npm pack');
  await must('publint', bin('publint'), [tarball, '--strict']);
  // The package is ESM only. `require` of it works from Node 20.19 and 22.12 on, and TypeScript knows that from 5.8 on
  // (the compile below); attw's stricter profiles speak for older ones, with no way out but a second, CommonJS build.
  const json = ['--exclude-entrypoints', 'config.schema.json', 'config.form.schema.json', 'package.json'];
  await must('attw', bin('attw'), [tarball, '--profile', 'esm-only', ...json]);
  await useIn(path.join(folder, 'project'), tarball);
}

/**
 * Nothing superfluous, and the readme leads to nothing that is left out.
 * @param {readonly string[]} files
 */
async function checkFiles(files) {
  const odd = files.filter((file) => !MAY_BE_PACKED.test(file));
  if (odd.length > 0) throw new Error(`the tarball holds what nobody needs: ${odd.join(', ')}`);
  const readme = await readFile(path.join(projectRoot, 'README.md'), 'utf8');
  const links = [...readme.matchAll(/\]\(([\w./-]+)[^)]*\)/g)].map(([, link = '']) => link);
  const leadNowhere = links.filter(
    (link) => !files.some((file) => file === link || file.startsWith(`${link}/`)),
  );
  if (leadNowhere.length > 0)
    throw new Error(`README.md links to what is not packed: ${leadNowhere.join(', ')}`);
}

/**
 * @param {string} project
 * @param {string} tarball
 */
async function useIn(project, tarball) {
  await installInto(project, tarball);
  report('pack smoke test: install into an empty project');
  await must('use it without the addon', process.execPath, ['consumer.mjs', 'without-addon'], project);
  const program = path.join(project, 'node_modules/.bin/ng-kafka-northward');
  await must('the command line: check', program, ['check', 'northward.json', '--strict'], project);
  await must('the command line: preview', program, ['preview', 'northward.json'], project);
  await must('require it', process.execPath, ['consumer.cjs'], project);
  await testAsConsumer(project, must);

  const nativeClient = path.join(project, NATIVE_CLIENT);
  if (!(await restoreAddon(nativeClient))) {
    throw new Error(`no addon in ${cachedAddon(nativeClient)}: run "npm run setup" first`);
  }
  await must('use it with the addon', process.execPath, ['consumer.mjs', 'with-addon'], project);
  await testBundlers(project, must);
  await writeReadmeFiles(project);
  for (const command of ['check', 'preview']) {
    const args = ['--no-install', 'ng-kafka-northward', command, 'northward.json'];
    await must(`${command} the configuration of README.md`, 'npx', args, project);
  }
  await must('run the programs of README.md', process.execPath, ['readme.mjs'], project);
  await checkConsumerTypes(project, tscPath());
  report('pack smoke test: compile against its types (nodenext from ESM and CommonJS, bundler)');
}

/**
 * @param {string} what
 * @param {string} command
 * @param {readonly string[]} args
 * @param {string} [cwd]
 */
async function must(what, command, args, cwd = projectRoot) {
  await mustRun(what, command, args, { cwd });
  report(`pack smoke test: ${what}`);
}
