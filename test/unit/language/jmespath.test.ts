import { describe, expect, it } from 'vitest';
import { ExpressionError, compileExpression } from '../../../src/language/jmespath/evaluator.js';

const BIG = 9_007_199_254_740_993n;

const INPUT = {
  n: [3, 100, 20, -1.5],
  big: [1, BIG, 18_446_744_073_709_551_615n],
  s: ['b', 'a', '\u{1F600}', '\uFFFD'],
  mixed: [1, 'a'],
  o: { b: 1, a: { x: null, y: 'deep' }, '\u{1F600}': 3, '\uFFFD': 2 },
  rows: [
    { k: 'x', v: 2, t: ['p'] },
    { k: 'y', v: 10, t: ['q', 'r'] },
    { k: 'z', v: 1 },
  ],
  empty: { list: [], map: {}, text: '', no: false, zero: 0, nil: null },
  text: 'a\u{1F600}b',
};

const evaluate = (source: string, input: unknown = INPUT): unknown =>
  compileExpression(source).evaluate(input);

describe('§5 JMESPath: paths, projections, operators', () => {
  it.each<[string, unknown]>([
    ['o.a.y', 'deep'],
    ['"o"."a"', INPUT.o.a],
    ['nothing.at.all', null],
    ['n[0]', 3],
    ['n[-1]', -1.5],
    ['n[9]', null],
    ['o[0]', null],
    ['n[1:3]', [100, 20]],
    ['n[::-1]', [-1.5, 20, 100, 3]],
    ['n[-2:]', [20, -1.5]],
    ['n[10:]', []],
    ['n[3:0:-2]', [-1.5, 100]],
    ['o[1:]', null],
    ['rows[*].v', [2, 10, 1]],
    ['rows[*].t', [['p'], ['q', 'r']]],
    ['rows[].t[]', ['p', 'q', 'r']],
    ['rows[*].t | [0]', ['p']],
    ['rows[?v > `1`].k', ['x', 'y']],
    ["rows[?k == 'z' || v == `10`].v", [10, 1]],
    ['rows[?t].k', ['x', 'y']],
    ['rows[?!t].k', ['z']],
    ['o.*', [{ x: null, y: 'deep' }, 1, 2, 3]],
    ['rows[0].[k, v]', ['x', 2]],
    [
      'rows[*].{key: k, val: v}',
      [
        { key: 'x', val: 2 },
        { key: 'y', val: 10 },
        { key: 'z', val: 1 },
      ],
    ],
    ['nothing.[a, b]', null],
    ['nothing.{a: b}', null],
    ['[n, s][]', [...INPUT.n, ...INPUT.s]],
    ['n[*].x', []],
    ['o[*]', null],
    ['text[]', null],
    ['empty.list || empty.map || empty.text || empty.no || empty.nil || `7`', 7],
    ['empty.zero || `7`', 0],
    ['text && n[0]', 3],
    ['empty.text && n[0]', ''],
    ['!(empty.map)', true],
    // `!` binds tighter than the dot in every implementation: this is (!empty).map.
    ['!empty.map', null],
    ['n[0] >= `3`', true],
    ['n[0] != `3`', false],
    ["n[0] < 'x'", null],
    ['text > `1`', null],
    ['@.n[0]', 3],
    ['n [ 0 ]', 3],
    ['n[00]', 3],
    ['n[-2]', 20],
    [
      'rows[*][k, v]',
      [
        ['x', 2],
        ['y', 10],
        ['z', 1],
      ],
    ],
    ['rows[?v == `2` || v == `1`][k]', [['x'], ['z']]],
    ['rows[0].{k: k, "v v": v,  w :v }', { k: 'x', 'v v': 2, w: 2 }],
    ['rows[*].t | [0][0]', 'p'],
    ['o.length(a)', 2],
    ['rows[:2].v', [2, 10]],
    ['rows[1:].t[].[@]', [['q'], ['r']]],
    ['`true` && !`false`', true],
    ['n[0] == `3` == `true`', true],
    ['`1` | `[1, 2]` | [*]', [1, 2]],
  ])('given %s, when evaluated, then as JMESPath has it', (source, expected) => {
    expect(evaluate(source)).toEqual(expected);
  });

  it("given a raw string, when evaluated, then only \\' is an escape", () => {
    expect(evaluate(String.raw`'a\'b\\c\n'`)).toBe(String.raw`a'b\\c\n`);
  });
});

