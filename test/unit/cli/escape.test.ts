import { describe, expect, it } from 'vitest';
import { escaped, escapedLines, jsonText } from '../../../src/cli/escape.js';

describe('text from outside', () => {
  it.each([
    ['\u001b]0;title\u0007', String.raw`\u001b]0;title\u0007`],
    ['a\tb\r\nc\u007f\u009b31m', String.raw`a\tb\r\nc\u007f\u009b31m`],
    ['\u202egnp.exe\u2028', String.raw`\u202egnp.exe\u2028`],
    ['Kessel Süd \u{1F525} 中', 'Kessel Süd \u{1F525} 中'],
  ])('given %j, then no control character is left of it', (text, expected) => {
    expect(escaped(text)).toBe(expected);
    expect(escapedLines(`${text}\n`).replace(/\n$/, '')).not.toMatch(/(?![\t\n])[\p{Bidi_C}\p{Cc}]/u);
  });

  it('given JSON, then it says the same, with all digits', () => {
    const value = { text: '\u009b\u202e\u001b\n', serial: 9007199254740993n, absent: undefined };
    expect(jsonText(value)).toBe(String.raw`{"text":"\u009b\u202e\u001b\n","serial":9007199254740993}`);
    expect(JSON.parse(jsonText(value))).toMatchObject({ text: value.text });
  });
});
