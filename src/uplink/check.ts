import { types } from 'node:util';
import type { Id } from '../model.js';
import { FieldError } from './field-error.js';
import { timeOf } from './scalar.js';

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
  if (typeof ms !== 'number' || !Number.isSafeInteger(ms) || ms < MIN_TIMESTAMP || ms > MAX_TIMESTAMP) {
    throw new FieldError(path, TIMESTAMP, value);
  }
  return ms;
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
