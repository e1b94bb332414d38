import { expect, test } from 'vitest';
import { Fifo } from '../../../src/core/fifo.js';

test('§6 queue: given thousands of items, then they leave in the order they came', () => {
  const fifo = new Fifo<number>();
  const out: number[] = [];
  for (let n = 0; n < 5_000; n += 1) {
    fifo.push(n);
    if (n % 3 === 0) out.push(fifo.shift() ?? -1);
  }
  fifo.keep((n) => n % 2 === 0);
  for (let item = fifo.shift(); item !== undefined; item = fifo.shift()) out.push(item);
  expect(out.slice(0, 1_667)).toEqual(Array.from({ length: 1_667 }, (_, n) => n));
  const even = Array.from({ length: (5_000 - 1_668) / 2 }, (_, n) => 1_668 + 2 * n);
  expect(out.slice(1_667)).toEqual(even);
});
