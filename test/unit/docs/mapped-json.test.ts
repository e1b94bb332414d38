import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FUNCTIONS } from '../../../src/language/jmespath/functions.js';
import { configurationOf } from '../../support/doc-configurations.js';
import { eventsByKind, previewOf } from '../../support/doc-examples.js';
import { jsonBlock } from '../../support/doc-pages.js';

const page = readFileSync(new URL('../../../docs/mapped-json.md', import.meta.url), 'utf8');

// What its examples give is checked by snippets.test.ts.
describe('docs/mapped-json.md', () => {
  it('§5: given the functions, then each has a row, and no other', () => {
    const table = page.split('\n## Functions\n')[1]?.split('\nA function that does not fit')[0] ?? '';
    const rows = [...table.matchAll(/^\| `+ ?(\w+)\(/gm)].map(([, name]) => name);
    expect([...new Set(rows)]).toEqual([...FUNCTIONS.keys()].toSorted());
  });

  it('§5: given the names of the kinds, then the data is found under each', async () => {
    const sentence = /The names: ([^.]*)\./.exec(page)?.[1] ?? '';
    const names = [...sentence.matchAll(/`(\w+)`/g)].map(([, name]) => name);
    const found = [];
    for (const [index, event] of [...(await eventsByKind()).values()].entries()) {
      const config = { result: `data.${names[index]}` };
      const mapping = { payload: { mode: 'mapped_json', config } };
      const { value } = previewOf(configurationOf(jsonBlock('mapping', JSON.stringify(mapping))), event);
      if (value.toString() !== '{"result":null}') found.push(names[index]);
    }
    expect(found).toEqual(names);
    expect(names).toHaveLength(7);
  });
});
