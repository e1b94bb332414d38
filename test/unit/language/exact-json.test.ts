import { deepStrictEqual } from 'node:assert/strict';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonError, parseExactJson, parseNumbersFromSource } from '../../../src/language/json/exact-json.js';

const parse = (text: string): unknown => parseExactJson(Buffer.from(text));

/** JSON text with repeated keys, nasty names and white space; `number` makes its numbers. */
function jsonText(number: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const blank = fc.constantFrom('', '', ' ', '\n\t ', '\r');
  const name = fc.constantFrom('a', 'b', '__proto__', 'constructor', 'toString', '', 'é', '0', '1');
  const text = fc.oneof(fc.string({ unit: 'grapheme' }), name).map((value) => JSON.stringify(value));
  const list = (items: readonly string[], open: string, close: string) => open + items.join(',') + close;
  const { value } = fc.letrec<{ value: string; inner: string }>((tie) => ({
    inner: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.oneof(number, text, fc.constantFrom('true', 'false', 'null')),
      fc.array(tie('value'), { maxLength: 4 }).map((items) => list(items, '[', ']')),
      fc
        .array(
          fc.tuple(name, tie('value')).map(([key, item]) => `${JSON.stringify(key)}:${item}`),
          { maxLength: 4 },
        )
        .map((items) => list(items, '{', '}')),
    ),
    value: fc.tuple(blank, tie('inner'), blank).map((parts) => parts.join('')),
  }));
  return value;
}

/** Numbers that need no second look: no exponent, and no integer of 2^53 or more. */
const plainNumber = fc.oneof(
  fc.maxSafeInteger().map(String),
  fc.double({ min: -1e15, max: 1e15, noNaN: true }).map((value) => value.toFixed(7)),
  fc.constantFrom('0', '-0', '1.0', '9007199254740991', '0.10'),
);

