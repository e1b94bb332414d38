import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonNumberText } from '../../../src/language/json/json-text.js';

describe('§6 numbers as text', () => {
  it.each([
    ['7', '7'],
    ['-7', '-7'],
    ['18446744073709551616', '18446744073709551616'],
    ['1.0', '1.0'],
    ['1.50', '1.5'],
    ['1e3', '1000.0'],
    ['1E+3', '1000.0'],
    ['12.5e1', '125.0'],
    ['-0', '-0.0'],
    ['0.0', '0.0'],
    ['-0.0', '-0.0'],
    ['0.1', '0.1'],
    ['1e-5', '0.00001'],
    ['1.25e-5', '0.0000125'],
    ['1e-6', '1e-6'],
    ['1.25e-6', '1.25e-6'],
    ['1e15', '1000000000000000.0'],
    ['1234567890123456.0', '1234567890123456.0'],
    ['1e16', '1e16'],
    ['12345678901234567.0', '1.2345678901234568e16'],
    ['1.7976931348623157e308', '1.7976931348623157e308'],
    ['5e-324', '5e-324'],
  ])('given %s in the source, when printed, then it is %s', (source, text) => {
    expect(jsonNumberText(source)).toBe(text);
  });

  it('given any double, when printed, then it reads back the same and shows that it is one', () => {
    fc.assert(
      fc.property(fc.double({ noDefaultInfinity: true, noNaN: true }), (value) => {
        const text = jsonNumberText(value.toExponential());
        // toExponential drops the sign of -0; adding 0 does so too.
        expect(Number(text)).toBe(value + 0);
        expect(text).toMatch(/^-?\d+(?:\.\d+|(?:\.\d+)?e-?\d+)$/);
      }),
    );
  });
});
