import { describe, expect, it } from 'vitest';
import { KeptBytes, type KeptBlock } from '../../../src/uplink/delivery/kept-bytes.js';
import type { Pending } from '../../../src/uplink/delivery/pending.js';
import { PendingPool } from '../../../src/uplink/delivery/pending-pool.js';

const BLOCK = 256 * 1024;

interface Kept {
  readonly block: KeptBlock;
  readonly start: number;
  readonly end: number;
  readonly bytes: Buffer;
}

function keep(kept: KeptBytes, bytes: Buffer): Kept {
  const block = kept.keep(bytes);
  return { block, start: block.used - bytes.length, end: block.used, bytes };
}

const isWhole = ({ block, start, end, bytes }: Kept): boolean =>
  block.bytes.subarray(start, end).equals(bytes);

describe('bytes of messages that are on their way', () => {
  it('given messages that end in any order, when others follow, then none is written over before its end', () => {
    const kept = new KeptBytes();
    const held: Kept[] = [];
    let seed = 7;
    const random = (below: number): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    for (let n = 0; n < 20_000; n += 1) {
      held.push(keep(kept, Buffer.alloc(1 + random(4_000), n)));
      if (held.length < 300) continue;
      const [done] = held.splice(random(held.length), 1);
      if (done === undefined || !isWhole(done)) throw new Error(`${n}: written over`);
      kept.release(done.block);
    }
    expect(held.every(isWhole)).toBe(true);
  });

  it('given messages that end, when others follow, then blocks are used again', () => {
    const kept = new KeptBytes();
    const blocks = new Set<KeptBlock>();
    for (let round = 0; round < 100; round += 1) {
      const held = Array.from({ length: 10 }, () => keep(kept, Buffer.alloc(BLOCK / 4)));
      for (const { block } of held) {
        blocks.add(block);
        kept.release(block);
      }
    }
    expect(blocks.size).toBeLessThanOrEqual(4);
  });

  it('given many blocks at once, when all are free, then few of them are kept', () => {
    const kept = new KeptBytes();
    const fill = (): KeptBlock[] => Array.from({ length: 40 }, () => keep(kept, Buffer.alloc(BLOCK)).block);
    const first = fill();
    for (const block of first) kept.release(block);
    const again = fill().filter((block) => first.includes(block));
    // Eight, and the one that was being written.
    expect(new Set(again).size).toBeLessThanOrEqual(9);
  });
});

/** A message whose bytes are written over right after. */
function passing(pool: PendingPool, scratch: Buffer, text: string): Pending {
  const pending = pool.take();
  scratch.write(text);
  pending.value = scratch.subarray(0, text.length);
  pending.passing = true;
  pending.keepBytes();
  scratch.fill('#');
  return pending;
}

describe('a message whose bytes are written over', () => {
  it('given its value is asked for, then it has its own, also after others took the block', () => {
    const pool = new PendingPool();
    const scratch = Buffer.alloc(100);
    const first = passing(pool, scratch, 'first');
    const second = passing(pool, scratch, 'second');
    const taken = first.value;
    pool.give(first);
    const third = passing(pool, scratch, 'third');
    expect([taken, second.value, third.value].map(String)).toEqual(['first', 'second', 'third']);
    for (const each of [second, third]) pool.give(each);
    const fourth = passing(pool, scratch, 'fourth');
    expect([taken, fourth.value].map(String)).toEqual(['first', 'fourth']);
  });

  it('given it waits, then its own copy lets go of the block; given it has ended, then it has no value', () => {
    const pool = new PendingPool();
    const scratch = Buffer.alloc(100);
    const waits = passing(pool, scratch, 'waits');
    waits.keep();
    const ended = passing(pool, scratch, 'ended');
    pool.give(ended);
    expect(ended.value).toBeNull();
    ended.keepBytes();
    expect(ended.value).toBeNull();
    passing(pool, scratch, 'other');
    expect(String(waits.value)).toBe('waits');
  });

  it('given bytes that last, then they stay where they are', () => {
    const pending = new PendingPool().take();
    const value = Buffer.from('own');
    pending.value = value;
    pending.keepBytes();
    expect(pending.value).toBe(value);
  });
});
