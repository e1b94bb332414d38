import {
  ExpressionError,
  add,
  compare,
  deepEqual,
  emptyMap,
  isNumber,
  parseNumber,
  sortedKeys,
  typeOf,
  type Budget,
  type JsonMap,
  isMap,
} from './values.js';
import { toJsonText } from '../json/json-text.js';

type Numeric = number | bigint;
type Ordered = Numeric | string;
type Evaluate = (item: unknown) => unknown;

export interface JmespathFunction {
  readonly parameters: readonly Parameter[];
  /** The last parameter may be given more than once. */
  readonly variadic: boolean;
  /** An `&expression` comes as a function. Throws ExpressionError. */
  call(args: readonly unknown[], budget: Budget): unknown;
}

/** The functions of JMESPath. */
export const FUNCTIONS = new Map<string, JmespathFunction>();

type Run<A extends readonly unknown[]> = (args: A, budget: Budget, name: string) => unknown;

function define<A extends readonly unknown[]>(
  name: string,
  parameters: readonly Parameter[],
  run: Run<A>,
): void {
  FUNCTIONS.set(name, { parameters, variadic: false, call: checked(name, parameters, run) });
}

function defineVariadic<T>(name: string, parameter: Parameter, run: Run<readonly T[]>): void {
  FUNCTIONS.set(name, { parameters: [parameter], variadic: true, call: checked(name, [parameter], run) });
}

function checked<A extends readonly unknown[]>(name: string, parameters: readonly Parameter[], run: Run<A>) {
  const last = parameters.length - 1;
  return (args: readonly unknown[], budget: Budget): unknown => {
    for (let i = 0; i < args.length; i += 1) {
      checkArgument(name, i, parameters[Math.min(i, last)] ?? 'any', args[i], budget);
    }
    return run(args as A, budget, name);
  };
}

define<[Numeric]>('abs', ['number'], ([value]) => (value < 0 ? -value : value));
define<[Numeric]>('ceil', ['number'], ([value]) => (typeof value === 'number' ? Math.ceil(value) : value));
define<[Numeric]>('floor', ['number'], ([value]) => (typeof value === 'number' ? Math.floor(value) : value));
define<[Numeric[]]>('sum', ['list of numbers'], ([list]) => list.reduce(add, 0));
define<[Numeric[]]>('avg', ['list of numbers'], ([list]) => average(list));
define<[Ordered[]]>('max', ['list of numbers or strings'], ([list], budget) =>
  extreme(list, list, 1, budget));
define<[Ordered[]]>('min', ['list of numbers or strings'], ([list], budget) =>
  extreme(list, list, -1, budget));
define<[Ordered[]]>('sort', ['list of numbers or strings'], ([list], budget) =>
  [...list].sort((a, b) => compare(a, b, budget)));

define<[unknown[], Evaluate]>('max_by', ['list', 'expression'], ([list, by], budget, name) =>
  extreme(list, keysBy(name, list, by), 1, budget));
define<[unknown[], Evaluate]>('min_by', ['list', 'expression'], ([list, by], budget, name) =>
  extreme(list, keysBy(name, list, by), -1, budget));
define<[unknown[], Evaluate]>('sort_by', ['list', 'expression'], ([list, by], budget, name) => {
  const keys = keysBy(name, list, by);
  const order = keys.map((_, i) => i).sort((a, b) => compare(keys[a] ?? 0, keys[b] ?? 0, budget));
  return order.map((i) => list[i]);
});
define<[Evaluate, unknown[]]>('map', ['expression', 'list'], ([apply, list]) =>
  list.map((item) => apply(item)));

define<[string, string]>('starts_with', ['string', 'string'], ([text, start]) => text.startsWith(start));
define<[string, string]>('ends_with', ['string', 'string'], ([text, end]) => text.endsWith(end));
define<[unknown[] | string, unknown]>('contains', ['list or string', 'any'], ([subject, search], budget) => {
  if (typeof subject === 'string') {
    if (typeof search !== 'string') return false;
    // Where texts nearly match everywhere, each place of one is compared with much of the other.
    budget.spendText((subject.length * search.length) / 4);
    return subject.includes(search);
  }
  return subject.some((item) => deepEqual(item, search, budget));
});
define<[string, string[]]>('join', ['string', 'list of strings'], ([glue, list], budget) => {
  let length = glue.length * list.length;
  for (const text of list) length += text.length;
  budget.spend(length);
  return list.join(glue);
});
define<[unknown[] | string]>('reverse', ['list or string'], ([subject]) =>
  typeof subject === 'string' ? Array.from(subject).reverse().join('') : [...subject].reverse());
define<[unknown[] | string | JsonMap]>('length', ['list, object or string'], ([subject]) => {
  if (typeof subject === 'string') return countCodePoints(subject);
  return Array.isArray(subject) ? subject.length : Object.keys(subject).length;
});

