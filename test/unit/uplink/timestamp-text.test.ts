import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TimestampText } from '../../../src/uplink/encode/timestamp-text.js';

describe('§3 timestamps in data', () => {
  it.each([
    [1_734_870_900_000, '2024-12-22T12:35:00Z'],
    [1_734_870_900_001, '2024-12-22T12:35:00.001Z'],
    [1_734_870_900_012, '2024-12-22T12:35:00.012Z'],
    [1_734_870_900_120, '2024-12-22T12:35:00.120Z'],
    [-1, '1969-12-31T23:59:59.999Z'],
    [-1000, '1969-12-31T23:59:59Z'],
  ])('given %i, when written, then %s', (ms, text) => {
    expect(new TimestampText().rfc3339(ms)).toBe(text);
  });

  it('given any timestamps one after the other, when written, then none shows another one', () => {
    const times = new TimestampText();
    const near = fc.integer({ min: -5000, max: 5000 });
    const any = fc.integer({ min: -62_167_219_200_000, max: 253_402_300_799_999 });
    fc.assert(
      fc.property(fc.oneof(near, any), (ms) => {
        expect(times.rfc3339(ms)).toBe(new Date(ms).toISOString().replace('.000Z', 'Z'));
        expect(times.digits(ms)).toBe(String(ms));
      }),
    );
  });
});
