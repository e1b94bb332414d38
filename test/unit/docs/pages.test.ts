import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));

async function pages(): Promise<string[]> {
  const docs = (await readdir(path.join(root, 'docs'))).filter((name) => name.endsWith('.md'));
  return ['README.md', 'CHANGELOG.md', ...docs.map((name) => `docs/${name}`)];
}

/** The anchor of a heading, as code hosts make it. */
function anchorOf(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');
}

async function anchors(page: string): Promise<string[]> {
  const text = await readFile(page, 'utf8');
  return [...text.matchAll(/^#+ (.*)$/gm)].map((match) => anchorOf(match[1] ?? ''));
}

describe('the pages', () => {
  it('link to pages and headings that exist', async () => {
    const broken: string[] = [];
    for (const page of await pages()) {
      const text = await readFile(path.join(root, page), 'utf8');
      for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^[a-z]+:/.test(target)) continue;
        const [file = '', anchor] = target.split('#');
        const linked = file === '' ? path.join(root, page) : path.join(root, path.dirname(page), file);
        const found = await anchors(linked).catch(() => null);
        if (found === null) broken.push(`${page}: ${target}`);
        else if (anchor !== undefined && !found.includes(anchor)) broken.push(`${page}: ${target} (heading)`);
      }
    }
    expect(broken).toEqual([]);
  });

  it('the file map of docs/design.md names every file of src, and none that is not there', async () => {
    const text = await readFile(path.join(root, 'docs/design.md'), 'utf8');
    const map = text.slice(text.indexOf('## File map'));
    const named = new Set([...map.matchAll(/`([\w/-]+\.ts)`/g)].map((match) => match[1] ?? ''));
    const files = (await readdir(path.join(root, 'src'), { recursive: true }))
      .filter((name) => name.endsWith('.ts'))
      .map((name) => name.replace(/^(config|mapping|uplink|downlink|kafka)\//, ''));
    expect(files.filter((name) => !named.has(name))).toEqual([]);
    expect([...named].filter((name) => !files.includes(name))).toEqual([]);
  });
});
