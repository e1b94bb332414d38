import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { ERROR_TABLE } from '../../../src/errors.js';

describe('docs/errors.md', () => {
  it('has a row for every code, as the code has it, and no other', async () => {
    const page = await readFile(new URL('../../../docs/errors.md', import.meta.url), 'utf8');
    const rows = page.split('\n').filter((line) => line.startsWith('| `') && /^\| `[A-Z_]+` \|/.test(line));
    const cell = (text: string): string => text.replaceAll('|', '\\|');
    expect(rows).toEqual(
      Object.entries(ERROR_TABLE).map(
        ([code, { retryable, meaning, hint }]) =>
          `| \`${code}\` | ${retryable ? 'yes' : 'no'} | ${cell(meaning)} | ${cell(hint)} |`,
      ),
    );
  });
});
