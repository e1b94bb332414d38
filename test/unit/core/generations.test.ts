import { describe, expect, it } from 'vitest';
import { Generations } from '../../../src/core/generations.js';

describe('bounded cache in two generations', () => {
  it('given many more entries than its limit, when set, then it holds at most twice the limit', () => {
    const cache = new Generations<number, number>(10);
    for (let i = 0; i < 1000; i += 1) cache.set(i, i);
    expect(cache.size).toBeLessThanOrEqual(20);
    expect(cache.get(999)).toBe(999);
    expect(cache.get(0)).toBeUndefined();
  });

  it('given an entry that is asked for again and again, when others come and go, then it stays', () => {
    const cache = new Generations<number, string>(10);
    cache.set(-1, 'kept');
    for (let i = 0; i < 1000; i += 1) {
      cache.set(i, 'x');
      expect(cache.get(-1)).toBe('kept');
    }
  });

  it('given an entry of the old generation, when set again, then the new value counts and it is held once', () => {
    const cache = new Generations<number, string>(2);
    cache.set(1, 'old');
    cache.set(2, 'x');
    cache.set(3, 'x');
    cache.set(1, 'new');
    expect(cache.get(1)).toBe('new');
    expect(cache.size).toBe(3);
  });
});

describe('a cache that is bounded by what its entries hold', () => {
  it('given large entries, when set, then both generations together hold at most twice the length', () => {
    const cache = new Generations<string, string>(1_000, 100, (key, value) => key.length + value.length);
    for (let n = 0; n < 1_000; n += 1) {
      cache.set(`${n}`, 'x'.repeat(40));
      expect(cache.size).toBeLessThanOrEqual(4);
    }
    expect(cache.get('999')).toBe('x'.repeat(40));
    // The old generation is asked for, and comes back.
    expect(cache.get('998') ?? cache.get('997')).toBe('x'.repeat(40));
    for (let n = 0; n < 1_000; n += 1) cache.set('same', 'x'.repeat(90));
    expect(cache.size).toBeLessThanOrEqual(2);
  });
});
