/** Fills in the defaults of the schema. */
import { ROOT, isObject, taggedUnion, variantOf } from './schema/schema-node.js';
import type { SchemaNode } from './schema/schema-node.js';

/**
 * The document with every field present. Blank optional strings become `null`; `null` stands where nothing is
 * set. Fields that the schema does not know are left out; a required one that is missing (an invalid
 * document, whose other problems are still looked for) becomes an empty value.
 */
export function withDefaults(document: unknown): unknown {
  return complete(ROOT, document);
}

function complete(node: SchemaNode, given: unknown): unknown {
  const value = given === undefined ? node.default : given;
  if (node.oneOf !== undefined) {
    return value === undefined ? null : complete(variantOf(taggedUnion(node.oneOf), value), value);
  }
  if (node.anyOf !== undefined) return completeAlternative(node.anyOf, value);
  if (node.const !== undefined) return node.const;
  if (node.properties !== undefined) return completeObject(node.properties, isObject(value) ? value : {});
  if (node.patternProperties !== undefined) {
    return isObject(value) ? completeMap(Object.values(node.patternProperties), value) : {};
  }
  return value ?? (node.type === 'string' ? '' : null);
}

function completeAlternative(nodes: readonly SchemaNode[], value: unknown): unknown {
  const nullable = nodes.some(({ type }) => type === 'null');
  if (typeof value === 'string' && value.trim() === '' && nullable && !offers(nodes, value)) return null;
  if (!isObject(value)) return value ?? (nullable ? null : '');
  const node = nodes.find(
    ({ type, required = [] }) => type === 'object' && required.every((key) => Object.hasOwn(value, key)),
  );
  return node === undefined ? null : complete(node, value);
}

/** Whether an empty string is one of the values to choose from. */
function offers(nodes: readonly SchemaNode[], value: string): boolean {
  return nodes.some((node) => node.enum?.includes(value) === true);
}

function completeObject(
  properties: Readonly<Record<string, SchemaNode>>,
  value: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, node]) => [
      name,
      complete(node, Object.hasOwn(value, name) ? value[name] : undefined),
    ]),
  );
}

function completeMap(
  [node]: readonly SchemaNode[],
  value: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const map = Object.assign(Object.create(null) as Record<string, unknown>, value);
  if (node?.properties === undefined) return map;
  for (const name of Object.keys(map)) map[name] = complete(node, map[name]);
  return map;
}
