/**
 * Gives parts of a schema that are equal a single definition. The routes of all kinds look alike, and ajv compiles a
 * definition once: a fifth of the code, and of the time that each start of a host takes.
 */
import { isObject } from './schema-node.js';

type Schema = Readonly<Record<string, unknown>>;

/** Smaller parts are not worth a function call. */
const LEAST_LENGTH = 100;

/** The keywords under which schemas stand: one, or one for each name. `allOf` has a list. */
const ONE = ['then', 'else', 'items'];
const BY_NAME = ['properties', 'patternProperties'];

/** The schema with `definitions`, for a root that has none. */
export function shareDefinitions(root: Schema): Schema {
  const counts = new Map<string, number>();
  count(root, counts);
  const definitions = new Map<string, Schema>();
  const shared = mapNested(root, (node) => define(node, counts, definitions));
  const named = [...definitions.values()].map((schema, index) => [nameOf(index), schema] as const);
  return { ...shared, definitions: Object.fromEntries(named) };
}

function nameOf(index: number): string {
  return `part${index}`;
}

/** How often each part occurs; inside of a repeated one it is counted once. */
function count(node: Schema, counts: Map<string, number>): void {
  mapNested(node, (nested) => {
    const text = JSON.stringify(nested);
    const before = counts.get(text) ?? 0;
    counts.set(text, before + 1);
    if (before === 0) count(nested, counts);
    return nested;
  });
}

function define(node: Schema, counts: ReadonlyMap<string, number>, definitions: Map<string, Schema>): Schema {
  const text = JSON.stringify(node);
  const inner = (nested: Schema): Schema => define(nested, counts, definitions);
  if (text.length < LEAST_LENGTH || (counts.get(text) ?? 0) < 2) return mapNested(node, inner);
  if (!definitions.has(text)) definitions.set(text, mapNested(node, inner));
  return { $ref: `#/definitions/${nameOf([...definitions.keys()].indexOf(text))}` };
}

/** A copy of a schema with the schemas right under it changed. */
function mapNested(node: Schema, change: (nested: Schema) => Schema): Schema {
  const changed: Record<string, unknown> = { ...node };
  const changeAny = (nested: unknown): unknown => (isObject(nested) ? change(nested) : nested);
  for (const keyword of ONE) if (isObject(node[keyword])) changed[keyword] = change(node[keyword]);
  for (const keyword of BY_NAME) {
    const named = node[keyword];
    if (!isObject(named)) continue;
    changed[keyword] = Object.fromEntries(Object.entries(named).map(([name, n]) => [name, changeAny(n)]));
  }
  if (Array.isArray(node['allOf'])) changed['allOf'] = node['allOf'].map(changeAny);
  return changed;
}
