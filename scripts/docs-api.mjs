// @ts-check
// npm run docs:api [-- --check]: src → docs/api, the API reference, from TSDoc. `--check` writes nothing and fails where
// docs/api is not what would be written.
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { readCommandLine } from './lib/command-line.mjs';
import { fromNpm } from './lib/from-npm.mjs';
import { projectRoot } from './lib/project.mjs';
import { SetupError, report } from './lib/report.mjs';
import { mustRun } from './lib/run.mjs';

// TypeScript 7, which this project is built with, has no interface that typedoc could use.
const TOOLS = ['typedoc@0.28.20', 'typedoc-plugin-markdown@4.14.1', 'typescript@6.0.3'];
const target = path.join(projectRoot, 'docs/api');

const { values } = readCommandLine({
  command: 'npm run docs:api',
  about: 'Writes docs/api, the API reference, from the comments in src.',
  options: {
    check: { type: 'boolean', default: false, help: 'write nothing, and fail where docs/api is not in step' },
  },
});
const folder = await mkdtemp(path.join(os.tmpdir(), 'ng-kafka-northward-api-'));
try {
  const out = path.join(folder, 'api');
  await generate(values.check ? out : target);
  if (values.check) await compare(out);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  if (error instanceof SetupError) console.error(`\nWhat to do by hand: ${error.byHand}`);
  process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** @param {string} out */
async function generate(out) {
  const tools = await fromNpm(TOOLS);
  const options = path.join(folder, 'typedoc.json');
  await writeFile(options, JSON.stringify(typedocOptions(tools, out)));
  const typedoc = path.join(tools, 'typedoc/bin/typedoc');
  await mustRun('typedoc', process.execPath, [typedoc, '--options', options], { cwd: projectRoot });
  report(`API reference: written to ${path.relative(projectRoot, out)}`);
}

/**
 * @param {string} tools
 * @param {string} out
 */
function typedocOptions(tools, out) {
  const inProject = (/** @type {string} */ name) => path.join(projectRoot, name);
  return {
    name: 'ng-kafka-northward',
    entryPoints: ['src/index.ts', 'src/testing/index.ts'].map(inProject),
    tsconfig: inProject('tsconfig.build.json'),
    plugin: [
      path.join(tools, 'typedoc-plugin-markdown/dist/index.js'),
      inProject('scripts/api/typedoc-plugin.mjs'),
    ],
    out,
    router: 'member',
    readme: 'none',
    // No places in the source: they would change with every edit, and hold the paths of one machine.
    disableSources: true,
    excludeExternals: true,
    excludePrivate: true,
    excludeInternal: true,
    hidePageHeader: true,
    hideBreadcrumbs: true,
    useCodeBlocks: true,
    parametersFormat: 'table',
    propertiesFormat: 'table',
    interfacePropertiesFormat: 'table',
    typeDeclarationFormat: 'table',
    tableColumnSettings: {
      hideDefaults: true,
      hideInherited: true,
      hideModifiers: true,
      hideOverrides: true,
    },
    sanitizeComments: true,
    treatWarningsAsErrors: true,
    validation: { invalidLink: true, invalidPath: true, notExported: false, notDocumented: false },
    githubPages: false,
  };
}

/** @param {string} fresh */
async function compare(fresh) {
  const [is, should] = await Promise.all([contents(target), contents(fresh)]);
  const names = [...new Set([...is.keys(), ...should.keys()])];
  const stale = names.filter((name) => is.get(name) !== should.get(name));
  if (stale.length > 0) throw new Error(`docs/api is stale, run "npm run docs:api": ${stale.join(', ')}`);
  report(`API reference: docs/api is in step, ${should.size} pages`);
}

/** @param {string} root */
async function contents(root) {
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
  const read = files.map(
    async (file) => /** @type {const} */ ([path.relative(root, file), await readFile(file, 'utf8')]),
  );
  return new Map(await Promise.all(read));
}