define<[JsonMap]>('keys', ['object'], ([map], budget) => sortedKeys(map, budget));
define<[JsonMap]>('values', ['object'], ([map], budget) =>
  sortedKeys(map, budget).map((key) => map[key] ?? null));
defineVariadic<JsonMap>('merge', 'object', (maps) => {
  const merged = emptyMap();
  for (const map of maps) for (const key of Object.keys(map)) merged[key] = map[key];
  return merged;
});
defineVariadic<unknown>('not_null', 'any', (args) => args.find((arg) => (arg ?? null) !== null) ?? null);

define<[unknown]>('type', ['any'], ([value]) => typeOf(value));
define<[unknown]>('to_array', ['any'], ([value]) => (Array.isArray(value) ? value : [value]));
define<[unknown]>('to_number', ['any'], ([value], budget) => {
  if (isNumber(value)) return value;
  if (typeof value === 'string') budget.spend(value.length);
  return typeof value === 'string' ? parseNumber(value) : null;
});
define<[unknown]>('to_string', ['any'], ([value], budget) => {
  budget.spendWhole(value);
  return typeof value === 'string' ? value : toJsonText(value, true);
});

function average(list: readonly Numeric[]): Numeric | null {
  if (list.length === 0) return null;
  const total = list.reduce(add, 0);
  const count = list.length;
  if (typeof total === 'bigint' && total % BigInt(count) === 0n) return total / BigInt(count);
  return Number(total) / count;
}

/** The item with the largest (sign 1) or smallest (sign -1) key; the first of equals. */
function extreme(list: readonly unknown[], keys: readonly Ordered[], sign: 1 | -1, budget: Budget): unknown {
  let best = 0;
  for (let i = 1; i < keys.length; i += 1) {
    if (compare(keys[i] ?? 0, keys[best] ?? 0, budget) * sign > 0) best = i;
  }
  return list[best] ?? null;
}

/** The keys of the items: all numbers, or all texts. */
function keysBy(name: string, list: readonly unknown[], by: Evaluate): Ordered[] {
  const keys: Ordered[] = [];
  for (let i = 0; i < list.length; i += 1) {
    const key = by(list[i]);
    const type = typeOf(key);
    if ((typeof key !== 'string' && !isNumber(key)) || type !== typeOf(keys[0] ?? key)) {
      const wanted = i === 0 ? 'number or string' : typeOf(keys[0]);
      throw new ExpressionError(
        `${name}(): argument 2: expected a key of type ${wanted}, found ${type} at index ${i}`,
      );
    }
    keys.push(key);
  }
  return keys;
}

function countCodePoints(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** What a parameter takes. `ordered list`: all numbers, or all texts. */
export type Parameter =
  | 'any'
  | 'number'
  | 'string'
  | 'object'
  | 'list'
  | 'list or string'
  | 'list, object or string'
  | 'list of numbers'
  | 'list of strings'
  | 'list of numbers or strings'
  | 'expression';

/** Throws ExpressionError naming the function, the argument, what it takes and what it got. */
function checkArgument(name: string, at: number, wanted: Parameter, value: unknown, budget: Budget): void {
  if (wanted !== 'any') budget.spend(sizeOf(value));
  const found = mismatch(wanted, value);
  if (found === null) return;
  throw new ExpressionError(`${name}(): argument ${at + 1}: expected ${wanted}, found ${found}`);
}

/** A function walks over its argument at least once. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string' || Array.isArray(value)) return value.length;
  return isMap(value) ? Object.keys(value).length : 1;
}

/** What is wrong with the value, or null. */
function mismatch(wanted: Parameter, value: unknown): string | null {
  switch (wanted) {
    case 'any':
    case 'expression':
      return null;
    case 'number':
      return isNumber(value) ? null : typeOf(value);
    case 'string':
      return typeof value === 'string' ? null : typeOf(value);
    case 'object':
      return isMap(value) ? null : typeOf(value);
    case 'list':
      return Array.isArray(value) ? null : typeOf(value);
    case 'list or string':
      return Array.isArray(value) || typeof value === 'string' ? null : typeOf(value);
    case 'list, object or string':
      return typeof value === 'string' || (typeof value === 'object' && value !== null)
        ? null
        : typeOf(value);
    case 'list of numbers':
      return wrongItem(value, ['number']);
    case 'list of strings':
      return wrongItem(value, ['string']);
    case 'list of numbers or strings':
      return wrongItem(value, ['number', 'string']);
  }
}

/** All items must be of one and the same of the types. */
function wrongItem(value: unknown, types: readonly string[]): string | null {
  if (!Array.isArray(value)) return typeOf(value);
  const first = typeOf(value[0]);
  for (let i = 0; i < value.length; i += 1) {
    const type = typeOf(value[i]);
    if (!types.includes(type) || type !== first) return `${type} at index ${i}`;
  }
  return null;
}