describe('§5 JMESPath: functions', () => {
  it.each<[string, unknown]>([
    ['abs(`-2.5`)', 2.5],
    ['avg(n)', 30.375],
    ['avg(empty.list)', null],
    ['ceil(`1.2`)', 2],
    ['contains(n, `100`)', true],
    ["contains(s, 'z')", false],
    ["contains(text, 'b')", true],
    ['contains(text, `1`)', false],
    ["ends_with(text, 'b')", true],
    ['floor(`-1.2`)', -2],
    ["join('-', s)", 'b-a-\u{1F600}-\uFFFD'],
    ["join('-', empty.list)", ''],
    ['keys(o)', ['a', 'b', '\uFFFD', '\u{1F600}']],
    ['length(text)', 3],
    ['length(n)', 4],
    ['length(o)', 4],
    ['map(&v, rows)', [2, 10, 1]],
    ['map(&t, rows)', [['p'], ['q', 'r'], null]],
    ['max(n)', 100],
    ['max(s)', '\u{1F600}'],
    ['max(empty.list)', null],
    ['max_by(rows, &v).k', 'y'],
    ['max_by(rows, &k).k', 'z'],
    ['max_by(empty.list, &v)', null],
    ['merge(`{"a":1,"b":2}`, `{"b":3}`)', { a: 1, b: 3 }],
    ['min(n)', -1.5],
    ['min(s)', 'a'],
    ['min_by(rows, &v).k', 'z'],
    ['not_null(nothing, empty.nil, n[0])', 3],
    ['not_null(nothing)', null],
    ['reverse(n)', [-1.5, 20, 100, 3]],
    ['reverse(text)', 'b\u{1F600}a'],
    ['sort(n)', [-1.5, 3, 20, 100]],
    ['sort(s)', ['a', 'b', '\uFFFD', '\u{1F600}']],
    ['sort(empty.list)', []],
    ['sort_by(rows, &v)[].k', ['z', 'x', 'y']],
    ["starts_with(text, 'a')", true],
    ['sum(n)', 121.5],
    ['sum(empty.list)', 0],
    ['to_array(n[0])', [3]],
    ['to_array(n)', INPUT.n],
    ["to_number('12.5')", 12.5],
    ["to_number('1e3')", 1000],
    ["to_number('0x10')", null],
    ["to_number('')", null],
    ['to_number(n)', null],
    ["to_string('x')", 'x'],
    ['to_string(`1.0`)', '1'],
    ['to_string(sum(`[1, 2]`))', '3'],
    ['to_string(n[0])', '3'],
    ['to_string(o)', '{"a":{"x":null,"y":"deep"},"b":1,"\uFFFD":2,"\u{1F600}":3}'],
    ['type(n)', 'array'],
    ['type(o)', 'object'],
    ['type(nothing)', 'null'],
    ['type(empty.no)', 'boolean'],
    ['type(text)', 'string'],
    ['values(o)', [{ x: null, y: 'deep' }, 1, 2, 3]],
  ])('given %s, when evaluated, then as JMESPath has it', (source, expected) => {
    expect(evaluate(source)).toEqual(expected);
  });

  it('given equal keys, when sorted by them, then the order of the input stays', () => {
    const rows = [5, 3, 5, 3].map((v, i) => ({ v, i }));
    expect(evaluate('sort_by(@, &v)[].i', rows)).toEqual([1, 3, 0, 2]);
  });
});

