import { format, resolveConfig } from 'prettier';
import { expect, test } from 'vitest';
import { renderConfigTypes } from '../../../scripts/generate-config-types.mjs';
import { ROOT, type SchemaNode } from '../../../src/config/schema/schema-node.js';

// After a change of the schema: npx vitest run test/unit/config/types.test.ts --update
test('§2: given the schema, then the types of the configuration are what is made from it', async () => {
  const options = { ...(await resolveConfig('src/api/config.ts')), parser: 'typescript' };
  await expect(await format(renderConfigTypes(ROOT), options)).toMatchFileSnapshot(
    '../../../src/api/config.ts',
  );
});

function* fields(node: SchemaNode): Generator<readonly [name: string, field: SchemaNode]> {
  for (const [name, field] of Object.entries(node.properties ?? {})) {
    yield [name, field];
    yield* fields(field);
  }
  const branches = [...(node.anyOf ?? []), ...(node.oneOf ?? [])];
  for (const branch of [...branches, ...Object.values(node.patternProperties ?? {})]) yield* fields(branch);
}

test('§2: given any field, then it has a title and a description, from which its hover text is made', () => {
  const missing = [...fields(ROOT)].filter(([, { title, description }]) => !title || !description);
  expect(missing).toEqual([]);
});
