import { types } from 'node:util';
import type { Id } from '../../api/uplink.js';
import { timeOf } from './scalar.js';
import { cut } from '../../api/reason.js';

export type Fields = Readonly<Record<string, unknown>>;

/** First and last millisecond that RFC 3339 can write: years 0000 to 9999. */
const MIN_TIMESTAMP = -62_167_219_200_000;
const MAX_TIMESTAMP = 253_402_300_799_999;

const ID = 'an int32 or a non-empty string';
const TIMESTAMP = 'a Date or Unix milliseconds (an integer) in the years 0000 to 9999';

export function isId(value: unknown): value is Id {
  // `| 0` keeps exactly the int32 numbers as they are.
  return typeof value === 'number' ? (value | 0) === value : typeof value === 'string' && value !== '';
}

export function checkId(value: unknown, path: string): Id {
  if (!isId(value)) throw new FieldError(path, ID, value);
  return value;
}

export function checkText(value: unknown, path: string): string {
  if (typeof value !== 'string') throw new FieldError(path, 'a string', value);
  return value;
}

export function checkOneOf<T extends string>(value: unknown, path: string, allowed: readonly T[]): T {
  const found = allowed.find((name) => name === value);
  if (found === undefined) throw new FieldError(path, `one of ${allowed.join(', ')}`, value);
  return found;
}

/** Unix milliseconds. */
export function checkTimestamp(value: unknown, path: string): number {
  const ms = types.isDate(value) ? timeOf(value) : value;
  if (!isTimestamp(ms)) throw new FieldError(path, TIMESTAMP, value);
  return ms;
}

/** Unix milliseconds that RFC 3339 can write. */
export function isTimestamp(ms: unknown): ms is number {
  return typeof ms === 'number' && Number.isSafeInteger(ms) && ms >= MIN_TIMESTAMP && ms <= MAX_TIMESTAMP;
}

/** Any object with fields; its class does not matter. */
export function checkFields(value: unknown, path: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new FieldError(path, 'an object', value);
  }
  return value as Fields;
}

/** An object that is nothing but a set of keys: no Map, no Date, no instance of a class. */
export function isPlainObject(value: unknown): value is Fields {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}

/** What a message shows of a path, which may hold names of the host. */
const LONGEST_PATH = 200;
const LONGEST_NAME = 60;

/** A field of the host's data is missing or wrong. The mapper adds kind and device and makes a PublishError. */
export class FieldError extends Error {
  override readonly name: string = 'FieldError';

  /**
   * @param path of the field in the host's data: `values[3].value`
   * @param expected what would be right there
   * @param found what stands there
   */
  constructor(path: string, expected: string, found: unknown) {
    super(`${cut(path, LONGEST_PATH)}: expected ${expected}, found ${describe(found)}`);
  }
}

/** The kind of a value, for messages. Texts are not shown: they may be anything. */
function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'number') return Number.isInteger(value) ? `${value}` : `number ${value}`;
  if (typeof value !== 'object') return value === '' ? 'an empty string' : typeof value;
  if (Array.isArray(value)) return 'array';
  if (types.isDate(value)) return Number.isNaN(timeOf(value)) ? 'an invalid Date' : 'Date';
  const name = classNameOf(value);
  return typeof name === 'string' && name !== 'Object' ? cut(name, LONGEST_NAME) : 'object';
}

/** `undefined` where it has none, or looking throws. */
function classNameOf(value: object): unknown {
  try {
    return (value as { constructor?: { name?: unknown } }).constructor?.name;
  } catch {
    return undefined;
  }
}
