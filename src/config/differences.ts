/** Where two configurations differ, by path: never with a value, which may be a secret. Pure. */
import { childPath } from './path.js';
import type { ResolvedConfig } from './resolved-config.js';

/** What follows from other fields: these are told. */
const DERIVED: ReadonlySet<string> = new Set(['folder', 'evictable']);

/** The paths of the fields that differ, as deep as both have the same shape. */
export function differences(before: ResolvedConfig, after: ResolvedConfig): string[] {
  const paths: string[] = [];
  compare('', before, after, paths);
  return paths;
}

function compare(path: string, before: unknown, after: unknown, paths: string[]): void {
  const [left, right] = [fieldsOf(before), fieldsOf(after)];
  if (left === null || right === null) {
    if (textOf(before) !== textOf(after)) paths.push(path);
    return;
  }
  // The other fields of a payload mode follow from it.
  if (left.get('mode') !== right.get('mode')) {
    paths.push(childPath(path, 'mode'));
    return;
  }
  for (const key of new Set([...left.keys(), ...right.keys()])) {
    if (!DERIVED.has(key)) compare(childPath(path, key), left.get(key), right.get(key), paths);
  }
}

/** Of a section, or of a list of what has names (the lanes of a store); `null`: a plain value. */
function fieldsOf(value: unknown): ReadonlyMap<string, unknown> | null {
  if (typeof value !== 'object' || value === null || value instanceof Set) return null;
  if (!Array.isArray(value)) return new Map(Object.entries(value));
  return value.every(hasName) ? new Map(value.map((each) => [each.name, each])) : null;
}

function hasName(value: unknown): value is { readonly name: string } {
  return typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string';
}

/** Plain data: values, lists, and sets. */
function textOf(value: unknown): string | undefined {
  return JSON.stringify(value instanceof Set ? [...value] : value);
}
