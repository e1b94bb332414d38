/** Takes a document over: only JSON, copied, so that the host's object is never changed. */
import { ConfigError } from '../api/errors.js';
import type { ConfigProblem } from '../api/errors.js';
import { kindOf } from './describe.js';
import { showPath } from './path.js';
import type { Segment } from './path.js';

export const MAX_DEPTH = 64;
/** Far above any configuration of a person; a list that never ends must not fill the memory. */
export const MAX_VALUES = 50_000;
export const MAX_CHARACTERS = 4 * 1024 * 1024;

export interface Copy {
  readonly value: unknown;
  readonly problems: readonly ConfigProblem[];
}

interface Walk {
  readonly problems: ConfigProblem[];
  readonly path: Segment[];
  readonly above: Set<object>;
  values: number;
  characters: number;
}

/**
 * Copies JSON values. `undefined` counts as absent; functions, dates and the like are problems. Objects of
 * the copy have no prototype, so that a key such as `__proto__` is a key like any other. `at`: where in the
 * document the input belongs, for the paths of problems.
 *
 * @throws ConfigError where it is too large.
 */
export function copyDocument(input: unknown, at: readonly Segment[] = []): Copy {
  const walk: Walk = { problems: [], path: [...at], above: new Set(), values: 0, characters: 0 };
  const value = copy(input, walk);
  return { value, problems: walk.problems };
}

function copy(value: unknown, walk: Walk): unknown {
  count(walk, typeof value === 'string' ? value : '');
  if (value === null || value === undefined) return value;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  const keys = typeof value === 'object' ? keysOf(value) : null;
  if (keys === undefined) return refuse(walk, 'a JSON value', 'an object that cannot be read');
  if (typeof value !== 'object' || keys === null) return refuse(walk, 'a JSON value', kindOf(value));
  if (walk.above.has(value)) return refuse(walk, 'a JSON value', 'an object that contains itself');
  if (walk.path.length >= MAX_DEPTH) return refuse(walk, `at most ${MAX_DEPTH} levels`, 'deeper nesting');
  walk.above.add(value);
  const result = typeof keys === 'number' ? copyList(value, keys, walk) : copyObject(value, keys, walk);
  walk.above.delete(value);
  return result;
}

/** The keys of a plain object, the length of a list; `null`: it is neither; `undefined`: it cannot be read. */
function keysOf(value: object): readonly string[] | number | null | undefined {
  try {
    if (Array.isArray(value)) return value.length;
    return Object.prototype.toString.call(value) === '[object Object]' ? Object.keys(value) : null;
  } catch {
    return undefined;
  }
}

function copyList(list: object, length: number, walk: Walk): unknown[] {
  const result: unknown[] = [];
  for (let i = 0; i < length; i += 1) {
    walk.path.push(i);
    result.push(copy(read(list, i, walk), walk) ?? null);
    walk.path.pop();
  }
  return result;
}

function copyObject(object: object, keys: readonly string[], walk: Walk): Record<string, unknown> {
  const result = Object.create(null) as Record<string, unknown>;
  for (const key of keys) {
    walk.path.push(key);
    walk.characters += key.length;
    const value = copy(read(object, key, walk), walk);
    if (value !== undefined) result[key] = value;
    walk.path.pop();
  }
  return result;
}

function read(object: object, key: Segment, walk: Walk): unknown {
  try {
    return (object as Record<Segment, unknown>)[key];
  } catch {
    return refuse(walk, 'a JSON value', 'a getter that throws');
  }
}

function count(walk: Walk, text: string): void {
  walk.values += 1;
  walk.characters += text.length;
  if (walk.values <= MAX_VALUES && walk.characters <= MAX_CHARACTERS) return;
  const expected = `at most ${MAX_VALUES} values and ${MAX_CHARACTERS} characters`;
  throw new ConfigError([problem([], expected, 'more')]);
}

function refuse(walk: Walk, expected: string, found: string): undefined {
  walk.problems.push(problem(walk.path, expected, found));
  return undefined;
}

function problem(path: readonly Segment[], expected: string, found: string): ConfigProblem {
  return { path: showPath(path), message: `expected ${expected}; found ${found}`, expected, found };
}
