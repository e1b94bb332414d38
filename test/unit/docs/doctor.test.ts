import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { CLUSTER_FAULTS } from '../../support/doctor/cluster-faults.js';
import { rowOf } from '../../support/doctor/fault.js';
import { OFFLINE_FAULTS } from '../../support/doctor/offline-faults.js';
import { REFUSAL_FAULTS } from '../../support/doctor/refusal-faults.js';
import { DISK_FAULTS, STORE_FAULTS } from '../../support/doctor/store-faults.js';
import { root } from '../../support/doc-pages.js';

const PAGE = path.join(root, 'docs/doctor.md');
const HEAD = ['what is wrong', 'step', 'status', 'code', 'setting'];
const TABLE = /^\| what is wrong .*\n(?:\|.*\n)+/m;

/** As it is formatted. */
function tableOf(rows: readonly (readonly string[])[]): string {
  const widths = HEAD.map((head, at) => Math.max(head.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |\n`;
  return [HEAD, widths.map((width) => '-'.repeat(width)), ...rows].map(line).join('');
}

/** As code hosts make them. */
function anchorsOf(text: string): string[] {
  const headings = [...text.matchAll(/^#{1,6} +(.*)$/gm)].map(([, heading = '']) => heading);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-'),
  );
}

describe('the pages that findings lead to', () => {
  it('are there, with the heading', async () => {
    const folder = path.join(root, 'src/diagnose');
    const files = await readdir(folder);
    const sources = await Promise.all(files.map((file) => readFile(path.join(folder, file), 'utf8')));
    const named = new Set(sources.join('').match(/docs\/[\w-]+\.md(?:#[\w-]+)?/g));
    const broken: string[] = [];
    for (const target of named) {
      const [file = '', anchor] = target.split('#');
      const text = await readFile(path.join(root, file), 'utf8').catch(() => '');
      if (text === '' || (anchor !== undefined && !anchorsOf(text).includes(anchor))) broken.push(target);
    }
    expect(broken).toEqual([]);
    expect(named.size).toBeGreaterThan(10);
  });
});

describe('docs/doctor.md', () => {
  // After a change: npx vitest run test/unit/docs/doctor.test.ts --update
  it('lists every fault that the tests make, and no other', async () => {
    const secured = [...REFUSAL_FAULTS, ...CLUSTER_FAULTS, ...STORE_FAULTS, ...DISK_FAULTS];
    const rows = [...OFFLINE_FAULTS.map(rowOf), ...secured.map(rowOf)];
    const page = await readFile(PAGE, 'utf8');
    await expect(page.replace(TABLE, () => tableOf(rows))).toMatchFileSnapshot(PAGE);
    expect(rows.length).toBeGreaterThanOrEqual(30);
    expect(new Set(rows.map(([fault]) => fault)).size).toBe(rows.length);
  });
});
