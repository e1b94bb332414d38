import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import * as errors from '../../../src/api/errors.js';

const page = readFile(new URL('../../../docs/errors.md', import.meta.url), 'utf8');

describe('docs/errors.md', () => {
  it('has a row for every code, as the code has it, and no other', async () => {
    const rows = (await page).split('\n').filter((line) => /^\| `[A-Z_]+` \|/.test(line));
    const cell = (text: string): string => text.replaceAll('|', '\\|');
    expect(rows).toEqual(
      Object.entries(errors.ERROR_TABLE).map(
        ([code, { retryable, meaning, hint }]) =>
          `| \`${code}\` | ${retryable ? 'yes' : 'no'} | ${cell(meaning)} | ${cell(hint)} |`,
      ),
    );
  });

  it('has no meaning that leads to the message: it is a part of messages itself', () => {
    const meanings = Object.values(errors.ERROR_TABLE).map(({ meaning }) => meaning);
    const selfReferring = /\bmessage (of the error|has|names|says|tells)\b/;
    expect(meanings.filter((meaning) => selfReferring.test(meaning))).toEqual([]);
  });

  it('has a row for every class of error', async () => {
    const classes = Object.values(errors)
      .filter((each) => typeof each === 'function')
      .map(({ name }) => name);
    const rows = [...(await page).matchAll(/^\| `(\w+Error)` \|/gm)].map(([, name = '']) => name);
    expect(rows.toSorted()).toEqual(classes.toSorted());
  });
});
