/** The schema as data: what the validator, the defaults and the documentation walk over. */
import { configJsonSchema } from './schema.js';

export interface SchemaNode {
  readonly type?: string | readonly string[];
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
  /** A map: one pattern that takes every key. */
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  /** Alternatives told apart by their JSON type. */
  readonly anyOf?: readonly SchemaNode[];
  /** Variants told apart by a tag. */
  readonly oneOf?: readonly SchemaNode[];
  /** Marks a secret. */
  readonly writeOnly?: boolean;
}

export const ROOT = configJsonSchema as SchemaNode;

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The values that a tag may have in a variant. */
function tagValues(variant: SchemaNode, tag: string): readonly string[] {
  const node = variant.properties?.[tag];
  return node?.enum ?? (node?.const === undefined ? [] : [node.const]);
}

export interface Variant {
  readonly node: SchemaNode;
  readonly values: readonly string[];
  /** Whether this variant is meant where the tag is left out. */
  readonly byDefault: boolean;
}

export interface TaggedUnion {
  readonly tag: string;
  readonly variants: readonly Variant[];
}

/** A `oneOf` by its tag: the property that has fixed values in every variant. */
export function taggedUnion(nodes: readonly SchemaNode[]): TaggedUnion {
  const names = Object.keys(nodes[0]?.properties ?? {});
  const tag = names.find((name) => nodes.every((node) => tagValues(node, name).length > 0));
  if (tag === undefined) throw new Error('schema: oneOf without a tag');
  const variants = nodes.map((node) => ({
    node,
    values: tagValues(node, tag),
    byDefault: node.required?.includes(tag) !== true,
  }));
  return { tag, variants };
}

/** The variant that a value is of; the first where that cannot be told. */
export function variantOf(union: TaggedUnion, value: unknown): SchemaNode {
  const chosen = isObject(value) ? value[union.tag] : undefined;
  const variant =
    union.variants.find(({ values, byDefault }) =>
      typeof chosen === 'string' ? values.includes(chosen) : byDefault,
    ) ?? union.variants[0];
  if (variant === undefined) throw new Error('schema: oneOf without variants');
  return variant.node;
}
