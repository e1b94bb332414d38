import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { docPages, root } from '../../support/doc-pages.js';

/** What a pattern's first group finds, with the page in front. */
async function found(pattern: RegExp): Promise<ReadonlyArray<readonly [page: string, text: string]>> {
  return [...(await docPages())].flatMap(([page, text]) =>
    [...text.matchAll(pattern)].map(([, group = '']) => [page, group] as const),
  );
}

describe('the commands that the pages name', () => {
  it('name tests, examples and scripts that exist', async () => {
    const named = await found(/(?<![\w/.-])((?:src|test|examples|scripts|bench)\/[\w./-]*\w)/g);
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
    const named = await found(/npm run (?:-\S+ )*([\w:][\w:-]*)/g);
    expect(named.filter(([, name]) => !Object.hasOwn(scripts, name))).toEqual([]);
    expect(named.length).toBeGreaterThan(5);
  });

  it('README.md has the two for a fresh clone', async () => {
    const readme = await readFile(path.join(root, 'README.md'), 'utf8');
    expect(readme).toContain('`npm run demo`');
    expect(readme).toContain('`npm test`');
  });

  it('choose tests by words of their titles', async () => {
    const named = [...(await docPages())].flatMap(([page, text]) =>
      [...text.matchAll(/npx vitest run ([^`\n]+?) -t (?:"([^"]+)"|(\S+?))[`\n ]/g)].map((match) => ({
        page,
        match,
      })),
    );
    const missing: string[] = [];
    for (const { page, match } of named) {
      const [, files = '', quoted, word] = match;
      const texts = await Promise.all(
        files.split(' ').map((file) => readFile(path.join(root, file), 'utf8')),
      );
      const title = quoted ?? word ?? '';
      if (!texts.some((text) => text.includes(title))) missing.push(`${page}: ${files} -t ${title}`);
    }
    expect(missing).toEqual([]);
    expect(named.length).toBeGreaterThan(2);
  });
});
