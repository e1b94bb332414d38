import { readFileSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { configJsonSchema } from '../../../src/config/schema.js';

interface Node {
  readonly title?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly anyOf?: readonly Node[];
  readonly oneOf?: readonly Node[];
}

const SOURCES = [
  'src/config/schema.ts',
  ...readdirSync('src/config/schema').map((f) => `src/config/schema/${f}`),
];

/** `name: text` of every field that carries a doc comment in the source of the schema. */
function documented(): Set<string> {
  const found = new Set<string>();
  for (const file of SOURCES) {
    for (const match of readFileSync(file, 'utf8').matchAll(
      /\/\*\*((?:(?!\*\/)[^])*)\*\/(?:\s*\/\/.*)?\s*([\w$]+)[:,]/g,
    )) {
      found.add(
        `${match[2]}: ${match[1]!
          .replace(/\s+\* /g, ' ')
          .replace(/\s+/g, ' ')
          .trim()}`,
      );
    }
  }
  return found;
}

function* fields(node: Node): Generator<readonly [name: string, field: Node]> {
  for (const [name, field] of Object.entries(node.properties ?? {})) {
    yield [name, field];
    yield* fields(field);
  }
  for (const branch of [...(node.anyOf ?? []), ...(node.oneOf ?? [])]) yield* fields(branch);
}

test('§2: given any field, then it has a title, and its description is its hover text as well', () => {
  const comments = documented();
  const missing = [...fields(configJsonSchema as Node)].filter(
    ([name, field]) =>
      field.title === undefined ||
      field.description === undefined ||
      !comments.has(`${name}: ${field.description}`),
  );
  expect([...new Set(missing.map(([name, field]) => `${name}: ${field.description}`))]).toEqual([]);
});
