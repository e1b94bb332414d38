/** What the tests of hostile input share: values that misbehave, how many to try, and what must hold whatever comes. */
import fc from 'fast-check';
import { afterEach, expect, vi } from 'vitest';
import { ERROR_TABLE, NorthwardError } from '../../../src/api/errors.js';
import { until } from '../../support/memory-northward.js';

/** `FUZZ_RUNS=20 npx vitest run test/unit/hostile` tries twenty times as many. */
const FACTOR = Number(process.env['FUZZ_RUNS'] ?? '1');

export function runs(count: number): { numRuns: number } {
  return { numRuns: Math.ceil(count * FACTOR) };
}

/** The longest message that an error may have. */
const LONGEST_MESSAGE = 2_000;

/** One of our errors: a code of the table, a bounded message, JSON that can be written, no secret. */
export function expectTyped(error: unknown, secret?: string): NorthwardError {
  if (!(error instanceof NorthwardError)) throw new Error('not one of our errors', { cause: error });
  expect(Object.hasOwn(ERROR_TABLE, error.code)).toBe(true);
  expect(error.message.length).toBeLessThan(LONGEST_MESSAGE);
  const text = JSON.stringify(error);
  expect(text.length).toBeLessThan(4 * LONGEST_MESSAGE);
  if (secret !== undefined) expect(`${text}${error.message}${error.stack}`).not.toContain(secret);
  return error;
}

/** The error of a call, which must be one of ours; `null`: it worked. */
export function refusal(call: () => unknown, secret?: string): NorthwardError | null {
  try {
    call();
    return null;
  } catch (error) {
    return expectTyped(error, secret);
  }
}

const PROTOTYPES = [Object.prototype, Array.prototype, Function.prototype, String.prototype];
const keysOf = (prototype: object): string => Reflect.ownKeys(prototype).map(String).join();
const before = PROTOTYPES.map(keysOf);

/** Checks after each test of a file that no prototype was changed and no rejection was left alone. */
export function watchTheProcess(): void {
  vi.setConfig({ testTimeout: 60_000 * Math.max(1, FACTOR) });
  const unhandled: unknown[] = [];
  const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', onUnhandled);
  afterEach(async () => {
    await new Promise((resolve) => setImmediate(resolve));
    expect(unhandled.splice(0)).toEqual([]);
    expect(PROTOTYPES.map(keysOf)).toEqual(before);
  });
}

/** Waits for what a promise ends with. */
export async function outcomeOf(promise: Promise<unknown>): Promise<{ error: unknown } | { value: unknown }> {
  return promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
}

export { until };

// --- values that misbehave

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function cyclic(): unknown {
  const object: Record<string, unknown> = { a: [] };
  object['self'] = object;
  return object;
}

/** In itself two times, sixty times over: 2^60 values when it is written out. */
export function laughs(levels = 60): unknown {
  let object: unknown = { a: 1 };
  for (let i = 0; i < levels; i += 1) object = { a: object, b: object };
  return object;
}

/** A list of three with nothing at its ends. */
export function gaps(): unknown[] {
  const list = new Array<unknown>(3);
  list[1] = 1;
  return list;
}

export function deep(levels: number): unknown {
  let object: unknown = 1;
  for (let i = 0; i < levels; i += 1) object = i % 2 === 0 ? [object] : { a: object };
  return object;
}

/** What a host's getter may throw. */
export const THROWN: readonly unknown[] = [
  new Error('a getter threw'),
  Object.create(null),
  Symbol('thrown'),
  undefined,
  Object.assign(new Error('x'), { message: Symbol('message') }),
  Object.defineProperty(new Error('x'), 'message', {
    get: () => {
      throw new Error('message');
    },
  }),
  new Proxy({}, { getPrototypeOf: () => fail(), get: () => fail() }),
  { toString: () => fail(), constructor: null },
];

function fail(): never {
  throw new Error('a trap threw');
}

/** An object whose field throws. */
export function throwing(name: string, thrown: unknown, rest: object = {}): object {
  return Object.defineProperty({ ...rest }, name, {
    enumerable: true,
    get: () => {
      throw thrown;
    },
  });
}

/** An object whose field answers otherwise each time it is read; the last answer stays. */
export function changing(name: string, answers: readonly unknown[], rest: object = {}): object {
  let at = 0;
  return Object.defineProperty({ ...rest }, name, {
    enumerable: true,
    get: () => answers[Math.min(at++, answers.length - 1)],
  });
}

class Instance {
  readonly secret = 1;
}

/** Makers, since some of them work only once. */
const HOSTILE: readonly Make[] = [
  revoked,
  cyclic,
  laughs,
  () => deep(200),
  () => new Array<unknown>(4_294_967_295),
  () => gaps(),
  () => new Proxy([], { get: (list, name) => (name === 'length' ? Infinity : Reflect.get(list, name)) }),
  () => new Proxy([], { get: (list, name) => (name === 'length' ? 3e9 : Reflect.get(list, name)) }),
  () => new Proxy({}, { ownKeys: fail }),
  () => new Proxy({}, { get: fail, has: fail, getPrototypeOf: fail, ownKeys: () => ['a'] }),
  () => Object.defineProperty({}, Symbol.toStringTag, { get: fail }),
  () => ({ [Symbol.toStringTag]: 'x'.repeat(100_000) }),
  () => ({ toJSON: fail, toString: fail, valueOf: fail, [Symbol.toPrimitive]: fail }),
  () => Object.assign(new Date(), { getTime: () => ({ toString: () => '"' }) }),
  () => new Date(NaN),
  () => Object.defineProperty(new Uint8Array(3), 'buffer', { value: 'x' }),
  () => new Instance(),
  () => Object.create({ inherited: 1 }) as unknown,
  () => new Map([['a', 1]]),
  () => () => undefined,
  () => Symbol('symbol'),
  () => 10n ** 400n,
  () => NaN,
  () => -Infinity,
  () => 'x'.repeat(200_000),
  () => '\ud800',
  () => '\0',
  () => JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}') as unknown,
  ...THROWN.map((thrown) => () => throwing('a', thrown)),
  () => changing('a', [1, Symbol('x'), cyclic()]),
];

/** Keys that mean something to JavaScript. */
export const KEYS = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'then',
  '',
  'a.b',
  '\ud800',
];

/**
 * Makes a value of its own. The library of the tests looks at what it generates, which such values do not bear:
 * so they are made only where they are used.
 */
export type Make = () => unknown;

/** A value that misbehaves. */
export const hostile: fc.Arbitrary<Make> = fc.constantFrom(...HOSTILE);

/** Any value: JSON with awkward keys, scalars of every type, and values that misbehave. */
export const anything: fc.Arbitrary<Make> = fc.oneof(
  { weight: 3, arbitrary: hostile },
  {
    weight: 2,
    arbitrary: fc
      .anything({
        key: fc.oneof(fc.string(), fc.constantFrom(...KEYS)),
        withBigInt: true,
        withDate: true,
        withSparseArray: true,
        withTypedArray: true,
        withNullPrototype: true,
        withMap: true,
        maxDepth: 3,
      })
      .map((value) => () => value),
  },
);
