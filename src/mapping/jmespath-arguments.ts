import { ExpressionError, isMap, isNumber, typeOf } from './jmespath-values.js';
import type { Budget } from './jmespath-values.js';

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
export function checkArgument(
  name: string,
  at: number,
  wanted: Parameter,
  value: unknown,
  budget: Budget,
): void {
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
