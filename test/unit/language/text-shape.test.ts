import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LONGEST_TEXT, shapeOf, type Asked } from '../../../src/language/json/text-shape.js';

const ASKED: Asked = { version: 'exact', data: 'members' };
const shape = (text: string) => shapeOf(text, ASKED);

describe('texts of one form', () => {
  const text =
    '{"version":1,"at":17,"ok":true,"none":null,"list":[1,"a"],"data":{"s":"x","n":-1.5,"b":false,"z":null,"j":{"a":[1,"b"]}}}';

  it('given a text, then its form tells the members that were asked for', () => {
    const form = shape(text)!;
    expect(form.matches(text)).toBe(true);
    const names = ['s', 'n', 'b', 'z', 'j', 'at', '__proto__', 'constructor'];
    const values = Object.fromEntries(names.map((name) => [name, form.get(name)]));
    expect(values).toEqual({ s: 'x', n: -1.5, b: false, z: undefined, j: { a: [1, 'b'] } });
  });

  it.each([
    ['other values', text.replace('17', '0').replace('"a"', '""').replace('true', 'false'), true],
    ['another text where the very text is asked', text.replace('"version":1', '"version":2'), false],
    ['another text of the same number', text.replace('"version":1', '"version":1.0'), false],
    ['a blank more', text.replace(':17', ': 17'), false],
    ['a value less', text.replace('"at":17,', ''), false],
    ['a null where a number was', text.replace('17', 'null'), false],
    ['an escape', text.replace('"a"', '"\\u0061"'), false],
    ['a control character', text.replace('"a"', '"\u0001"'), false],
    ['a leading zero', text.replace('17', '017'), false],
    ['an exponent', text.replace('17', '17e0'), false],
    ['an integer beyond a double', text.replace('17', '9007199254740993'), false],
    ['something behind it', `${text}1`, false],
    ['a line behind it', `${text}\n`, false],
    ['something before it', ` ${text}`, false],
  ])('given %s, then it is told whether it has the form', (_, other, expected) => {
    expect(shape(text)!.matches(other)).toBe(expected);
  });

  it.each([
    ['a key that comes twice', '{"a":1,"a":2}'],
    ['such a key further in', '{"data":{"j":{"a":1,"a":2}}}'],
    ['an escape', '{"a":"\\n"}'],
    ['an escape in a key', '{"\\u0061":1}'],
    ['an exponent', '{"a":1e3}'],
    ['an integer beyond a double', '{"a":9007199254740993}'],
    ['a long text', JSON.stringify({ a: 'x'.repeat(LONGEST_TEXT) })],
  ])('given %s, then nothing is learned', (_, unusual) => {
    expect(() => void JSON.parse(unusual)).not.toThrow();
    expect(shape(unusual)).toBeNull();
  });

  it('given characters that mean something to a regular expression, then they stand for themselves', () => {
    const odd = String.raw`{"^$.*+?()[]{}|/-":1,"data":{"a.b":[]}}`;
    const form = shape(odd)!;
    expect(form.matches(odd)).toBe(true);
    expect(form.matches(odd.replace('a.b', 'aXb'))).toBe(false);
  });

  it('given a value in a long text, then it is the same', () => {
    const long = JSON.stringify({ pad: 'x'.repeat(1_000), data: { id: 'a-request-of-some-length', n: 1 } });
    const form = shape(long)!;
    expect(form.matches(long)).toBe(true);
    expect([form.get('id'), form.get('n')]).toEqual(['a-request-of-some-length', 1]);
  });

  it('given any JSON, then what is read is what JSON.parse yields', () => {
    const member = fc.oneof(fc.jsonValue({ depthSize: 'small' }), fc.string(), fc.double(), fc.integer());
    const document = fc.record({
      version: fc.constant(1),
      data: fc.dictionary(fc.string(), member),
      more: member,
    });
    const blanks = fc.constantFrom(undefined, 1, '\t');
    let learned = 0;
    fc.assert(
      fc.property(document, blanks, (value, space) => {
        const written = JSON.stringify(value, null, space);
        const form = shape(written);
        if (form === null) return;
        learned += 1;
        expect(form.matches(written)).toBe(true);
        const { data } = JSON.parse(written) as { data: Record<string, unknown> };
        for (const name of Object.keys(data)) expect(form.get(name)).toEqual(data[name] ?? undefined);
      }),
      { numRuns: 2_000 },
    );
    expect(learned).toBeGreaterThan(100);
  });
});
