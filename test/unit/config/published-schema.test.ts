import { readFileSync, readdirSync } from 'node:fs';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../../src/config/parse.js';
import { formSchema, tolerantSchema } from '../../../src/config/schema/published-schema.js';
import { ROOT, type SchemaNode } from '../../../src/config/schema/schema-node.js';
import { validateShape } from '../../../src/config/validate.js';
import { runs } from '../hostile/support.js';

/** As an editor or a form library takes them, without anything of ours. */
const tolerant = new Ajv({ strict: true }).compile(tolerantSchema());
const strict = new Ajv({ strict: true }).compile(formSchema());

const EXAMPLES = new URL('../../../examples/config/', import.meta.url);
const connection = { bootstrapServers: 'a' };

/** Documents that the library takes, the second ones with a warning. */
const TAKEN: readonly (readonly [name: string, document: object])[] = [
  ['the least', { connection }],
  ['the place of the schema', { $schema: './s.json', connection }],
  [
    'blank texts',
    { connection: { ...connection, clientId: '' }, uplink: { telemetry: { topic: '', key: ' ' } } },
  ],
  ['a list of servers', { connection: { bootstrapServers: ['a', 'b:1'] } }],
];
const LEFTOVERS: readonly (readonly [name: string, document: object])[] = [
  [
    'tls and sasl without use',
    {
      connection: {
        ...connection,
        security: { protocol: 'plaintext', tls: { caLocation: 'x' }, sasl: { username: 'u' } },
      },
    },
  ],
  ['a tag left out', { connection: { ...connection, security: { sasl: 5 } } }],
  [
    'the fields of another mechanism',
    {
      connection: {
        ...connection,
        security: {
          protocol: 'sasl_ssl',
          sasl: { mechanism: 'plain', username: 'u', password: 'p', oauthbearer: { clientId: 'x' } },
        },
      },
    },
  ],
  [
    'a setting of another mode',
    { connection, uplink: { telemetry: { payload: { mode: 'envelope_json', includeMeta: true } } } },
  ],
  [
    'the rules and the filter of another mode',
    { connection, downlink: { writePoint: { payload: { mode: 'envelope_json', config: 5, filter: null } } } },
  ],
  [
    'the fields of another filter',
    {
      connection,
      downlink: {
        writePoint: {
          payload: { mode: 'mapped_json', config: { a: 'b' }, filter: { mode: 'none', pointer: 7 } },
        },
      },
    },
  ],
];

describe('§2 the published schema takes what the library takes', () => {
  test.each(readdirSync(EXAMPLES))('given examples/config/%s, then it is taken', (file) => {
    const document: unknown = JSON.parse(readFileSync(new URL(file, EXAMPLES), 'utf8'));
    expect(tolerant(document), JSON.stringify(tolerant.errors)).toBe(true);
    expect(strict(document)).toBe(file !== 'form-leftovers.json');
  });

  test.each(TAKEN)('given %s, then both schemas take it', (_name, document) => {
    expect(() => parseConfig(document)).not.toThrow();
    expect([tolerant(document), strict(document)]).toEqual([true, true]);
  });

  test.each(LEFTOVERS)('given %s, then the one for forms refuses it', (_name, document) => {
    expect(() => parseConfig(document)).not.toThrow();
    expect([tolerant(document), strict(document)]).toEqual([true, false]);
  });

  test('given any document, then it is taken where its shape is taken, and refused where that is', () => {
    const counts = { taken: 0, refused: 0 };
    fc.assert(
      fc.property(valueOf(ROOT), (document) => {
        const isTaken = validateShape(structuredClone(document) as object, 'error').problems.length === 0;
        counts[isTaken ? 'taken' : 'refused'] += 1;
        expect(tolerant(document), JSON.stringify(tolerant.errors)).toBe(isTaken);
        if (strict(document)) expect(isTaken).toBe(true);
      }),
      runs(400),
    );
    expect(counts.taken).toBeGreaterThan(50);
    expect(counts.refused).toBeGreaterThan(50);
  });
});

const anything = fc.constantFrom<unknown>(null, '', 'x', -1, 1.5, true, [], {}, { env: 'X' });

/** Values that a part of the schema takes, with a fault now and then. */
function valueOf(node: SchemaNode): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 400, arbitrary: fittingValueOf(node) }, { weight: 1, arbitrary: anything });
}

function fittingValueOf(node: SchemaNode): fc.Arbitrary<unknown> {
  if (node.oneOf !== undefined) return variantOf(node.oneOf);
  if (node.anyOf !== undefined) return fc.oneof(...node.anyOf.map(valueOf));
  if (node.const !== undefined) return fc.constant(node.const);
  if (node.enum !== undefined) return fc.constantFrom(...node.enum);
  const { minimum = 0, maximum = minimum + 100, minLength = 0 } = node;
  switch (node.type) {
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.integer({ min: minimum, max: Math.min(maximum, minimum + 100) });
    case 'number':
      return fc.double({ min: minimum, max: maximum, noNaN: true });
    case 'string':
      return fc.constantFrom('x', 'y', ...(minLength === 0 ? [''] : []));
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.array(valueOf(node.items ?? {}), { minLength: 1, maxLength: 2 });
    default:
      return objectOf(node);
  }
}

function objectOf({ properties, patternProperties, required = [] }: SchemaNode): fc.Arbitrary<object> {
  const [ofMap] = Object.values(patternProperties ?? {});
  if (ofMap !== undefined) return fc.dictionary(fc.constantFrom('a', 'b'), valueOf(ofMap));
  const fields = Object.entries(properties ?? {}).map(([name, field]) => {
    const value = valueOf(field);
    const present = fc.option(value, { nil: undefined, freq: required.includes(name) ? 500 : 2 });
    return present.map((found) => (found === undefined ? {} : { [name]: found }));
  });
  const unknown = fc.constant({ nobodyKnows: 1 });
  return fc.tuple(...fields, rarely(unknown)).map((parts) => Object.assign({}, ...parts) as object);
}

function rarely(odd: fc.Arbitrary<object>): fc.Arbitrary<object> {
  return fc.oneof({ weight: 400, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: odd });
}

/** A variant, and now and then what another one would have. */
function variantOf(variants: readonly SchemaNode[]): fc.Arbitrary<object> {
  const names = [...new Set(variants.flatMap(({ properties }) => Object.keys(properties ?? {})))];
  return fc
    .tuple(fc.oneof(...variants.map(objectOf)), fc.subarray(names, { maxLength: 1 }), anything, fc.nat(9))
    .map(([object, left, value, chance]) =>
      chance > 2 ? object : { ...Object.fromEntries(left.map((name) => [name, value])), ...object },
    );
}
