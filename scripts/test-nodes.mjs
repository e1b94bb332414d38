// @ts-check
// npm run test:nodes [-- VERSION …]: the packed tarball on several versions of Node, each from npm, with the native
// client downloaded or built for it. Not part of `npm test`: the first run downloads and compiles.
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { buildIfStale } from './lib/build.mjs';
import { readCommandLine } from './lib/command-line.mjs';
import { checkConsumerTypes } from './lib/consumer-types.mjs';
import { fromNpm } from './lib/from-npm.mjs';
import { installInto, packTarball } from './lib/packed.mjs';
import { projectRoot } from './lib/project.mjs';
import { SetupError, report } from './lib/report.mjs';
import { mustRun, runVisibly } from './lib/run.mjs';
import { isNodeVersion, nodeBinary } from './nodes/binary.mjs';

/** The oldest that is supported, and the newest of each line; the one that runs this comes first. */
const VERSIONS = ['20.19.0', '22.23.3', '24.21.0'];
/** A step that waits for ever must not hold up the others. */
const TIMEOUT_MS = 120_000;
const STEPS = /** @type {const} */ (['install', 'import', 'require', 'native client', 'publish + read back']);
/** Besides the one of this project. */
const TYPESCRIPT_VERSIONS = ['5.8.3', '5.9.3', '6.0.3'];

/** @typedef {Record<(typeof STEPS)[number], string>} Row */

const { positionals, refuse } = readCommandLine({
  command: 'npm run test:nodes',
  about:
    'Tries the packed tarball on several versions of Node, and its types with several of TypeScript. The first run\n' +
    'downloads and compiles.',
  options: {},
  positionals: '[VERSION …]',
  more: `Without VERSION: this Node and ${VERSIONS.join(', ')}.`,
});
const other = positionals.find((text) => !isNodeVersion(text));
if (other !== undefined) refuse(`VERSION is as 22.23.3; found "${other}"`);
const versions = positionals.length > 0 ? positionals : [...new Set([process.versions.node, ...VERSIONS])];
const folder = await mkdtemp(path.join(os.tmpdir(), 'ng-kafka-northward-nodes-'));
try {
  if (!(await buildIfStale())) throw new Error('the build failed');
  const { tarball } = await packTarball(folder);
  /** @type {Record<string, Row>} */
  const table = {};
  for (const version of versions) table[version] = await tryNode(version, tarball);
  console.table(table);
  const types = await tryTypes(tarball);
  console.table(types);
  const cells = Object.values({ ...table, ...types }).flatMap((row) => Object.values(row));
  if (cells.some((cell) => cell !== 'good')) process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}

/**
 * Every step with one version; the first that fails ends it, and the reason is on the terminal.
 * @param {string} version
 * @param {string} tarball
 */
async function tryNode(version, tarball) {
  const row = /** @type {Row} */ (Object.fromEntries(STEPS.map((step) => [step, '-'])));
  let step = /** @type {(typeof STEPS)[number]} */ (STEPS[0]);
  try {
    const run = await stepsWith(version, tarball);
    for (step of STEPS) {
      await run[step]();
      row[step] = 'good';
      report(`Node ${version}: ${step}: good`);
    }
  } catch (error) {
    row[step] = 'FAILED';
    explain(`Node ${version}: ${step}`, error);
  }
  return row;
}

/**
 * The published types under older compilers; that of this project is in `npm run pack:smoke`.
 * @param {string} tarball
 */
async function tryTypes(tarball) {
  const project = path.join(folder, 'types');
  await installInto(project, tarball);
  /** @type {Record<string, { types: string }>} */
  const table = {};
  for (const version of TYPESCRIPT_VERSIONS) {
    try {
      const modules = await fromNpm([`typescript@${version}`]);
      await checkConsumerTypes(project, path.join(modules, 'typescript/bin/tsc'));
      table[`TypeScript ${version}`] = { types: 'good' };
      report(`TypeScript ${version}: good`);
    } catch (error) {
      table[`TypeScript ${version}`] = { types: 'FAILED' };
      explain(`TypeScript ${version}`, error);
    }
  }
  return table;
}

/**
 * @param {string} what
 * @param {unknown} error
 */
function explain(what, error) {
  report(`${what} failed: ${error instanceof Error ? error.message : String(error)}`);
  if (error instanceof SetupError) console.error(`What to do by hand: ${error.byHand}`);
}

/**
 * @param {string} version
 * @param {string} tarball
 * @returns {Promise<Record<(typeof STEPS)[number], () => Promise<unknown>>>}
 */
async function stepsWith(version, tarball) {
  const node = await nodeBinary(version);
  const project = path.join(folder, version);
  // npm and what it starts run with this Node as well.
  const env = { PATH: `${path.dirname(node)}${path.delimiter}${process.env['PATH'] ?? ''}` };
  const run = (/** @type {string} */ what, /** @type {string[]} */ ...args) =>
    mustRun(what, node, args, { cwd: project, env, timeoutMs: TIMEOUT_MS });
  return {
    install: async () => {
      await installInto(project, tarball, env);
      const actual = await run('node --version', '--version');
      if (actual.trim() !== `v${version}`) throw new Error(`${node} is ${actual}`);
    },
    import: () => run('import', 'consumer.mjs', 'without-addon'),
    require: () => run('require', 'consumer.cjs'),
    'native client': async () => {
      const script = path.join(projectRoot, 'scripts/nodes/prepare.mjs');
      if ((await runVisibly(node, [script, project], { env })) !== 0) throw new Error('see above');
    },
    'publish + read back': () => run('publish and read back', 'consumer.mjs', 'with-addon'),
  };
}
