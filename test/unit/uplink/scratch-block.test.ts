import { describe, expect, it } from 'vitest';
import { ScratchBlock } from '../../../src/uplink/encode/scratch-block.js';

describe('the block that each text is written to over the one before', () => {
  it('given texts of all lengths and widths, when written, then the view has the bytes of the last one', () => {
    const block = new ScratchBlock();
    for (let i = 0; i < 3_000; i += 1) {
      const text = `${i}:${'aüäö€\u{1F600}'.repeat(i % 500)}`;
      expect(block.write(text)?.equals(Buffer.from(text))).toBe(true);
    }
  });

  it('given texts of one length, when written, then they share one view', () => {
    const block = new ScratchBlock();
    const views = ['abc', 'def', 'gü'].map((text) => block.write(text));
    expect(new Set(views).size).toBe(1);
    expect(views[0]?.toString()).toBe('gü');
    expect(block.write('abcd')).not.toBe(views[0]);
  });

  it('given no characters, when written, then there are no bytes', () => {
    expect(new ScratchBlock().write('')).toHaveLength(0);
  });

  it('given a text that is too long, then it is not written here', () => {
    const block = new ScratchBlock();
    expect(block.write('x'.repeat(4_096))).toHaveLength(4_096);
    expect(block.write('€'.repeat(4_096))).toHaveLength(3 * 4_096);
    expect(block.write('x'.repeat(4_097))).toBeNull();
  });

  it('given more bytes than views are kept for, when written twice, then each gets a view of its own', () => {
    const block = new ScratchBlock();
    const text = '€'.repeat(2_000);
    expect(block.write(text)).not.toBe(block.write(text));
  });
});
