import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { compileExpression, ExpressionError } from '../../../src/language/jmespath/evaluator.js';
import { Budget } from '../../../src/language/jmespath/values.js';
import { FUNCTIONS } from '../../../src/language/jmespath/functions.js';
import { applyRules, compileRules, RuleFailure } from '../../../src/language/jmespath/mapped-object.js';
import { KEYS, runs, watchTheProcess } from './support.js';

watchTheProcess();

// --- counting

const spend = Reflect.get(Budget.prototype, 'spend') as (this: Budget, count: number) => void;
let steps = 0;
Budget.prototype.spend = function counted(this: Budget, count: number): void {
  steps += count;
  spend.call(this, count);
};
afterEach(() => {
  steps = 0;
});

/** Steps of an evaluation that succeeds. */
function stepsOf(source: string, input: unknown): number {
  steps = 0;
  compileExpression(source).evaluate(input);
  return steps;
}

function refusalOf(source: string, input: unknown): string {
  try {
    compileExpression(source).evaluate(input);
    return '';
  } catch (error) {
    expect(error).toBeInstanceOf(ExpressionError);
    return (error as Error).message;
  }
}

// --- expressions of an administrator

const NAMES = ['a', 'b', '"x y"', ...KEYS.map((key) => JSON.stringify(key))];
const leaf = fc.constantFrom(
  '@',
  '*',
  '[]',
  '[*]',
  '[0]',
  '[-1]',
  '[::-1]',
  '[::2]',
  '`1e3`',
  '`[1,[2,{"a":"b"}]]`',
  "'raw'",
  '`{"__proto__":{"a":1}}`',
  '9',
  ...NAMES,
);
const call = (inner: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(fc.constantFrom(...FUNCTIONS.keys()), inner, inner).map(([name, one, two]) => {
    const { parameters } = FUNCTIONS.get(name) ?? { parameters: [] };
    return `${name}(${parameters.map((kind, i) => (kind === 'expression' ? `&${one}` : i === 0 ? one : two)).join(', ')})`;
  });
const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc
      .tuple(tie('expression'), fc.constantFrom(' | ', ' || ', ' && ', ' == ', ' < ', '.'), tie('expression'))
      .map((parts) => parts.join('')),
    tie('expression').map((inner) => `[${inner}, ${inner}]`),
    tie('expression').map((inner) => `{"__proto__": ${inner}, a: ${inner}}`),
    tie('expression').map((inner) => `(${inner})[]`),
    tie('expression').map((inner) => `[?${inner}]`),
    tie('expression').map((inner) => `!${inner}`),
    call(tie('expression')),
  ),
}));

const json = fc.jsonValue({ maxDepth: 4 });

/** In words, not by a fault: a TypeError, or a stack that overflows, is none. */
function expectRefused(error: unknown): void {
  expect((error as Error).constructor).toBe(Error);
  expect((error as Error).message.length).toBeLessThan(700);
}

describe('§5 whatever stands in an expression, it is refused or yields JSON', () => {
  it('given an expression of known parts in any order, then it yields JSON or a typed error', () => {
    let evaluated = 0;
    fc.assert(
      fc.property(expression, json, (source, input) => {
        let compiled;
        try {
          compiled = compileExpression(source);
        } catch (error) {
          expectRefused(error);
          return;
        }
        try {
          const value = compiled.evaluate(input);
          evaluated += 1;
          expect(['object', 'string', 'number', 'boolean', 'bigint']).toContain(typeof value);
        } catch (error) {
          expect(error).toBeInstanceOf(ExpressionError);
        }
      }),
      runs(2_000),
    );
    expect(evaluated).toBeGreaterThan(100);
  });

  it('given any text, then it compiles or is refused with a short reason', () => {
    const token = fc.constantFrom(
      '[',
      ']',
      '{',
      '}',
      '(',
      ')',
      '`',
      "'",
      '"',
      '\\',
      '&',
      '|',
      '*',
      '.',
      ',',
      ':',
      '?',
      '!',
      '@',
      '=',
      '<',
      '-',
      '9',
      'a',
      ' ',
      '\0',
      '\ud800',
    );
    const text = fc.array(token, { maxLength: 30 }).map((parts) => parts.join(''));
    let compiled = 0;
    fc.assert(
      fc.property(text, (source) => {
        try {
          compileExpression(source);
          compiled += 1;
        } catch (error) {
          expectRefused(error);
        }
      }),
      runs(2_000),
    );
    expect(compiled).toBeGreaterThan(5);
  });

  it.each(KEYS.filter((key) => /^\w+$/.test(key)))(
    'given the name %s, then nothing of a prototype is reached',
    (key) => {
      for (const source of [
        key,
        `a.${key}`,
        `l.${key}`,
        `s.${key}`,
        `*.${key}`,
        `a.${key}.${key}`,
        `not_null(${key}, a.${key})`,
      ]) {
        expect([null, []]).toContainEqual(compileExpression(source).evaluate({ a: {}, l: [1], s: 'x' }));
      }
    },
  );
});

