import { compareCodePoints } from '../json/json-text.js';

/** How many arguments a helper takes. */
interface Arity {
  readonly min: number;
  readonly max: number;
}

/** Every helper that a template may call (contract §4). */
export const HELPER_ARITY: ReadonlyMap<string, Arity> = new Map([
  ['if', { min: 1, max: 1 }],
  ['unless', { min: 1, max: 1 }],
  ['each', { min: 1, max: 1 }],
  ['with', { min: 1, max: 1 }],
  ['lookup', { min: 2, max: 2 }],
  ['log', { min: 0, max: Infinity }],
  ['raw', { min: 0, max: Infinity }],
  ['default', { min: 0, max: Infinity }],
  ['eq', { min: 2, max: Infinity }],
  ['ne', { min: 2, max: Infinity }],
  ['gt', { min: 2, max: Infinity }],
  ['gte', { min: 2, max: Infinity }],
  ['lt', { min: 2, max: Infinity }],
  ['lte', { min: 2, max: Infinity }],
  ['and', { min: 0, max: Infinity }],
  ['or', { min: 0, max: Infinity }],
  ['not', { min: 1, max: Infinity }],
  ['len', { min: 1, max: Infinity }],
]);

/** What Handlebars hands to a helper behind its arguments. `fn` is there when it is called as a block. */
interface HelperCall {
  readonly fn?: (context: unknown) => string;
  readonly inverse?: (context: unknown) => string;
}

/** Makes a text of what a mustache shows. No template can name it. */
export const TEXT_HELPER = 'as text';

export type Helper = (this: unknown, ...args: unknown[]) => unknown;

/** The helpers that Handlebars.js lacks or does otherwise than the reference. */
export const HELPERS: Readonly<Record<string, Helper>> = {
  [TEXT_HELPER]: textOf,
  lookup: (value, name) => lookup(value, String(name)),
  default: (...args) => fallback(args),
  // A console is the host's, and a topic is no place to log from.
  log: () => '',
  raw(...args) {
    return callOf(args).fn?.(this) ?? '';
  },
  eq: condition((args) => same(args[0], args[1])),
  ne: condition((args) => !same(args[0], args[1])),
  gt: condition((args) => order(args[0], args[1], (sign) => sign > 0)),
  gte: condition((args) => order(args[0], args[1], (sign) => sign >= 0)),
  lt: condition((args) => order(args[0], args[1], (sign) => sign < 0)),
  lte: condition((args) => order(args[0], args[1], (sign) => sign <= 0)),
  and: condition((args) => args.every(isTruthy)),
  or: condition((args) => args.some(isTruthy)),
  not: condition((args) => !isTruthy(args[0])),
  len: (value) => size(value),
};

function callOf(args: readonly unknown[]): HelperCall {
  return args[args.length - 1] as HelperCall;
}

function textOf(value: unknown): string {
  if (typeof value === 'object' && value !== null) return '[object]';
  return value === undefined || value === null ? '' : `${value as string | number | boolean}`;
}

/** Handlebars.js would also find what belongs to a text. */
function lookup(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name];
}

/** A yes-or-no helper: renders `true` or `false`; as a block it renders its body or its else part. */
function condition(test: (args: readonly unknown[]) => boolean): Helper {
  return function (this: unknown, ...args: unknown[]): unknown {
    const call = callOf(args);
    const holds = test(args.slice(0, -1));
    if (call.fn === undefined) return holds;
    return (holds ? call.fn(this) : call.inverse?.(this)) ?? '';
  };
}

function fallback(args: readonly unknown[]): unknown {
  const value = args.length > 1 ? args[0] : undefined;
  if (value !== undefined && value !== null && value !== '') return value;
  return args.length > 2 ? args[1] : '';
}

/** A missing variable is null to the reference. */
function same(a: unknown, b: unknown): boolean {
  return (a ?? null) === (b ?? null);
}

function order(a: unknown, b: unknown, accept: (sign: number) => boolean): boolean {
  const sign = compare(a, b);
  return sign !== null && accept(sign);
}

/** `null`: the two have no order. Texts compare as texts, a number and a text as numbers. */
function compare(a: unknown, b: unknown): number | null {
  if (typeof a === 'string' && typeof b === 'string') return compareCodePoints(a, b);
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  if (typeof a !== 'number' && typeof b !== 'number') return null;
  const x = asNumber(a);
  const y = asNumber(b);
  return x === null || y === null ? null : x - y;
}

function asNumber(value: unknown): number | null {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || value.trim() === '') return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}

function isTruthy(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}

/** Length of a text in UTF-8 bytes, as in the reference. */
function size(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (Array.isArray(value)) return value.length;
  return typeof value === 'object' && value !== null ? Object.keys(value).length : 0;
}