describe('§5 JMESPath: integers beyond 2^53 stay exact', () => {
  it.each<[string, unknown]>([
    ['big[1]', BIG],
    ['max(big)', 18_446_744_073_709_551_615n],
    ['min(big)', 1],
    ['sort(reverse(big))', [1, BIG, 18_446_744_073_709_551_615n]],
    ['sum(big[:2])', BIG + 1n],
    ['sum([`9007199254740991`, `2`])', BIG],
    ['avg([big[1], big[1]])', BIG],
    ['abs(big[1])', BIG],
    ['floor(big[1])', BIG],
    ['to_string(big[1])', '9007199254740993'],
    ['to_string(big)', '[1,9007199254740993,18446744073709551615]'],
    ["to_number('9007199254740993')", BIG],
    ['type(big[1])', 'number'],
    ['big[?@ == `9007199254740993`]', [BIG]],
    ['big[?@ == `9007199254740992`]', []],
    ['big[?@ > `9007199254740992`]', [BIG, 18_446_744_073_709_551_615n]],
    ['contains(big, `9007199254740993`)', true],
    ['`[12345678901234567890]`', [12_345_678_901_234_567_890n]],
    ['`{"a":{"b":[-9007199254740993, 1.5]}}`', { a: { b: [-BIG, 1.5] } }],
    ['contains(`[9007199254740993]`, big[1])', true],
    ['contains(`[9007199254740993]`, `9007199254740992`)', false],
    ['big[1] == `[9007199254740992]`[0]', false],
    ['to_string(`[12345678901234567890]`)', '[12345678901234567890]'],
    ['to_string(`{"\\`": 9007199254740993}`)', '{"`":9007199254740993}'],
  ])('given %s, when evaluated, then no digit is lost', (source, expected) => {
    expect(evaluate(source)).toEqual(expected);
  });

  it('given a bigint and a number of one value, when compared, then they are equal', () => {
    expect(evaluate('a == b', { a: { x: [1n] }, b: { x: [1] } })).toBe(true);
    expect(evaluate('a < b', { a: 1n, b: 1.5 })).toBe(true);
  });
});

