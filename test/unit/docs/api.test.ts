import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { apiPages, root } from '../../support/doc-pages.js';

interface Exported {
  readonly name: string;
  /** The file that declares it. */
  readonly file: string;
}

/** The public names of an entry, which lists them one by one: `export { a, type B } from './file.js'`. */
async function exportsOf(entry: string): Promise<Exported[]> {
  const text = (await readFile(path.join(root, entry), 'utf8')).replaceAll(/\/\*[\s\S]*?\*\//g, '');
  return [...text.matchAll(/^export (?:type )?\{([^}]*)\} from '([^']+)\.js'/gm)].flatMap(
    ([, names = '', from = '']) =>
      names
        .split(',')
        .map((name) => name.trim().replace(/^type /, ''))
        .filter((name) => name !== '')
        .map((name) => ({ name, file: path.join(path.dirname(entry), `${from}.ts`) })),
  );
}

const ENTRIES = [
  ['src/index.ts', 'docs/api/ng-kafka-northward'],
  ['src/testing/index.ts', 'docs/api/ng-kafka-northward/testing'],
] as const;

describe.each(ENTRIES)('what %s exports', (entry, folder) => {
  it('has TSDoc, every name of it', async () => {
    const names = await exportsOf(entry);
    const bare: string[] = [];
    for (const { name, file } of names) {
      const text = await readFile(path.join(root, file), 'utf8');
      const declared = String.raw`^export (?:declare |abstract |async )*(?:interface|type|class|function|const) ${name}\b`;
      const documented = new RegExp(String.raw`\*\/\n${declared}`, 'm').test(text);
      if (!documented) bare.push(`${file}: ${name}`);
    }
    expect(bare).toEqual([]);
    expect(names.length).toBeGreaterThan(3);
  });

  it('has a page in docs/api each, and there is no other page (else: npm run docs:api)', async () => {
    const kinds = ['classes', 'functions', 'interfaces', 'type-aliases', 'variables'];
    const pages = await Promise.all(
      kinds.map((kind) => readdir(path.join(root, folder, kind)).catch(() => [] as string[])),
    );
    const names = (await exportsOf(entry)).map(({ name }) => `${name}.md`);
    expect(pages.flat().toSorted()).toEqual(names.toSorted());
  });
});

describe('docs/api', () => {
  it('holds no path of the machine that made it', async () => {
    const pages = await apiPages();
    expect(pages.size).toBeGreaterThan(50);
    for (const [page, text] of pages) {
      expect(text, page).not.toMatch(/node_modules|Defined in|\/(?:home|tmp|root|Users)\//);
    }
  });
});
