// @ts-check
import { rm, readdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { bundle, importFromSource } from './bundle.mjs';
import { projectRoot, tscPath } from './project.mjs';
import { removeInnerTypes } from './public-types.mjs';
import { SetupError } from './report.mjs';
import { runVisibly } from './run.mjs';

const dist = path.join(projectRoot, 'dist');
/** Written last: when it is there, the build was whole. */
const schemaFile = path.join(dist, 'config.schema.json');
const formSchemaFile = path.join(dist, 'config.form.schema.json');

/**
 * src → dist: the library in a few files, the types that its entries lead to, and the published JSON Schemas of the configuration.
 * @returns {Promise<boolean>} false when it failed; the reason is on the terminal
 */
export async function build() {
  // Clean first: a file that was renamed in src must not live on in the package.
  await rm(dist, { recursive: true, force: true });
  if (!(await compile('tsconfig.build.json'))) return false;
  await removeInnerTypes(dist, ['index.d.ts', 'testing/index.d.ts']);
  await bundleLibrary(dist);
  const { published } = await importFromSource({ published: 'config/schema/published-schema.ts' });
  await writeFile(formSchemaFile, `${JSON.stringify(published.formSchema(), null, 2)}\n`);
  await writeFile(schemaFile, `${JSON.stringify(published.tolerantSchema(), null, 2)}\n`);
  console.log('build: dist is ready');
  return true;
}

/**
 * The code of the library alone.
 * @param {string} folder Where to
 * @param {Readonly<Record<string, string>>} [edited] File of src → the TypeScript that stands for it
 */
export async function bundleLibrary(folder, edited = {}) {
  const { check } = await importFromSource({ check: 'config/schema/check.ts' });
  await bundle(folder, { 'config/schema/check.ts': await validatorCode(check) }, edited);
}

/**
 * The validator as ajv generates it, as an ES module: to make it takes a third of a second, at each start.
 * @param {{ ajv: import('ajv').Ajv, check: import('ajv').ValidateFunction }} source
 */
async function validatorCode({ ajv, check }) {
  const { default: standalone } = await import('ajv/dist/standalone/index.js');
  // It requires a helper of ajv's own even as an ES module.
  const code = standalone
    .default(ajv, check)
    .replaceAll(
      /const (\w+) = require\("([^"]+)"\)\.default;/g,
      (_, name, module) => `import ${name}Module from '${module}.js'; const ${name} = ${name}Module.default;`,
    );
  if (code.includes('require(')) throw new Error('build: the validator requires something that is not known');
  return `${code}\nexport { validate as check };\n`;
}

/** Builds unless dist is newer than everything that it is made of. */
export async function buildIfStale() {
  const built = await modified(schemaFile);
  const sources = [
    path.join(projectRoot, 'package.json'),
    path.join(projectRoot, 'tsconfig.json'),
    path.join(projectRoot, 'tsconfig.build.json'),
    ...(await filesIn(path.join(projectRoot, 'scripts/lib'))),
    ...(await filesIn(path.join(projectRoot, 'src'))),
  ];
  for (const file of sources) {
    if ((await modified(file)) > built) return build();
  }
  return true;
}

/**
 * Compiles with one of the tsconfig files.
 * @param {string} tsconfig
 */
export async function compile(tsconfig) {
  try {
    return (await runVisibly(process.execPath, [tscPath(), '-p', tsconfig], { cwd: projectRoot })) === 0;
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(`build: ${error.message}. ${error.byHand}`);
    return false;
  }
}

/** @param {string} folder */
async function filesIn(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  // The folders too: a file that was removed shows only in its folder's time.
  return [folder, ...entries.map((entry) => path.join(entry.parentPath, entry.name))];
}

/** @param {string} file */
async function modified(file) {
  try {
    return (await stat(file)).mtimeMs;
  } catch {
    return 0;
  }
}
