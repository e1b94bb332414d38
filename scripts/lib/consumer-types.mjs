// @ts-check
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { projectRoot } from './project.mjs';
import { mustRun } from './run.mjs';

/**
 * How consumers resolve and compile. `skipLibCheck` stays off throughout: the declarations of this package and
 * of what it needs are checked as well.
 */
const SETTINGS = {
  nodenext: { module: 'NodeNext', files: ['consumer-types.ts', 'consumer-types.cts'] },
  bundler: { module: 'ESNext', moduleResolution: 'bundler', files: ['consumer-types.ts'] },
};

/**
 * Compiles against the types of the installed tarball, in each way.
 * @param {string} project
 * @param {string} tsc The compiler's script
 */
export async function checkConsumerTypes(project, tsc) {
  for (const [name, { files, ...resolution }] of Object.entries(SETTINGS)) {
    const compilerOptions = {
      strict: true,
      noEmit: true,
      skipLibCheck: false,
      target: 'ES2022',
      lib: ['ES2023', 'ESNext.Disposable'],
      types: ['node'],
      typeRoots: [path.join(projectRoot, 'node_modules/@types')],
      ...resolution,
    };
    const file = `tsconfig.${name}.json`;
    await writeFile(path.join(project, file), JSON.stringify({ compilerOptions, files }));
    await mustRun(`types, ${name}`, process.execPath, [tsc, '-p', file], { cwd: project });
  }
}
