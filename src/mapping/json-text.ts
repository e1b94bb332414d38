import { compareCodePoints } from './code-points.js';

/**
 * JSON text of a text: lone surrogates come out as `\udXXX` escapes, so that the result is always valid
 * UTF-8.
 */
export function quote(text: string): string {
  // A host's getter may answer a string when it is checked, and something else when it is written.
  if (typeof text !== 'string') throw new TypeError(`expected a string, found ${typeof text}`);
  return JSON.stringify(text);
}

/**
 * The same text in one piece. Texts that are kept and used again and again should be: a concatenation is a
 * tree, which is walked anew whenever it becomes part of a text that is written.
 */
export function flat(text: string): string {
  return Buffer.from(text).toString();
}

/**
 * JSON text of a JSON value that may hold bigints (written as exact digits). NaN and ±Infinity become null,
 * an undefined property is left out. `sorted`: keys in code-point order.
 */
export function toJsonText(value: unknown, sorted = false): string {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'number':
      return Number.isFinite(value) ? `${value}` : 'null';
    case 'bigint':
      return `${value}`;
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? listText(value, sorted) : mapText(value, sorted);
    default:
      return 'null';
  }
}

function listText(items: readonly unknown[], sorted: boolean): string {
  let text = '[';
  for (let i = 0; i < items.length; i += 1) {
    if (i > 0) text += ',';
    text += toJsonText(items[i], sorted);
  }
  return text + ']';
}

function mapText(map: object, sorted: boolean): string {
  const keys = Object.keys(map);
  if (sorted) keys.sort(compareCodePoints);
  let text = '{';
  for (const key of keys) {
    const value = (map as Readonly<Record<string, unknown>>)[key];
    if (value === undefined) continue;
    if (text.length > 1) text += ',';
    text += quote(key) + ':' + toJsonText(value, sorted);
  }
  return text + '}';
}