describe('§5 JMESPath: failures are typed and name function and argument', () => {
  it.each([
    ['sum(s)', 'sum(): argument 1: expected list of numbers, found string at index 0'],
    ['sum(o)', 'sum(): argument 1: expected list of numbers, found object'],
    ['sort(mixed)', 'sort(): argument 1: expected list of numbers or strings, found string at index 1'],
    ['sort([o])', 'sort(): argument 1: expected list of numbers or strings, found object at index 0'],
    ['length(`1`)', 'length(): argument 1: expected list, object or string, found number'],
    ['abs(text)', 'abs(): argument 1: expected number, found string'],
    ["join(',', n)", 'join(): argument 2: expected list of strings, found number at index 0'],
    ["starts_with(n, 'a')", 'starts_with(): argument 1: expected string, found array'],
    ['keys(n)', 'keys(): argument 1: expected object, found array'],
    ['merge(o, n)', 'merge(): argument 2: expected object, found array'],
    ['map(&@, o)', 'map(): argument 2: expected list, found object'],
    [
      'max_by(rows, &t)',
      'max_by(): argument 2: expected a key of type number or string, found array at index 0',
    ],
    ['sort_by(mixed, &@)', 'sort_by(): argument 2: expected a key of type number, found string at index 1'],
    ['reverse(nothing)', 'reverse(): argument 1: expected list or string, found null'],
    ['contains(nothing, n)', 'contains(): argument 1: expected list or string, found null'],
  ])('given %s, when evaluated, then the error says: %s', (source, message) => {
    const expression = compileExpression(source);
    expect(() => expression.evaluate(INPUT)).toThrow(ExpressionError);
    expect(() => expression.evaluate(INPUT)).toThrow(message);
  });

  const refused: readonly (readonly [string, string])[] = [
    ['', 'expected an expression at character 1 of "", found the end'],
    ['a.', `expected a name, '*', '[' or '{' at character 3 of "a.", found the end`],
    ['a.b.[', 'expected an expression at character 6'],
    ['a[', `expected a number, ':' or '*' at character 3`],
    ['a[x]', `expected a number, ':' or '*' at character 3 of "a[x]", found 'x'`],
    ['a[*', `expected ']' at character 4`],
    ['a b', `expected an operator or the end at character 3 of "a b", found 'b'`],
    ['a.5', `expected a name, '*', '[' or '{' at character 3 of "a.5", found '5'`],
    ['5', "found '5' (a number stands in backticks: `5`)"],
    [
      'a == 5',
      'expected an expression at character 6 of "a == 5", found \'5\' (a number stands in backticks: `5`)',
    ],
    ['a.[]', `expected a name, '*', '[' or '{' at character 3 of "a.[]", found '[]'`],
    ['a.[ ]', `expected an expression at character 5`],
    ['{}', `expected a key at character 2`],
    ['{a}', `expected ':' at character 3`],
    ['{a: b c: d}', `expected ',' or '}' at character 7 of "{a: b c: d}", found 'c'`],
    ['{a: b,}', `expected a key at character 7`],
    ['{`1`: b}', `expected a key at character 2`],
    ['[a b]', `expected ',' or ']' at character 4`],
    ['[a,]', `expected an expression at character 4`],
    ['[,]', `expected an expression at character 2`],
    ['length(a,)', `expected an expression at character 10`],
    ['not_null(a b)', `expected ',' or ')' at character 12`],
    ['length(a', `expected ',' or ')' at character 9`],
    ['(a', `expected ')' at character 3`],
    ['a)', `expected an operator or the end at character 2`],
    ['@(a)', `expected an operator or the end at character 2`],
    ['a.b[0](c)', `expected an operator or the end at character 7`],
    ['n[2-1]', `expected ':' or ']' at character 4 of "n[2-1]", found '-1'`],
    ['n[--1]', `a '-' needs a number other than 0 behind it: at character 3 of "n[--1]"`],
    ['[-0]', `a '-' needs a number other than 0 behind it: at character 2`],
    ['n[-01]', `a '-' needs a number other than 0 behind it`],
    ['n[1-]', `a '-' needs a number other than 0 behind it`],
    ['n[1:2:3:4]', `expected ']' at character 8`],
    ['n[1 2]', `expected ':' or ']' at character 5`],
    ['n[2147483648]', `2147483648 is too large for an index: at character 3`],
    ['n[0:-99999999999999999999]', 'is too large for an index'],
    ['`{`', 'the literal at character 1 of "`{`" is no JSON'],
    ['`"a`', 'the literal at character 1'],
    ['`a`', 'the literal at character 1'],
    ['``', 'the literal at character 1'],
    ['`1e400`', 'beyond the range of a double'],
    [String.raw`a == ${'`'}"\ud800"${'`'}`, 'half a surrogate pair'],
    [String.raw`"\ud800"`, 'half a surrogate pair'],
    [`\`${'['.repeat(128)}${']'.repeat(128)}\``, 'nested 128 levels deep'],
    ['"\\x"', 'the name at character 1'],
    ["'it''s'", 'expected an operator or the end at character 5'],
    ['"f"(a)', 'the name of a function stands without quotes: at character 1'],
    ['foo(a)', 'unknown function foo()'],
    ['constructor(a)', 'unknown function constructor()'],
    ['abs()', 'abs() takes 1 argument(s), found 0'],
    ['abs(a, b)', 'abs() takes 1 argument(s), found 2'],
    ['merge()', 'merge() takes at least 1 argument(s), found 0'],
    ['sort_by(a, b)', 'an &expression is missing'],
    ['abs(&a)', 'an &expression has no place there'],
    ['&a', 'outside a function call'],
    ['a.&b', `expected a name, '*', '[' or '{' at character 3`],
    ['a[::0]', 'a slice with step 0'],
    ['a + b', "'+' is no part of the JMESPath that is understood here: at character 3"],
    ['a - b', `a '-' needs a number other than 0 behind it: at character 3`],
    ['let $x = a in $x', "'$' is no part of the JMESPath that is understood here: at character 5"],
    ['$', "'$' is no part of the JMESPath"],
    ['a ? b : c', "'?' is no part of the JMESPath"],
    ['a = b', "'=' is no part of the JMESPath that is understood here (equality is ==): at character 3"],
    ['süß', "'ü' is no part of the JMESPath that is understood here (such a name stands in double quotes)"],
    ['\u{1F600} || a', "'\u{1F600}' is no part of the JMESPath"],
    ["'\u{1F600}' b", 'at character 5 of'],
    ["'abc", 'the \' at character 1 of "\'abc" is not closed'],
    ["a.b || '", "the ' at character 8"],
    [String.raw`'abc\'`, "the ' at character 1"],
    ['`1', 'the ` at character 1'],
    [String.raw`"a\"`, 'the " at character 1'],
    ['!'.repeat(600) + 'a', 'nested deeper than 500 levels'],
    ['['.repeat(60_000), 'nested deeper than 500 levels'],
    [`${'a || '.repeat(40)}b c${' || a'.repeat(40)}`, "found 'c'"],
  ];

  it.each(refused.map(([source, message]) => [source.slice(0, 20), message, source] as const))(
    'given the expression %s, when compiled, then it is refused: %s',
    (_, message, source) => {
      expect(() => compileExpression(source)).toThrow(message);
    },
  );
});