describe('§5 the work of an expression is bounded', () => {
  const twice = (times: number, what: string): string => Array.from({ length: times }, () => what).join('|');
  const long = 'x'.repeat(100_000);
  const wide = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`${'x'.repeat(500)}${i}`, i]));
  const near = { list: Array.from({ length: 50 }, (_, i) => `${long}${i}`), other: `${long}zz` };
  const manyLong = `{l: list|${twice(12, '[@,@][]')}, o: other}`;

  it.each([
    ['a list that doubles, as a text', `to_string(${twice(40, '[@,@]')})`, {}],
    ['a list that doubles, compared', `${twice(40, '[@,@]')} | @ == @`, {}],
    ['a list that doubles, flattened', twice(40, '[@,@][]'), {}],
    ['a text that doubles', twice(40, "join('', [@,@])"), 'abc'],
    ['digits without end', 'to_number(@)', '9'.repeat(6_000_000)],
    [
      'a text that nearly matches everywhere',
      'contains(a, b)',
      { a: 'a'.repeat(500_000), b: `b${'a'.repeat(200_000)}` },
    ],
    ['long texts compared with each other', `${manyLong}|contains(l, o)`, near],
    ['long texts sorted', `${manyLong}|sort(l)`, near],
    ['the keys of an object, over and over', `[@]|${twice(14, '[@,@][]')}|map(&keys(@), @)`, wide],
    ['the values of an object, over and over', `[@]|${twice(14, '[@,@][]')}|[].*`, wide],
    ['whether an object is empty, over and over', `[@]|${twice(14, '[@,@][]')}|[?@]`, wide],
    ['merging, over and over', `[@]|${twice(14, '[@,@][]')}|map(&merge(@, @), @)`, wide],
    ['projections of projections', twice(30, '[*].[@,@][]'), [[1]]],
    ['sorting by keys', `[@][]|${twice(20, '[@,@][]')}|sort_by(@, &to_string(@))`, [1]],
  ])('given %s, when evaluated, then it ends with a typed error', (_, source, input) => {
    expect(refusalOf(source, input)).toContain('more than 5000000 steps');
  });

  const points = (count: number): unknown => ({
    values: Array.from({ length: count }, (_, i) => ({ point_key: `key-${(i * 7919) % count}`, value: i })),
    map: Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, i])),
  });

  it.each([
    'values[*].point_key',
    'values[?value > `5`].{k: point_key, v: value}',
    'sort_by(values, &point_key)[*].value',
    'map.*',
    'keys(map)',
    'max_by(values, &value)',
    'to_string(@)',
    'values[].[point_key, value][]',
    "join(',', values[*].point_key)",
    'sum(values[*].value)',
    'contains(values[*].point_key, `"nothing"`)',
    'values == values',
  ])('given %s, when the input doubles, then the steps about double', (source) => {
    const once = stepsOf(source, points(1_000));
    expect(stepsOf(source, points(2_000)) / once).toBeLessThan(2.3);
    expect(once).toBeLessThan(60_000);
  });

  it('given 10,000 points, when a usual expression is evaluated, then it is far below the bound', () => {
    expect(
      stepsOf('sort_by(values[?value > `5`], &point_key)[*].{k: point_key, v: value}', points(10_000)),
    ).toBeLessThan(1_000_000);
  });
});

describe('§5 what the rules of a record yield is bounded', () => {
  const doubled = Array.from({ length: 40 }, () => '[@,@]').join('|');

  it.each([
    ['one rule that doubles', { a: doubled }, {}],
    [
      'many rules that copy the whole',
      Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`r${i}`, '@'])),
      'x'.repeat(100_000),
    ],
  ])('given %s, when applied, then it is refused, naming the path', (_, config, input) => {
    expect(() => applyRules(compileRules(config), input)).toThrow(RuleFailure);
  });

  it('given paths that name prototypes, when applied, then they are keys like any other', () => {
    const config = {
      '__proto__.polluted': '@',
      'constructor.prototype.polluted': '@',
      'a.__proto__.polluted': '@',
    };
    const result = applyRules(compileRules(config), 1);
    expect(Object.keys(result)).toEqual(['__proto__', 'a', 'constructor']);
    expect('polluted' in {}).toBe(false);
  });
});

describe('§2 the length of an expression is bounded', () => {
  it.each(
    [
      ['a'.repeat(65_536), ''],
      ['a'.repeat(65_537), 'is longer than 65536 characters'],
      ['('.repeat(60_000), 'nested deeper than 500 levels'],
      [`${'('.repeat(499)}a${')'.repeat(499)}`, ''],
      [`${'('.repeat(500)}a${')'.repeat(500)}`, 'nested deeper than 500 levels'],
      [`${'length('.repeat(499)}a${')'.repeat(499)}`, ''],
      [`${'{a:'.repeat(500)}a${'}'.repeat(500)}`, 'nested deeper than 500 levels'],
      [`a${'[0]'.repeat(10_000)}`, 'nested deeper than 500 levels'],
      ['@|'.repeat(30_000) + '@', 'nested deeper than 500 levels'],
      ['a.'.repeat(30_000) + 'a', 'nested deeper than 500 levels'],
      ['!'.repeat(60_000), 'nested deeper than 500 levels'],
      [`\`${'['.repeat(60_000)}\``, 'does not parse'],
      [`[${'`1`,'.repeat(16_000)}a]`, ''],
    ].map(([source = '', reason = '']) => [source.slice(0, 20), reason, source] as const),
  )('given %s…, then it says: %s', (_, reason, source) => {
    const found = ((): string => {
      try {
        compileExpression(source);
        return '';
      } catch (error) {
        return (error as Error).message;
      }
    })();
    expect(found.includes(reason) && (reason !== '' || found === '')).toBe(true);
  });
});
