/** Takes a document over: only JSON, copied, so that the host's object is never changed. */
import type { ConfigProblem } from '../errors.js';
import { kindOf } from './describe.js';
import { showPath } from './path.js';
import type { Segment } from './path.js';

const MAX_DEPTH = 64;

export interface Copy {
  readonly value: unknown;
  readonly problems: readonly ConfigProblem[];
}

interface Walk {
  readonly problems: ConfigProblem[];
  readonly path: Segment[];
  readonly above: Set<object>;
}

/**
 * Copies JSON values. `undefined` counts as absent; functions, dates and the like are problems. Objects of
 * the copy have no prototype, so that a key such as `__proto__` is a key like any other. `at`: where in the
 * document the input belongs, for the paths of problems.
 */
export function copyDocument(input: unknown, at: readonly Segment[] = []): Copy {
  const walk: Walk = { problems: [], path: [...at], above: new Set() };
  const value = copy(input, walk);
  return { value, problems: walk.problems };
}

function copy(value: unknown, walk: Walk): unknown {
  if (value === null || value === undefined) return value;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value !== 'object' || !isPlain(value)) return refuse(walk, 'a JSON value', kindOf(value));
  if (walk.above.has(value)) return refuse(walk, 'a JSON value', 'an object that contains itself');
  if (walk.path.length >= MAX_DEPTH) return refuse(walk, `at most ${MAX_DEPTH} levels`, 'deeper nesting');
  walk.above.add(value);
  const result = Array.isArray(value) ? copyList(value, walk) : copyObject(value, walk);
  walk.above.delete(value);
  return result;
}

function copyList(list: readonly unknown[], walk: Walk): unknown[] {
  const result: unknown[] = [];
  for (let i = 0; i < list.length; i += 1) {
    walk.path.push(i);
    result.push(copy(list[i], walk) ?? null);
    walk.path.pop();
  }
  return result;
}

function copyObject(object: object, walk: Walk): Record<string, unknown> {
  const result = Object.create(null) as Record<string, unknown>;
  for (const key of Object.keys(object)) {
    walk.path.push(key);
    const value = copy(read(object, key, walk), walk);
    if (value !== undefined) result[key] = value;
    walk.path.pop();
  }
  return result;
}

function read(object: object, key: string, walk: Walk): unknown {
  try {
    return (object as Record<string, unknown>)[key];
  } catch {
    return refuse(walk, 'a JSON value', 'a getter that throws');
  }
}

function refuse(walk: Walk, expected: string, found: string): undefined {
  const message = `expected ${expected}; found ${found}`;
  walk.problems.push({ path: showPath(walk.path), message, expected, found });
  return undefined;
}

function isPlain(value: object): boolean {
  return Array.isArray(value) || Object.prototype.toString.call(value) === '[object Object]';
}
