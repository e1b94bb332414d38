/**
 * The validator of the configuration. In dist the function that ajv made stands in its place, so that a host does
 * not compile it at each start (scripts/lib/build.mjs).
 */
import { Ajv } from 'ajv';
import type { ValidateFunction } from 'ajv';
import { ROOT } from './schema-node.js';
import { shareDefinitions } from './shared-schema.js';
import { ANNOTATIONS, validationSchema } from './validation-schema.js';

/** For the build, which asks it for the code of `check`. */
export const ajv = new Ajv({
  allErrors: true,
  strict: true,
  allowUnionTypes: true,
  verbose: true,
  // Else every use of a definition would be compiled again.
  inlineRefs: false,
  code: { source: true, esm: true },
});
for (const keyword of ANNOTATIONS) ajv.addKeyword(keyword);

/** Answers whether a document has the shape of the configuration; what is wrong is in `check.errors`. */
export const check: ValidateFunction = ajv.compile(shareDefinitions(validationSchema(ROOT)));
