import { readFile } from 'node:fs/promises';

/** As the package says: its package.json stands above `src/cli` and `dist/cli` alike. */
export async function packageVersion(): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}
