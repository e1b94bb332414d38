import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

/** README.md, examples/README.md and docs/*.md: the pages that people write. Path in the repository → text. */
export async function docPages(): Promise<ReadonlyMap<string, string>> {
  const docs = (await readdir(path.join(root, 'docs'))).filter((name) => name.endsWith('.md'));
  const names = ['README.md', 'examples/README.md', ...docs.toSorted().map((name) => `docs/${name}`)];
  const texts = names.map(async (name) => [name, await readFile(path.join(root, name), 'utf8')] as const);
  return new Map(await Promise.all(texts));
}

/** The pages below docs/api, which are generated. Path in the repository → text. */
export async function apiPages(): Promise<ReadonlyMap<string, string>> {
  const names = (await readdir(path.join(root, 'docs/api'), { recursive: true })).filter((name) =>
    name.endsWith('.md'),
  );
  const pages = names.toSorted().map((name) => `docs/api/${name.split(path.sep).join('/')}`);
  const texts = pages.map(async (name) => [name, await readFile(path.join(root, name), 'utf8')] as const);
  return new Map(await Promise.all(texts));
}

/** A fenced block of a page. */
export interface Block {
  readonly page: string;
  /** Number of its first line of code. */
  readonly line: number;
  /** First word behind the fence. */
  readonly language: string;
  /** What stands behind the language: what the block is, docs/design.md has the list. */
  readonly marker: string;
  /** With a line break at its end. */
  readonly code: string;
  /** Where the code begins in the page. */
  readonly start: number;
}

const FENCED = /^(`{3,}|~{3,})([^\n]*)\n([\s\S]*?)^\1[ \t]*$/gm;

export function blocksOf(page: string, text: string): Block[] {
  return [...text.matchAll(FENCED)].map(({ index, 1: fence = '', 2: info = '', 3: code = '' }) => {
    const [language = '', ...marker] = info.trim().split(/\s+/);
    const start = index + fence.length + info.length + 1;
    const line = text.slice(0, start).split('\n').length;
    return { page, line, language, marker: marker.join(' '), code, start };
  });
}

/** A block that stands in no page. */
export function jsonBlock(marker: string, code: string): Block {
  return { page: '', line: 0, start: 0, language: 'json', marker, code };
}