describe('§5 JMESPath: hostile inputs', () => {
  it.each([
    'constructor',
    '__proto__',
    'toString',
    'o.constructor',
    'n.length',
    'text.length',
    'o.__proto__.x',
  ])('given the path %s into objects with a prototype, when evaluated, then it is null', (source) => {
    expect(evaluate(source)).toBeNull();
  });

  it('given a key __proto__ of the input, when read, then it is a key like any other', () => {
    const input = JSON.parse('{"__proto__":{"polluted":1},"a":{"__proto__":2}}') as unknown;
    expect(evaluate('"__proto__".polluted', input)).toBe(1);
    expect(evaluate('keys(@)', input)).toEqual(['__proto__', 'a']);
    const merged = evaluate('merge(@, a)', input) as object;
    expect(Object.getPrototypeOf(merged)).toBeNull();
    expect(Object.getOwnPropertyDescriptor(merged, '__proto__')?.value).toBe(2);
    expect('polluted' in {}).toBe(false);
  });

  it('given an output key __proto__, when built, then no prototype is set', () => {
    const hash = evaluate('{"__proto__": o}') as object;
    expect(Object.getPrototypeOf(hash)).toBeNull();
    expect(Object.keys(hash)).toEqual(['__proto__']);
  });

  it('given an expression whose work grows with the square of the input, when evaluated, then it ends in an error', () => {
    const list = Array.from({ length: 10_000 }, (_, i) => i);
    const rows = list.map(() => ({ list, texts: ['x'.repeat(1_000_000)] }));
    expect(() => evaluate('map(&sum(list), @)', rows)).toThrow('takes more than');
    expect(() => evaluate('[?contains(list, `-1`)]', rows)).toThrow('takes more than');
    expect(() => evaluate("map(&join('', texts), @)", rows)).toThrow(ExpressionError);
  });

  it('given 10,000 points, when projected and sorted, then the bound is far away', () => {
    const rows = Array.from({ length: 10_000 }, (_, i) => ({ k: `k${i}`, v: (i * 7919) % 10_007 }));
    const sorted = evaluate('sort_by([?v > `5`].{key: k, val: v}, &val)', rows) as unknown[];
    expect(sorted.length).toBeGreaterThan(9_900);
  });

  it('given an evaluation, when it is done, then the input is unchanged', () => {
    const input = { n: [3, 1, 2], rows: [{ v: 2 }, { v: 1 }] };
    evaluate('[sort(n), reverse(n), sort_by(rows, &v)]', input);
    expect(input).toEqual({ n: [3, 1, 2], rows: [{ v: 2 }, { v: 1 }] });
  });
});
