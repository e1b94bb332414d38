import { expect, test } from 'vitest';
import { renderConfigDocs } from '../../../scripts/generate-config-docs.mjs';
import { OWNED_PROPERTIES } from '../../../src/config/owned-properties.js';
import { ROOT, taggedUnion } from '../../../src/config/schema/schema-node.js';
import { expectedIn } from '../../../src/config/schema/validation-schema.js';

// After a change of the schema: npx vitest run test/unit/config/docs.test.ts --update
test('§2: given the schema, then docs/configuration.md is what is made from it', async () => {
  const page = renderConfigDocs({ ROOT, taggedUnion, expectedIn, OWNED_PROPERTIES });
  await expect(page).toMatchFileSnapshot('../../../docs/configuration.md');
});
