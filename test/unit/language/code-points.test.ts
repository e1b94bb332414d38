import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareCodePoints } from '../../../src/language/json/json-text.js';

describe('§5 order by code point', () => {
  it('given any two texts, when compared, then the order is that of their UTF-8 bytes', () => {
    const text = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareCodePoints(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
    );
  });

  it('given a code point beyond U+FFFF, when compared, then it comes behind all others', () => {
    expect(['\u{10000}', '\uFFFF', 'a', ''].sort(compareCodePoints)).toEqual([
      '',
      'a',
      '\uFFFF',
      '\u{10000}',
    ]);
  });
});
