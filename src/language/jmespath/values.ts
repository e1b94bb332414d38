import { compareCodePoints } from '../json/json-text.js';

/** A JMESPath expression failed on an input. The message names the function and the argument. */
export class ExpressionError extends Error {
  override readonly name: string = 'ExpressionError';
}

export type ValueType = 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object';

export type JsonMap = Readonly<Record<string, unknown>>;

/** Upper bound of the work for one evaluation; a view of 10,000 points takes some 100,000 steps. */
const MAX_STEPS = 5_000_000;

/** Characters are compared far faster than nodes are walked over. */
const CHARACTERS_PER_STEP = 64;
const CHARACTERS_WRITTEN_PER_STEP = 8;

/** Counts the work of one evaluation, so that no expression blocks the event loop without end. */
export class Budget {
  private left = MAX_STEPS;

  /** Throws ExpressionError when the evaluation has taken too many steps. */
  spend(steps: number): void {
    this.left -= steps;
    if (this.left < 0) throw new ExpressionError(`it takes more than ${MAX_STEPS} steps`);
  }

  /** Looking at so many characters. */
  spendText(length: number): void {
    if (length >= CHARACTERS_PER_STEP) this.spend(Math.floor(length / CHARACTERS_PER_STEP));
  }

  /**
   * Going over all of a value, part by part: what stands in it several times counts each time, as it does in a
   * text that is made of it.
   */
  spendWhole(value: unknown): void {
    this.spend(1);
    if (typeof value === 'string') this.spend(Math.floor(value.length / CHARACTERS_WRITTEN_PER_STEP));
    else if (Array.isArray(value)) for (const item of value) this.spendWhole(item);
    else if (isMap(value)) {
      for (const key of Object.keys(value)) {
        this.spend(Math.floor(key.length / CHARACTERS_WRITTEN_PER_STEP));
        this.spendWhole(value[key]);
      }
    }
  }
}

export function typeOf(value: unknown): ValueType {
  switch (typeof value) {
    case 'boolean':
      return 'boolean';
    case 'number':
    case 'bigint':
      return 'number';
    case 'string':
      return 'string';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? 'array' : 'object';
    default:
      return 'null';
  }
}

export function isMap(value: unknown): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A property of its own, or null: `constructor` and `__proto__` are names like any other. */
export function property(value: unknown, name: string): unknown {
  return isMap(value) && Object.hasOwn(value, name) ? (value[name] ?? null) : null;
}

/** An empty object on which any key is safe. */
export function emptyMap(): Record<string, unknown> {
  return Object.create(null) as Record<string, unknown>;
}

/** The keys in code-point order, as the reference's sorted maps have them. */
export function sortedKeys(value: JsonMap, budget: Budget): string[] {
  const keys = Object.keys(value);
  budget.spend(keys.length);
  return keys.sort((a, b) => compare(a, b, budget));
}

/** JMESPath truth: null, false, and empty texts, arrays and objects are false; every number is true. */
export function isTruthy(value: unknown, budget: Budget): boolean {
  if (value === null || value === undefined || value === false || value === '') return false;
  if (Array.isArray(value)) return value.length > 0;
  if (!isMap(value)) return true;
  const { length } = Object.keys(value);
  budget.spend(length);
  return length > 0;
}

export function isNumber(value: unknown): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

/** Numbers by value (a bigint equals the number of the same value), texts by code point. */
export function compare(a: number | bigint | string, b: number | bigint | string, budget: Budget): number {
  budget.spend(1);
  if (typeof a === 'string' && typeof b === 'string') {
    budget.spendText(Math.min(a.length, b.length));
    return compareCodePoints(a, b);
  }
  if (a < b) return -1;
  return a > b ? 1 : 0;
}

export function deepEqual(a: unknown, b: unknown, budget: Budget): boolean {
  budget.spend(1);
  if (isNumber(a) && isNumber(b)) return compare(a, b, budget) === 0;
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, i) => deepEqual(item, b[i], budget));
  }
  if (isMap(a)) {
    if (!isMap(b)) return false;
    const keys = Object.keys(a);
    budget.spend(keys.length);
    if (keys.length !== Object.keys(b).length) return false;
    return keys.every((key) => Object.hasOwn(b, key) && deepEqual(a[key], b[key], budget));
  }
  if (typeof a === 'string' && typeof b === 'string' && a.length === b.length) budget.spendText(a.length);
  return (a ?? null) === (b ?? null);
}

/** Adds; two integers give the exact integer, whatever its size. */
export function add(a: number | bigint, b: number | bigint): number | bigint {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum) || !Number.isSafeInteger(a) || !Number.isSafeInteger(b)) return sum;
  }
  if (isExactInteger(a) && isExactInteger(b)) return BigInt(a) + BigInt(b);
  return Number(a) + Number(b);
}

function isExactInteger(value: number | bigint): boolean {
  return typeof value === 'bigint' || Number.isSafeInteger(value);
}

const JSON_INTEGER = /^-?(?:0|[1-9]\d*)$/;
const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** The number that a JSON text stands for (an integer beyond 2^53 as bigint), or null when it is none, or
 * beyond the range of a double, as in a JSON text. */
export function parseNumber(text: string): number | bigint | null {
  const trimmed = text.trim();
  if (!JSON_NUMBER.test(trimmed)) return null;
  const number = Number(trimmed);
  if (!Number.isFinite(number)) return null;
  if (JSON_INTEGER.test(trimmed) && !Number.isSafeInteger(number)) return BigInt(trimmed);
  return number;
}
