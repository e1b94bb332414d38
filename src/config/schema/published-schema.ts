/**
 * The schema as it is published, made by the build. Forms are built from one that knows each field of each variant
 * and no other. Documents that came from a form hold more: what was filled in for another variant stays behind, and
 * the library takes it with a warning. So editors and validators get one that takes it too.
 */
import { ROOT, taggedUnion } from './schema-node.js';
import type { SchemaNode, TaggedUnion, Variant } from './schema-node.js';

/** `ng-kafka-northward/config.form.schema.json`. */
export function formSchema(): SchemaNode {
  return Object.assign({ ...ROOT }, { $id: 'urn:ng-kafka-northward:config-form' });
}

/** `ng-kafka-northward/config.schema.json`: takes every document whose shape the library takes, and no other. */
export function tolerantSchema(): SchemaNode {
  return tolerant(ROOT);
}

function tolerant(node: SchemaNode): SchemaNode {
  return {
    ...node,
    ...(node.oneOf && { oneOf: variantsOf(taggedUnion(node.oneOf)) }),
    ...(node.anyOf && { anyOf: node.anyOf.map(tolerant) }),
    ...(node.items && { items: tolerant(node.items) }),
    ...(node.properties && { properties: each(node.properties) }),
    ...(node.patternProperties && { patternProperties: each(node.patternProperties) }),
  };
}

function each(nodes: Readonly<Record<string, SchemaNode>>): Record<string, SchemaNode> {
  return Object.fromEntries(Object.entries(nodes).map(([name, node]) => [name, tolerant(node)]));
}

function variantsOf({ tag, variants }: TaggedUnion): SchemaNode[] {
  const every = new Set(variants.flatMap(({ node }) => Object.keys(node.properties ?? {})));
  return variants.map(({ node, values }: Variant) => {
    const description = `Does not apply with ${tag} ${values.join(', ')}; it is ignored.`;
    const own = Object.keys(node.properties ?? {});
    const others = [...every]
      .filter((name) => !own.includes(name))
      .map((name) => [name, { description }] as const);
    const widened = tolerant(node);
    return { ...widened, properties: { ...widened.properties, ...Object.fromEntries(others) } };
  });
}
