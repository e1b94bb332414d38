import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Every page, by its path. */
async function pages(): Promise<ReadonlyMap<string, string>> {
  const docs = (await readdir(path.join(root, 'docs'))).filter((name) => name.endsWith('.md'));
  const names = ['README.md', ...docs.map((name) => `docs/${name}`)];
  const texts = names.map(async (name) => [name, await readFile(path.join(root, name), 'utf8')] as const);
  return new Map(await Promise.all(texts));
}

/** What a pattern's first group finds, with the page in front. */
async function found(pattern: RegExp): Promise<ReadonlyArray<readonly [page: string, text: string]>> {
  return [...(await pages())].flatMap(([page, text]) =>
    [...text.matchAll(pattern)].map(([, group = '']) => [page, group] as const),
  );
}

describe('the commands that the pages name', () => {
  it('name tests, examples and scripts that exist', async () => {
    const named = await found(/(?<![\w/.-])((?:test|examples|scripts|bench)\/[\w./-]*\w)/g);
    const missing: string[] = [];
    for (const [page, file] of named) {
      if ((await stat(path.join(root, file)).catch(() => null)) === null) missing.push(`${page}: ${file}`);
    }
    expect(missing).toEqual([]);
    expect(named.length).toBeGreaterThan(5);
  });

  it('name npm scripts that package.json has', async () => {
    const { scripts } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const named = await found(/npm run ([\w:-]+)/g);
    expect(named.filter(([, name]) => !Object.hasOwn(scripts, name))).toEqual([]);
    expect(named.length).toBeGreaterThan(5);
  });
});

describe('the TypeScript of the pages', () => {
  /** What a fragment may take for given. */
  const PRELUDE = `
    import type { KafkaNorthward } from 'ng-kafka-northward';
    declare const northward: KafkaNorthward;
    declare function writeToDevice(data: unknown, signal: AbortSignal): Promise<number>;
  `;
  let folder: string;

  beforeAll(async () => {
    await mkdir(path.join(root, '.tmp'), { recursive: true });
    folder = await mkdtemp(path.join(root, '.tmp/pages-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  async function complaints(blocks: ReadonlyArray<readonly [page: string, code: string]>): Promise<string> {
    for (const [index, [page, code]] of blocks.entries()) {
      const whole = code.includes('import ') ? code : PRELUDE + code;
      await writeFile(path.join(folder, `${path.basename(page, '.md')}-${index}.ts`), whole);
    }
    const compilerOptions = { noUnusedLocals: false };
    const config = { extends: '../../tsconfig.json', compilerOptions, include: ['*.ts'] };
    await writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify(config));
    const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
    return new Promise((resolve) => {
      execFile(process.execPath, [tsc, '-p', folder], { cwd: folder }, (_error, out) => resolve(out));
    });
  }

  it('agrees with the types of the package', { timeout: 60_000 }, async () => {
    const blocks = await found(/^```ts\n([\s\S]*?)^```/gm);
    expect(blocks.map(([page]) => page)).toContain('README.md');
    expect(await complaints(blocks)).toBe('');
    // A mistake is found: the check is one.
    expect(await complaints([['wrong.md', 'await northward.publishTelemetri();']])).toContain(
      'publishTelemetri',
    );
  });
});
