import { isPlainObject, FieldError } from './check.js';
import { isScalar, wireScalar } from './scalar.js';

/** Deeper than this is taken for a mistake (an object that holds itself, most often). */
const MAX_DEPTH = 64;

const EXPECTED = 'JSON (bigint, Uint8Array and Date allowed)';

/**
 * Free-form data of the host as JSON: scalars as those of points, undefined properties left out. The result
 * has no prototypes. Throws FieldError naming the path.
 */
export function toJson(value: unknown, path: string, depth = 0, size = new EventSize()): unknown {
  if (isScalar(value)) return wireScalar(value);
  if (depth >= MAX_DEPTH) throw new FieldError(path, `at most ${MAX_DEPTH} levels`, value);
  if (Array.isArray(value)) return toList(value, path, depth + 1, size);
  if (!isPlainObject(value)) throw new FieldError(path, EXPECTED, value);
  const map = Object.create(null) as Record<string, unknown>;
  for (const key of Object.keys(value)) {
    const item = value[key];
    const at = `${path}.${key}`;
    size.add(item, at, key);
    if (item !== undefined) map[key] = toJson(item, at, depth + 1, size);
  }
  return map;
}

/** By index: the list's own `map` may be the host's, and a gap is null. */
function toList(list: readonly unknown[], path: string, depth: number, size: EventSize): unknown[] {
  const items: unknown[] = [];
  const { length } = list;
  for (let i = 0; i < length; i += 1) {
    const item = list[i] ?? null;
    const at = `${path}[${i}]`;
    size.add(item, at);
    items.push(toJson(item, at, depth, size));
  }
  return items;
}

/** As `toJson`, for fields that hold an object; absent: null. */
export function toJsonObject(value: unknown, path: string): Readonly<Record<string, unknown>> | null {
  if (value === undefined) return null;
  if (!isPlainObject(value)) throw new FieldError(path, 'an object', value);
  return toJson(value, path) as Readonly<Record<string, unknown>>;
}

/** What an event may hold: characters and bytes, and 64 more for each value. Some 64 MiB, or a million values. */
const MAX_EVENT_SIZE = 64 * 1024 * 1024;
const PER_VALUE = 64;

const EXPECTED_SIZE = `no more than ${MAX_EVENT_SIZE / PER_VALUE} values and ${MAX_EVENT_SIZE} characters in one event`;

/**
 * Adds up what the parts of one event hold, so that data without end (an object that is in itself many times
 * over, a list that never ends) is refused before it fills the memory.
 */
export class EventSize {
  #left = MAX_EVENT_SIZE;

  /** One more value, of a list or under a key. Throws FieldError. */
  add(value: unknown, path: string, key = ''): void {
    this.#left -= PER_VALUE + key.length + lengthOf(value);
    if (this.#left < 0) throw new FieldError(path, EXPECTED_SIZE, value);
  }
}

function lengthOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  return ArrayBuffer.isView(value) ? value.byteLength : 0;
}
