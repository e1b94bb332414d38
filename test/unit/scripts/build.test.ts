import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { rolldown, type Plugin } from 'rolldown';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commonJsDependencies } from '../../../scripts/lib/common-js.mjs';
import { removeInnerTypes } from '../../../scripts/lib/public-types.mjs';
import { runScript } from '../../support/script-run.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'ng-kafka-northward-build-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function write(files: Readonly<Record<string, string>>): Promise<string> {
  const target = await mkdtemp(path.join(folder, 'files-'));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(target, name)), { recursive: true });
    await writeFile(path.join(target, name), text);
  }
  return target;
}

/** What is made of a file that stands in a folder of its own, by name. */
async function bundled(code: string): Promise<Record<string, string>> {
  const src = await write({ 'inner/index.js': code });
  const plugins: Plugin[] = [commonJsDependencies(src)];
  const built = await rolldown({ input: { 'inner/index': path.join(src, 'inner/index.js') }, plugins });
  const { output } = await built.generate({ format: 'esm' });
  await built.close();
  return Object.fromEntries(
    output.map((file) => [file.fileName, file.type === 'chunk' ? file.code : String(file.source)]),
  );
}

describe('the build', () => {
  it('given a clone without its packages, then it says what to do first', async () => {
    const clone = await write({ 'package.json': '{ "type": "module" }' });
    await cp('scripts', path.join(clone, 'scripts'), { recursive: true });
    const { code, output } = await runScript(path.join(clone, 'scripts/build.mjs'));
    expect(output).toBe('build: the packages of this clone are not installed. Run "npm run setup" first.\n');
    expect(code).toBe(1);
  });

  it('given a dependency that is CommonJS, then it is taken from the file that requires it', async () => {
    const files = await bundled(`import { parse } from 'lossless-json'; export { parse };`);
    expect(files['dependencies.cjs']).toContain(`exports['lossless-json'] = require('lossless-json');`);
    expect(files['inner/index.js']).toMatch(/import \w+ from "[./]*dependencies\.cjs"/);
    expect(files['inner/index.js']).not.toMatch(/from "lossless-json"/);
  });

  it('given a dependency that is not listed, then it fails and says where to list it', async () => {
    await expect(bundled(`import 'pino';`)).rejects.toThrow(
      /pino is not known: scripts\/lib\/common-js\.mjs lists/,
    );
  });

  it('given declarations, then those stay that an entry leads to, by any way', async () => {
    const types = await write({
      'index.d.ts': `export type { A } from './inner/a.js';\n`,
      'inner/a.d.ts': `export type A = import('./b.js').B;\n`,
      'inner/b.d.ts': `import '../c.js';\nexport interface B {}\n`,
      'c.d.ts': 'export {};\n',
      'deep/unused/d.d.ts': `export type { A } from '../../inner/a.js';\n`,
    });
    await removeInnerTypes(types, ['index.d.ts']);
    expect((await readdir(types, { recursive: true })).toSorted()).toEqual(
      [
        'c.d.ts',
        'index.d.ts',
        'inner',
        path.join('inner', 'a.d.ts'),
        path.join('inner', 'b.d.ts'),
      ].toSorted(),
    );
  });
});