describe('§6 exact JSON', () => {
  it('given any JSON without large integers or exponents, when parsed, then the value is that of JSON.parse', () => {
    fc.assert(
      fc.property(jsonText(plainNumber), (text) => {
        deepStrictEqual(parse(text), JSON.parse(text));
      }),
    );
  });

  it('given an integer just above 2^53 or a number out of range at any place, then it is noticed', () => {
    for (let at = 0; at < 48; at += 1) {
      const before = `[${' '.repeat(at)}`;
      for (const digits of ['9007199254740993', '-9007199254740993', '12345678901234567890123']) {
        expect(parse(`${before}${digits},1]`)).toEqual([BigInt(digits), 1]);
        expect(parse(`${before}1,${digits}]`)).toEqual([1, BigInt(digits)]);
      }
      expect(parse(`${before}"1234567890123456",123456789012345]`)).toEqual([
        '1234567890123456',
        123456789012345,
      ]);
      for (const far of ['1e400', '1E+400', '-2e999']) {
        expect(() => parse(`${before}${far}]`)).toThrow(
          expect.objectContaining({ fault: 'number_out_of_range' }),
        );
      }
    }
  });

  it('given any JSON, when parsed from the source of its numbers, then the value is that of JSON.parse', () => {
    // lossless-json keeps the first of two values of a key that it takes for equal: 0 and -0, and objects that
    // differ in an own __proto__ only.
    const distinct = fc.integer({ min: 1 }).map(String);
    fc.assert(
      fc.property(
        jsonText(distinct).filter((text) => !text.includes('__proto__')),
        (text) => {
          deepStrictEqual(parseNumbersFromSource(text, Number), JSON.parse(text));
        },
      ),
    );
  });

  it('given any integer, when parsed, then it is exact: a number up to 2^53, a bigint beyond', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 130n), max: 2n ** 130n }), fc.boolean(), (value, nested) => {
        const parsed = nested ? parse(`{"a":[${value}]}`) : parse(`[${value}]`);
        const [found] = (nested ? (parsed as { a: unknown[] }).a : parsed) as [unknown];
        const large = value > 2n ** 53n || value < -(2n ** 53n);
        expect(typeof found).toBe(large ? 'bigint' : 'number');
        expect(BigInt(found as number)).toBe(value);
      }),
    );
  });

  it('given an integer beyond 2^53, when parsed, then floats beside it are the nearest doubles', () => {
    expect(parse('[9007199254740993, 0.1, 1e3, 9007199254740993.5, -0]')).toEqual([
      9007199254740993n,
      0.1,
      1000,
      9007199254740994,
      -0,
    ]);
  });

  it('given digits inside strings, when parsed, then they stay text', () => {
    expect(parse('["9007199254740993", "\\"9007199254740993", "1e400"]')).toEqual([
      '9007199254740993',
      '"9007199254740993',
      '1e400',
    ]);
  });

  it.each([
    ['a number beyond the range of a double', '[1e400]', 'number_out_of_range'],
    ['a negative one', '-1e309', 'number_out_of_range'],
    ['an integer beyond the range of a double', '9'.repeat(310), 'number_out_of_range'],
    ['one with a fraction', `${'9'.repeat(310)}.5`, 'number_out_of_range'],
    ['128 levels', '['.repeat(128) + ']'.repeat(128), 'too_deep'],
    ['a million levels', '{"a":'.repeat(1_000_000) + '1' + '}'.repeat(1_000_000), 'too_deep'],
    ['a byte order mark', '\uFEFF{}', 'not_json'],
    ['nothing', '', 'not_json'],
    ['text behind the value', '{} {}', 'not_json'],
    ['a bare word', 'undefined', 'not_json'],
    ['half a surrogate pair', '"\\uDE80"', 'not_json'],
    ['half a surrogate pair in a key', '{"\\ud83d":1}', 'not_json'],
    ['half a surrogate pair in a value that is overwritten', '{"a":"\\ud800","a":1}', 'not_json'],
    ['half a surrogate pair deep in such a value', '{"a":[{"b":"x\\uDFFFy"}],"a":1}', 'not_json'],
    ['half a surrogate pair in a key of such a value', '{"a":{"\\ud800":1},"a":1}', 'not_json'],
    ['half a surrogate pair beside a large integer', '{"a":"\\ud800","a":9007199254740993}', 'not_json'],
    ['a first half before another escape', '"\\ud83d\\n"', 'not_json'],
    ['a first half before a first half', '"\\ud83d\\ud83d\\ude80"', 'not_json'],
    ['a pair and a half', '"\\ud83d\\ude80\\ude80"', 'not_json'],
    ['a half behind an escaped backslash', '"\\\\\\ud83d"', 'not_json'],
    ['both halves in the wrong order', '"\\ude80\\ud83d"', 'not_json'],
    ['an unclosed string', '"abc', 'not_json'],
    ['an unclosed string that ends in a backslash', '"abc\\', 'not_json'],
    ['a large integer in broken JSON', '[9007199254740993', 'not_json'],
  ])('given %s, when parsed, then a JsonError tells the fault', (_, text, fault) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ name: 'JsonError', fault }));
  });

  it.each([
    ['"\\ud83d\\ude80"', '\u{1F680}'],
    ['"\\uD83D\\uDE80 \\ud83d\\ude80"', '\u{1F680} \u{1F680}'],
    ['"\\\\ud83d"', '\\ud83d'],
    ['"\\\\\\\\ud83d"', '\\\\ud83d'],
    ['"\\\\\\ud83d\\ude80"', '\\\u{1F680}'],
    ['"\\ud7ff\\ue000"', '\ud7ff\ue000'],
    ['{"\\ud83d\\ude80":1,"\\ud83d\\ude80":2}', { '\u{1F680}': 2 }],
  ])('given whole surrogate pairs or none, %s, when parsed, then they are text', (text, expected) => {
    expect(parse(text)).toEqual(expected);
  });

  it('given escapes in any order, when parsed, then they are refused unless the text is Unicode', () => {
    const part = fc.constantFrom('\\ud83d', '\\uDE80', '\\\\', '\\n', 'u', 'd83d', '\\u0041', 'x');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), fc.boolean(), (parts, overwritten) => {
        const json = `"${parts.join('')}"`;
        const text = JSON.parse(json) as string;
        const isUnicode = Buffer.from(text).toString() === text;
        const body = overwritten ? `{"a":[${json}],"a":1}` : json;
        if (isUnicode) expect(parse(body)).toEqual(overwritten ? { a: 1 } : text);
        else expect(() => parse(body)).toThrow(expect.objectContaining({ fault: 'not_json' }));
      }),
      { numRuns: 1_000 },
    );
  });

  it('given any bytes, when parsed, then the result is a value or a JsonError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const text = Buffer.from(bytes).toString();
        if (!Buffer.from(text).equals(bytes)) {
          expect(() => parseExactJson(bytes)).toThrow(expect.objectContaining({ fault: 'not_utf8' }));
        } else {
          valueOrJsonError(bytes);
        }
      }),
    );
  });
});

function valueOrJsonError(bytes: Uint8Array): void {
  try {
    parseExactJson(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(JsonError);
  }
}
