import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';

const read = (file: string): Promise<string> =>
  readFile(new URL(`../../../${file}`, import.meta.url), 'utf8');

interface Manifest {
  readonly license: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

const manifest = async (file: string): Promise<Manifest> => JSON.parse(await read(file)) as Manifest;

/** Package and licence of the table under a heading. */
async function tableOf(heading: string): Promise<Record<string, string>> {
  const section = (await read('docs/dependencies.md')).split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const rows = section.matchAll(/^\| `([^`]+)` +\| ([\w.-]+) +\|/gm);
  return Object.fromEntries([...rows].map(([, name = '', licence = '']) => [name, licence]));
}

async function licencesOf(names: readonly string[]): Promise<Record<string, string>> {
  const licences = names.map(
    async (name) => [name, (await manifest(`node_modules/${name}/package.json`)).license] as const,
  );
  return Object.fromEntries(await Promise.all(licences));
}

describe('docs/dependencies.md', () => {
  it('has a row with the licence for each dependency at run time, and no other', async () => {
    const { dependencies } = await manifest('package.json');
    expect(await tableOf('At run time')).toEqual(await licencesOf(Object.keys(dependencies)));
  });

  it('has a row with the licence for each dependency of development, and no other', async () => {
    const { devDependencies } = await manifest('package.json');
    expect(await tableOf('For development')).toEqual(await licencesOf(Object.keys(devDependencies)));
  });
});
