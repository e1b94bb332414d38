/** Paths into the document: a list of keys and list positions, shown as `uplink.headers[0]`. */
import { cut } from '../api/reason.js';

export type Segment = string | number;

/** As much of a key as a path shows. */
const LONGEST_KEY = 100;
const PLAIN_KEY = /^[A-Za-z_$][\w$-]*$/;

/** `["uplink", "headers", 0]` → `uplink.headers[0]`; a key that is no plain name stands in `["…"]`. */
export function showPath(segments: readonly Segment[]): string {
  let path = '';
  for (const segment of segments) {
    if (typeof segment === 'number') path += `[${segment}]`;
    else path += showKey(cut(segment, LONGEST_KEY), path === '');
  }
  return path;
}

function showKey(key: string, isFirst: boolean): string {
  if (!PLAIN_KEY.test(key)) return `[${JSON.stringify(key)}]`;
  return isFirst ? key : `.${key}`;
}

/** The path of a key under a path already shown. */
export function childPath(parent: string, key: string): string {
  const child = showPath([key]);
  return parent === '' || child.startsWith('[') ? parent + child : `${parent}.${child}`;
}

/** The segments of a JSON Pointer as ajv gives them; a number where `root` has a list there. */
export function pointerSegments(pointer: string, root: unknown): Segment[] {
  const segments: Segment[] = [];
  let at: unknown = root;
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    segments.push(Array.isArray(at) ? Number(key) : key);
    at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined;
  }
  return segments;
}

/** Takes the value at a path out of a document (a list keeps its length). */
export function remove(root: object, segments: readonly Segment[]): void {
  const parent = parentOf(root, segments);
  const last = segments.at(-1);
  if (parent === null || last === undefined) return;
  if (Array.isArray(parent)) parent[Number(last)] = '';
  else delete parent[last];
}

/** Puts another value at a path of a document. */
export function replace(root: object, segments: readonly Segment[], value: unknown): void {
  const parent = parentOf(root, segments);
  const last = segments.at(-1);
  if (parent !== null && last !== undefined) parent[last] = value;
}

function parentOf(root: object, segments: readonly Segment[]): Record<Segment, unknown> | null {
  let at: unknown = root;
  for (const segment of segments.slice(0, -1)) {
    if (typeof at !== 'object' || at === null) return null;
    at = (at as Record<Segment, unknown>)[segment];
  }
  return typeof at === 'object' && at !== null ? (at as Record<Segment, unknown>) : null;
}

/** Shown paths, and whether another one is among them, above or under one: found without looking at each. */
export class PathSet {
  readonly #paths = new Set<string>();
  /** All that stand above one of them. */
  readonly #above = new Set<string>();

  constructor(paths: Iterable<string>) {
    for (const path of paths) {
      this.#paths.add(path);
      for (const above of pathsAbove(path)) this.#above.add(above);
    }
  }

  overlaps(path: string): boolean {
    if (this.#paths.has(path) || this.#above.has(path)) return true;
    return pathsAbove(path).some((above) => this.#paths.has(above));
  }
}

/** `a.b[0]` → the document, `a`, `a.b`. */
export function pathsAbove(path: string): string[] {
  const above: string[] = path === '' ? [] : [''];
  for (let i = 1; i < path.length; i += 1) {
    if (path[i] === '.' || path[i] === '[') above.push(path.slice(0, i));
  }
  return above;
}
