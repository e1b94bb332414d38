import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRfc3339 } from '../../../src/language/rfc3339.js';

const twoDigits = (value: number): string => String(value).padStart(2, '0');

/** The date of an instant, as a clock shows it that is `offset` minutes ahead of UTC. */
function withOffset(ms: number, offset: number, colon: string): string {
  const local = new Date(ms + offset * 60_000).toISOString().slice(0, -1);
  const minutes = Math.abs(offset);
  const sign = offset < 0 ? '-' : '+';
  return `${local}${sign}${twoDigits(Math.floor(minutes / 60))}${colon}${twoDigits(minutes % 60)}`;
}

describe('§6 timestamps', () => {
  it('given any instant in any offset, when parsed, then it is that instant', () => {
    const instant = fc.integer({ min: Date.UTC(1, 0, 2), max: Date.UTC(9999, 11, 30) });
    const offset = fc.integer({ min: -1439, max: 1439 });
    fc.assert(
      fc.property(instant, offset, fc.constantFrom(':', ''), (ms, minutes, colon) => {
        expect(parseRfc3339(withOffset(ms, minutes, colon))).toBe(ms);
      }),
    );
  });

  it('given a fraction of any length, when parsed, then it is cut to milliseconds', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\d{1,40}$/), (fraction) => {
        const ms = Math.floor(Number(`0.${fraction.slice(0, 3)}`) * 1000 + 1e-6);
        expect(parseRfc3339(`1970-01-01T00:00:00.${fraction}Z`)).toBe(ms);
      }),
    );
  });

  it.each([
    ['2024-12-22 14:35:00 +0200', 1734870900000],
    ['2024-12-22 12:35:00 UTC', 1734870900000],
    ['2024-12-22t12:35:00z', 1734870900000],
    ['2016-12-31T23:59:60.250Z', 1483228800250],
    ['0000-01-01T00:00:00Z', -62167219200000],
    ['1999-02-28T23:59:59.999-23:59', 920332739999],
  ])('given %s, when parsed, then it is taken', (text, ms) => {
    expect(parseRfc3339(text)).toBe(ms);
  });

  it.each([
    '',
    'now',
    '2024-12-22',
    '2024-12-22T12:35Z',
    '2024-12-22T12:35:00',
    '2024-12-22T12:35:00.Z',
    '2024-12-22T12:35:00,5Z',
    '2024-1-2T3:4:5Z',
    '2024-12-22T 12:35:00Z',
    ' 2024-12-22T12:35:00Z',
    '+2024-12-22T12:35:00Z',
    '224-12-22T12:35:00Z',
    '2024-12-22T12:35:00+02',
    '2024-12-22T12:35:00+2:00',
    '2024-12-22T12:35:00+24:00',
    '2024-12-22T12:35:00+00:60',
    '2024-00-01T00:00:00Z',
    '2024-13-01T00:00:00Z',
    '2024-01-00T00:00:00Z',
    '2024-04-31T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2024-12-22T24:00:00Z',
    '2024-12-22T12:60:00Z',
    '2024-12-22T12:35:61Z',
    ' 2024-12-22T12:35:00Z',
    '2024-12-22T12:35:00Z ',
    '+2024-12-22T12:35:00Z',
    '12024-12-22T12:35:00Z',
  ])('given %j, when parsed, then it is refused', (text) => {
    expect(parseRfc3339(text)).toBeUndefined();
  });
});
