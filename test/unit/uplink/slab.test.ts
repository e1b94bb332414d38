import { describe, expect, it } from 'vitest';
import { Slab } from '../../../src/uplink/encode/slab.js';

describe('payload blocks', () => {
  it('given texts of all widths, when written over several blocks, then each keeps its bytes', () => {
    const slab = new Slab();
    const texts = Array.from({ length: 3000 }, (_, i) => `${i}:${'aüäö€\u{1F600}'.repeat(i % 60)}`);
    const written = texts.map((text) => slab.write(text));
    written.forEach((bytes, i) => {
      if (bytes.toString() !== texts[i]) throw new Error(`text ${i} was changed`);
    });
    expect(new Set(written.map((bytes) => bytes.buffer)).size).toBeGreaterThan(1);
  });

  it('given a large text, when written, then it gets a Buffer of its own', () => {
    const slab = new Slab();
    const small = slab.write('x');
    const large = slab.write('ü'.repeat(100_000));
    expect(large.length).toBe(200_000);
    expect(large.buffer).not.toBe(small.buffer);
    expect(slab.write('y').buffer).toBe(small.buffer);
  });

  it('given an empty text, when written, then the Buffer is empty', () => {
    expect(new Slab().write('')).toHaveLength(0);
  });
});
