import { describe, expect, it } from 'vitest';
import { AcceptedTimes } from '../../../src/store/accepted-times.js';
import { createMemoryDisk } from '../../../src/testing/memory-disk.js';
import { MemoryClock } from '../../../src/testing/memory-clock.js';
import { appendAll, live, NEVER, NOON, type Life } from './store-bench.js';

const FOLDER = '/store/app-1';

/** A message a second, each synced before the next one. */
async function everySecond(life: Life, from: number, to: number): Promise<void> {
  for (let sequence = from; sequence < to; sequence += 1) {
    appendAll(life, sequence, sequence + 1, { acceptedAtMs: life.clock.now() });
    await life.store.flush();
    await life.clock.advance(1_000);
  }
}

const oldest = ({ store }: Life): number | null =>
  store.metrics().lanes.find(({ lane }) => lane === 'telemetry')?.oldestMs ?? null;

describe('oldestMs of a lane', () => {
  it('is the age of the oldest message that is not done, not that of its file', async () => {
    const life = await live(createMemoryDisk().boot(), FOLDER);
    const lane = life.store.lane('telemetry');
    await everySecond(life, 0, 60);
    expect(oldest(life)).toBe(60_000);
    for (let position = 0; position < 59; position += 1) lane.acknowledge(position);
    expect(oldest(life)).toBe(1_000);
    lane.acknowledge(59);
    expect(oldest(life)).toBeNull();
    await life.store.close(NEVER);
  });

  it('is the same in the next life, as soon as it reads', async () => {
    const disk = createMemoryDisk();
    const first = await live(disk.boot(), FOLDER);
    await everySecond(first, 0, 60);
    await first.store.close(NEVER);
    const next = await live(disk.boot(), FOLDER, {}, new MemoryClock(first.clock.now()));
    appendAll(next, 60, 61, { acceptedAtMs: next.clock.now() });
    await next.store.flush();
    const lane = next.store.lane('telemetry');
    for (let read = await lane.read(1); read.length > 0; read = await lane.read(1)) {
      if ((read[0]?.position ?? 0) < 50) lane.acknowledge(read[0]?.position ?? -1);
    }
    expect(oldest(next)).toBe(10_000);
    await next.store.close(NEVER);
  });

  it('given a long backlog, then it is right to a thirtieth of the time that it covers, too old rather than too young', () => {
    const times = new AcceptedTimes();
    for (let position = 0; position < 100_000; position += 1) times.add(position, NOON + position * 50, 0);
    for (const position of [0, 1, 17, 3_000, 50_000, 99_999]) {
      const error = NOON + position * 50 - (times.at(position, 0) ?? 0);
      expect(error).toBeGreaterThanOrEqual(0);
      expect(error).toBeLessThan((100_000 * 50) / 30);
    }
    expect(times.at(17, 18)).toBeNull();
  });
});
