/**
 * The schema as ajv gets it. Published, a union is a plain `oneOf`/`anyOf`, of which ajv can only say that
 * nothing matched. Here the right branch is chosen first (by tag, or by JSON type), so that every error is
 * about one field.
 */
import { describeExpected } from '../describe.js';
import { isObject, taggedUnion } from './schema-node.js';
import type { SchemaNode } from './schema-node.js';

/** Annotations of our own; ajv ignores them and hands them back with an error. */
export const ANNOTATIONS = ['x-secret', 'x-elsewhere', 'x-variant'];

type Schema = Record<string, unknown>;

const COPIED = [
  'type',
  'enum',
  'const',
  'minimum',
  'maximum',
  'minLength',
  'required',
  'additionalProperties',
] as const;

/** The validation form of a node. `hidden`: a secret stands above it. */
export function validationSchema(node: SchemaNode, hidden = false): Schema {
  const secret = hidden || node.writeOnly === true;
  if (node.oneOf !== undefined) return byTag(node.oneOf, secret);
  if (node.anyOf !== undefined) return byType(node.anyOf, secret);
  const schema: Schema = { 'x-secret': secret };
  for (const keyword of COPIED) if (node[keyword] !== undefined) schema[keyword] = node[keyword];
  if (node.items !== undefined) schema['items'] = validationSchema(node.items, secret);
  if (node.properties !== undefined) schema['properties'] = each(node.properties, secret);
  if (node.patternProperties !== undefined) {
    schema['patternProperties'] = each(node.patternProperties, secret || mayHoldSecrets(node));
  }
  return schema;
}

/** The plain values of a map are pass-through properties and headers: anything may stand there. */
function mayHoldSecrets({ patternProperties = {} }: SchemaNode): boolean {
  return Object.values(patternProperties).some(({ properties }) => properties === undefined);
}

function each(nodes: Readonly<Record<string, SchemaNode>>, secret: boolean): Schema {
  return Object.fromEntries(
    Object.entries(nodes).map(([name, node]) => [name, validationSchema(node, secret)]),
  );
}

function byTag(nodes: readonly SchemaNode[], secret: boolean): Schema {
  const { tag, variants } = taggedUnion(nodes);
  const everyKey = [...new Set(nodes.flatMap((node) => Object.keys(node.properties ?? {})))];
  const every = variants.flatMap(({ values }) => values);
  const byDefault = variants.some((variant) => variant.byDefault);
  return {
    'x-secret': secret,
    type: 'object',
    properties: { [tag]: { type: 'string', enum: every } },
    ...(byDefault ? {} : { required: [tag] }),
    allOf: [
      ...variants.map((variant) => ({
        if: tagIs(tag, variant.values, variant.byDefault),
        // oxlint-disable-next-line unicorn/no-thenable -- the keyword of JSON Schema
        then: {
          ...validationSchema(variant.node, secret),
          'x-variant': `${tag} ${variant.values.join(', ')}`,
          'x-elsewhere': everyKey.filter((key) => !Object.hasOwn(variant.node.properties ?? {}, key)),
        },
      })),
      { if: tagIs(tag, every, byDefault), else: onlyKeys(everyKey) },
    ],
  };
}

function tagIs(tag: string, values: readonly string[], orAbsent: boolean): Schema {
  const schema = { type: 'object', properties: { [tag]: { enum: values } } };
  return orAbsent ? schema : { ...schema, required: [tag] };
}

/** All that can be said of an object whose variant is not known. */
function onlyKeys(keys: readonly string[]): Schema {
  const properties = Object.fromEntries(keys.map((key) => [key, {}]));
  return { type: 'object', properties, additionalProperties: false };
}

function byType(nodes: readonly SchemaNode[], secret: boolean): Schema {
  const types = [...new Set(nodes.map((node) => String(node.type)))];
  return {
    'x-secret': secret,
    type: types,
    allOf: types.map((type) => ({
      if: { type },
      // oxlint-disable-next-line unicorn/no-thenable -- the keyword of JSON Schema
      then: merged(nodes.filter((node) => node.type === type).map((node) => validationSchema(node, secret))),
    })),
  };
}

/** Several objects without a tag (`{ env }` or `{ file }`): one with exactly one of their keys. */
function merged(schemas: readonly Schema[]): Schema {
  const [first = {}, ...others] = schemas;
  if (others.length === 0) return first;
  const properties = Object.assign(
    {},
    ...schemas.map((s) => (isObject(s['properties']) ? s['properties'] : {})),
  );
  return {
    'x-secret': first['x-secret'],
    type: 'object',
    properties,
    additionalProperties: false,
    minProperties: 1,
    maxProperties: 1,
  };
}

/** What a field expects, in words. */
export function expectedIn(node: SchemaNode): string {
  return describeExpected(validationSchema(node));
}
