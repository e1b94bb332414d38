import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { apiPages, docPages, root } from '../../support/doc-pages.js';

/** Without blocks of code: a `#` or a bracket in them is neither a heading nor a link. */
function prose(text: string): string {
  return text.replaceAll(/^( *)(`{3,}|~{3,})[^\n]*\n[\s\S]*?^\1\2[ \t]*$/gm, '');
}

/** The anchors of the headings, as code hosts make them: a repeated one gets a number. */
function anchorsOf(text: string): Set<string> {
  const counts = new Map<string, number>();
  const anchors = new Set<string>();
  for (const [, heading = ''] of prose(text).matchAll(/^#{1,6} +(.*?)[ #]*$/gm)) {
    const anchor = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-');
    const count = counts.get(anchor) ?? 0;
    counts.set(anchor, count + 1);
    anchors.add(count === 0 ? anchor : `${anchor}-${count}`);
  }
  for (const [, anchor = ''] of text.matchAll(/<a id="([^"]+)">/g)) anchors.add(anchor);
  return anchors;
}

/** Targets of `[text](target)` and `[label]: target`. */
function targetsOf(text: string): string[] {
  const inline = prose(text).matchAll(/\]\(\s*<?([^)\s>]+)>?[^)]*\)/g);
  const labelled = prose(text).matchAll(/^\[[^\]]+\]:\s*(\S+)/gm);
  return [...inline, ...labelled].map(([, target = '']) => target);
}

/** What is wrong with a link, or nothing. */
async function faultOf(page: string, target: string): Promise<string[]> {
  const [file = '', anchor] = target.split('#');
  const linked = file === '' ? path.join(root, page) : path.resolve(root, path.dirname(page), file);
  if (!linked.startsWith(root)) return [`${page}: ${target} (outside of the package)`];
  const found = await stat(linked).catch(() => null);
  if (found === null) return [`${page}: ${target} (no such file)`];
  if (anchor === undefined) return [];
  const anchors = anchorsOf(found.isFile() ? await readFile(linked, 'utf8') : '');
  return anchors.has(anchor) ? [] : [`${page}: ${target} (no such heading)`];
}

describe('the links of the pages', () => {
  it('lead to files and headings that exist', async () => {
    const broken: string[] = [];
    let checked = 0;
    for (const page of [...(await docPages()).keys(), ...(await apiPages()).keys(), 'CHANGELOG.md']) {
      for (const target of targetsOf(await readFile(path.join(root, page), 'utf8'))) {
        if (/^[a-z][a-z+.-]*:/i.test(target)) continue;
        checked += 1;
        broken.push(...(await faultOf(page, target)));
      }
    }
    expect(broken).toEqual([]);
    expect(checked).toBeGreaterThan(20);
  });
});

describe('docs/design.md', () => {
  const page = readFile(path.join(root, 'docs/design.md'), 'utf8');
  const sources = readdir(path.join(root, 'src'), { recursive: true }).then((names) =>
    names.filter((name) => name.endsWith('.ts')).map((name) => name.split(path.sep).join('/')),
  );

  it('has a row for every room, and each has its main file', async () => {
    const rows = [...(await page).matchAll(/^\| `([\w/]+\/)` +\|[^|]+\| `([^`]+)`/gm)];
    const rooms = rows.map(([, room = '']) => room);
    const folders = (await sources).filter((file) => file.includes('/'));
    expect(folders.filter((file) => !rooms.some((room) => file.startsWith(room)))).toEqual([]);
    expect(rows.filter(([, room = '', file = '']) => !file.startsWith(room))).toEqual([]);
    expect(rooms.length).toBeGreaterThan(10);
  });

  it('names no file of src that is not there', async () => {
    const files = new Set(await sources);
    const named = [...(await page).matchAll(/`([\w/-]+\.ts)`/g)].map(([, name = '']) => name);
    expect(named.filter((name) => !files.has(name))).toEqual([]);
    expect(named.length).toBeGreaterThan(50);
  });

  it('names no class that is not there', async () => {
    const texts = await Promise.all(
      (await sources).map((file) => readFile(path.join(root, 'src', file), 'utf8')),
    );
    const classes = new Set(
      texts.flatMap((text) => [...text.matchAll(/\bclass (\w+)/g)].map(([, name]) => name)),
    );
    const named = [...(await page).matchAll(/`((?:[A-Z][a-z]+)+)`/g)].map(([, name]) => name);
    // JavaScript's own.
    expect(named.filter((name) => name !== 'Error' && !classes.has(name))).toEqual([]);
    expect(named.length).toBeGreaterThan(3);
  });
});
