// @ts-check
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { commonJsDependencies } from './common-js.mjs';
import { projectRoot } from './project.mjs';

/** @import { ChunkingContext, OutputOptions, Plugin } from 'rolldown' */

const src = path.join(projectRoot, 'src');
const ENTRIES = { index: 'index.ts', 'testing/index': 'testing/index.ts', 'cli/bin': 'cli/bin.ts' };
/**
 * What two entries need is a file of its own, so that each class exists once. What the testing entry does not need is another
 * one: jest, where it requires, cannot load `import.meta`, and tests load no more than they have to.
 */
const SHARED = { name: ofTesting, debugName: 'shared', minShareCount: 2 };
const MAIN = { name: ofIndex, debugName: 'main', minShareCount: 2 };
/** What the diagnosis and the command line need. No host loads it at its start. */
const PROBES = { name: 'probes', minShareCount: 2 };
/** Apart from the rest: Babel, which jest has transform what it requires, complains of files above 500 KB. */
const VALIDATOR = { name: 'validator', test: /schema[\\/]check\.ts$/ };
/** What tsconfig.json says. */
const TARGET = 'es2022';

/** @type {OutputOptions} */
const OUTPUT = {
  format: 'esm',
  chunkFileNames: '[name].js',
  codeSplitting: {
    groups: [{ ...VALIDATOR, priority: 3 }, { ...SHARED, priority: 2 }, { ...MAIN, priority: 1 }, PROBES],
  },
  // A stack trace without source maps shows these lines, so names and lines stay. The comments are in the maps.
  comments: false,
  // Node keeps a text with one character beyond Latin-1 at two bytes a character.
  minify: { compress: false, mangle: false, codegen: { removeWhitespace: false, asciiOnly: true } },
  minifyInternalExports: false,
  sourcemap: true,
};

/** @param {string} id @param {ChunkingContext} context */
function ofTesting(id, context) {
  return neededBy(ENTRIES['testing/index'], context, true).has(id) ? 'shared' : null;
}

/** @param {string} id @param {ChunkingContext} context */
function ofIndex(id, context) {
  return neededBy(ENTRIES.index, context, false).has(id) ? 'main' : null;
}

/**
 * @param {string} entry
 * @param {ChunkingContext} context
 * @param {boolean} later also what is imported when it is first used
 */
function neededBy(entry, context, later) {
  const needed = new Set([path.join(src, entry)]);
  for (const id of needed) {
    const info = context.getModuleInfo(id);
    for (const imported of info?.importedIds ?? []) needed.add(imported);
    if (!later) continue;
    for (const imported of info?.dynamicallyImportedIds ?? []) needed.add(imported);
  }
  return needed;
}

/**
 * src → few files: most of the time of an import is Node's, for each file.
 * @param {string} folder Where to
 * @param {Readonly<Record<string, string>>} finished File of src → the code that stands for it
 * @param {Readonly<Record<string, string>>} [edited] File of src → the TypeScript that stands for it
 */
export async function bundle(folder, finished, edited = {}) {
  const plugins = [inPlaceOf(finished, 'js'), inPlaceOf(edited, 'ts'), commonJsDependencies(src)];
  await write(ENTRIES, plugins, (id) => id.startsWith('@confluentinc/'), { ...OUTPUT, dir: folder });
}

/**
 * Files of src as modules, for what runs before dist is there.
 * @template {string} Name
 * @param {Readonly<Record<Name, string>>} files
 * @returns {Promise<Record<Name, any>>}
 */
export async function importFromSource(files) {
  const parent = path.join(projectRoot, '.tmp');
  await mkdir(parent, { recursive: true });
  // Within the project, so that its dependencies are found.
  const folder = await mkdtemp(path.join(parent, 'source-'));
  try {
    await writeFromSource(files, folder);
    const load = async (/** @type {string} */ name) => [
      name,
      await import(pathToFileURL(path.join(folder, `${name}.mjs`)).href),
    ];
    return Object.fromEntries(await Promise.all(Object.keys(files).map(load)));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Files of src as modules in a folder within the project, `<name>.mjs` each.
 * @param {Readonly<Record<string, string>>} files Name → file of src
 * @param {string} folder
 */
export async function writeFromSource(files, folder) {
  await write(files, [], (id) => !id.startsWith('.') && !path.isAbsolute(id), {
    dir: folder,
    entryFileNames: '[name].mjs',
    chunkFileNames: '[name].mjs',
  });
}

/**
 * @param {Readonly<Record<string, string>>} files Name → file of src
 * @param {Plugin[]} plugins
 * @param {(id: string) => boolean} isExternal
 * @param {OutputOptions} output
 */
async function write(files, plugins, isExternal, output) {
  const input = Object.fromEntries(
    Object.entries(files).map(([name, file]) => [name, path.join(src, /** @type {string} */ (file))]),
  );
  // Not at the top: on a fresh clone it is there only after the set-up.
  const { rolldown } = await import('rolldown');
  const built = await rolldown({
    input,
    plugins,
    external: (id) => id.startsWith('node:') || isExternal(id),
    platform: 'node',
    tsconfig: false,
    transform: { target: TARGET },
    // On a busy machine it warns that the build is slow.
    checks: { bundlerTimings: false },
    // A warning is about something that was not meant.
    onLog: (level, log) => {
      if (level === 'warn') throw new Error(`build: ${log.message}`);
    },
  });
  try {
    await built.write(output);
  } finally {
    await built.close();
  }
}

/**
 * @param {Readonly<Record<string, string>>} texts
 * @param {'js' | 'ts'} moduleType
 * @returns {Plugin}
 */
function inPlaceOf(texts, moduleType) {
  const codes = new Map(Object.entries(texts).map(([file, code]) => [path.join(src, file), code]));
  return {
    name: 'in-place-of',
    load(id) {
      const code = codes.get(id);
      // No map: nobody reads generated code line by line.
      return code === undefined ? null : { code, map: { mappings: '' }, moduleType };
    },
  };
}
