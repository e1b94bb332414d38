import { describe, expect, it } from 'vitest';
import { createMemoryDisk, type MemoryDisk } from '../../../src/testing/memory-disk.js';
import { MemoryClock } from '../../../src/testing/memory-clock.js';
import {
  appendAll,
  countLost,
  laneOptions,
  live,
  NEVER,
  NOON,
  range,
  readAll,
  record,
  sequences,
  type Life,
} from './store-bench.js';

const FOLDER = '/store/app-1';
const KIB = 1024;
const AGE_MS = 3_600_000;
const value = Buffer.alloc(1_000, 'x');

/** Groups of ten records of a kilobyte, each synced. */
async function fill(life: Life, from: number, to: number, lane = 'telemetry'): Promise<void> {
  for (let sequence = from; sequence < to; sequence += 10) {
    appendAll(life, sequence, sequence + 10, { value }, lane);
    await life.store.flush();
  }
}

function bytesOf(disk: MemoryDisk): number {
  return [...disk.files]
    .filter(([name]) => name.endsWith('.seg'))
    .reduce((sum, [, bytes]) => sum + bytes.length, 0);
}

describe('the bounds of the store', () => {
  it('a lane that is full loses its oldest segments, and the ledger says exactly what', async () => {
    const disk = createMemoryDisk();
    const life = await live(disk.boot(), FOLDER, { lanes: [laneOptions({ maxBytes: 100 * KIB })] });
    await fill(life, 0, 300);
    expect(bytesOf(disk)).toBeLessThanOrEqual(100 * KIB);
    const left = sequences(await readAll(life));
    expect(left.length).toBeGreaterThan(60);
    expect(left).toEqual(range(300 - left.length, 300));
    await life.clock.settle();
    const lost = life.told.lost.flatMap(({ records }) => sequences(records));
    expect(lost).toEqual(range(0, 300 - left.length));
    expect(life.store.ledger()).toEqual([
      {
        cause: 'evicted',
        lane: 'telemetry',
        kind: 'telemetry',
        day: '2026-06-01',
        count: lost.length,
        atLeast: false,
        bytes: lost.length * (1_000 + 5),
        firstMs: NOON,
        lastMs: NOON + lost.length - 1,
      },
    ]);
    expect(life.store.lane('telemetry').backlog).toBe(0);
    expect(life.store.metrics().lanes[0]?.lost).toBe(lost.length);
    await life.store.close(NEVER);
  });

  it('a store that is full takes from the least important lane first, and never from one that is not evictable', async () => {
    const disk = createMemoryDisk();
    const lanes = [
      laneOptions({ name: 'critical', evictable: false }),
      laneOptions({ name: 'state' }),
      laneOptions(),
    ];
    const life = await live(disk.boot(), FOLDER, { lanes, maxBytes: 1_400 * KIB });
    await fill(life, 0, 500, 'critical');
    await fill(life, 0, 600, 'telemetry');
    expect(countLost(life.store.ledger())).toBe(0);
    await fill(life, 0, 400, 'state');
    const causes = life.store.ledger().map(({ lane, cause }) => `${lane} ${cause}`);
    expect(causes).toEqual(['telemetry evicted']);
    await fill(life, 500, 1_100, 'critical');
    expect(bytesOf(disk)).toBeLessThanOrEqual(1_400 * KIB);
    expect(sequences(await readAll(life, 'critical'))).toEqual(range(0, 1_100));
    expect(new Set(life.store.ledger().map(({ lane }) => lane))).toEqual(new Set(['state', 'telemetry']));
    const kept = (await readAll(life, 'state')).length + (await readAll(life, 'telemetry')).length;
    expect(kept + countLost(life.store.ledger())).toBe(1_000);
    await life.store.close(NEVER);
  });

  it('a lane that is never evicted takes no more when it is full, until something is done', async () => {
    const disk = createMemoryDisk();
    const lanes = [laneOptions({ evictable: false, maxBytes: 50 * KIB })];
    const life = await live(disk.boot(), FOLDER, { lanes });
    const lane = life.store.lane('telemetry');
    let taken = 0;
    while (lane.append(record(taken, { value }), false) !== null) {
      taken += 1;
      if (taken % 10 === 0) await life.store.flush();
    }
    expect(taken).toBeGreaterThan(40);
    expect(taken).toBeLessThanOrEqual(50);
    for (const { position } of await readAll(life)) lane.acknowledge(position);
    await life.store.flush();
    await life.clock.advance(1_000);
    expect(lane.append(record(taken, { value }), false)).toBe(taken);
    expect(life.store.ledger()).toEqual([]);
    await life.store.close(NEVER);
  });

  it('reject_new takes no more when the lane or the store is full, and evicts nothing', async () => {
    for (const bounds of [{ maxBytes: 60 * KIB }, { lanes: [laneOptions({ maxBytes: 60 * KIB })] }]) {
      const disk = createMemoryDisk();
      const life = await live(disk.boot(), FOLDER, {
        lanes: [laneOptions()],
        whenFull: 'reject_new',
        ...bounds,
      });
      let taken = 0;
      while (life.store.lane('telemetry').append(record(taken, { value }), false) !== null) taken += 1;
      await life.store.flush();
      expect(sequences(await readAll(life))).toEqual(range(0, taken));
      expect([taken > 50, taken <= 60]).toEqual([true, true]);
      await life.store.close(NEVER);
    }
  });

  it('what somebody has in hands is not counted as lost, and stays in its file as long as others may go', async () => {
    const disk = createMemoryDisk();
    const lanes = [laneOptions({ maxBytes: 100 * KIB })];
    const life = await live(disk.boot(), FOLDER, { lanes });
    const lane = life.store.lane('telemetry');
    await fill(life, 0, 10);
    const held = await lane.read(5);
    await fill(life, 10, 400);
    const lost = countLost(life.store.ledger());
    expect(lost).toBeGreaterThan(200);
    expect(sequences(held)).toEqual(range(0, 5));
    disk.crash();
    const next = await live(disk.boot(), FOLDER, { lanes });
    const again = sequences(await readAll(next));
    expect(again.slice(0, 5)).toEqual(range(0, 5));
    expect(again.length + countLost(next.store.ledger())).toBe(400);
    expect(new Set(next.store.ledger().map(({ cause }) => cause))).toEqual(new Set(['evicted']));
    await next.store.close(NEVER);
  });

  it('what expires is skipped one by one by the reader, and goes as whole segments when nobody reads', async () => {
    const disk = createMemoryDisk();
    const lanes = [laneOptions({ maxAgeMs: AGE_MS })];
    const clock = new MemoryClock(NOON);
    const life = await live(disk.boot(), FOLDER, { lanes }, clock);
    appendAll(life, 0, 10, { acceptedAtMs: NOON });
    await life.store.flush();
    await clock.advance(AGE_MS / 2);
    appendAll(life, 10, 20, { acceptedAtMs: clock.now() });
    await life.store.flush();
    await clock.advance(AGE_MS / 2 + 1);
    expect(sequences(await life.store.lane('telemetry').read(100))).toEqual(range(10, 20));
    expect(countLost(life.store.ledger(), 'expired')).toBe(10);
    appendAll(life, 20, 30, { acceptedAtMs: clock.now() });
    await life.store.flush();
    await clock.advance(2 * AGE_MS);
    expect(countLost(life.store.ledger(), 'expired')).toBe(20);
    expect(life.store.lane('telemetry').backlog).toBe(0);
    expect(life.told.lost.flatMap(({ records }) => sequences(records))).toEqual([
      ...range(0, 10),
      ...range(20, 30),
    ]);
    await life.store.close(NEVER);
  });

  it('a segment of which all is done is removed when the lane is quiet', async () => {
    const disk = createMemoryDisk();
    const life = await live(disk.boot(), FOLDER);
    await fill(life, 0, 10);
    for (const { position } of await readAll(life)) life.store.lane('telemetry').acknowledge(position);
    expect(bytesOf(disk)).toBeGreaterThan(10_000);
    await life.clock.advance(20_000);
    expect(bytesOf(disk)).toBe(0);
    await life.store.close(NEVER);
  });

  it('lanes that are gone from the configuration are drained last', async () => {
    const disk = createMemoryDisk();
    const first = await live(disk.boot(), FOLDER, { lanes: [laneOptions({ name: 'old' }), laneOptions()] });
    appendAll(first, 0, 3, {}, 'old');
    first.store.parked('old').append(record(3), false);
    await first.store.close(NEVER);
    const next = await live(disk.boot(), FOLDER, { lanes: [laneOptions()] });
    expect(next.store.lanes.map(({ name }) => name)).toEqual(['telemetry', 'old']);
    expect(sequences(await readAll(next, 'old'))).toEqual([0, 1, 2]);
    expect(sequences(await next.store.parked('old').read(5))).toEqual([3]);
    await next.store.close(NEVER);
  });

  it('parked records take at most a quarter of their lane', async () => {
    const disk = createMemoryDisk();
    const life = await live(disk.boot(), FOLDER, {
      lanes: [laneOptions({ maxBytes: 400 * KIB, evictable: false })],
    });
    const parked = life.store.parked('telemetry');
    let taken = 0;
    while (parked.append(record(taken, { value }), false) !== null) taken += 1;
    expect([taken > 90, taken <= 101]).toEqual([true, true]);
    expect(life.store.metrics().lanes[0]).toMatchObject({ messages: 0, parked: 0 });
    await life.store.flush();
    expect(life.store.metrics().lanes[0]).toMatchObject({ messages: taken, parked: taken });
    await life.store.close(NEVER);
  });

  it('does not grow while the disk has less room than minFreeBytes', async () => {
    const disk = createMemoryDisk();
    const life = await live(disk.boot(), FOLDER, {
      lanes: [laneOptions({ maxBytes: 640 * KIB })],
      minFreeBytes: 1_000 * KIB,
    });
    await fill(life, 0, 200);
    disk.full(500 * KIB);
    await life.clock.advance(5_000);
    const before = bytesOf(disk);
    await fill(life, 200, 400);
    expect(bytesOf(disk)).toBeLessThanOrEqual(before + 30 * KIB);
    expect(countLost(life.store.ledger(), 'disk_full')).toBeGreaterThan(150);
    expect((await readAll(life)).length + countLost(life.store.ledger())).toBe(400);
    await life.store.close(NEVER);
  });
});

describe('clocks of machines', () => {
  const lanes = [laneOptions({ maxAgeMs: AGE_MS })];

  it('nothing expires on a clock before 2020, and a record accepted then does not expire later', async () => {
    const disk = createMemoryDisk();
    const first = await live(disk.boot(), FOLDER, { lanes }, new MemoryClock(0));
    appendAll(first, 0, 3, { acceptedAtMs: 0 });
    await first.store.flush();
    await first.clock.advance(3 * AGE_MS);
    expect(first.store.lane('telemetry').backlog).toBe(3);
    disk.crash();
    const next = await live(disk.boot(), FOLDER, { lanes }, new MemoryClock(NOON));
    await next.clock.advance(3 * AGE_MS);
    expect(sequences(await readAll(next))).toEqual([0, 1, 2]);
    await next.store.close(NEVER);
  });

  it('a clock that was set back makes nothing old, and one that jumps ahead suspends expiry for ten minutes', async () => {
    const disk = createMemoryDisk();
    const first = await live(disk.boot(), FOLDER, { lanes }, new MemoryClock(NOON));
    appendAll(first, 0, 3, { acceptedAtMs: NOON });
    await first.store.flush();
    await first.store.close(NEVER);

    const clock = new JumpingClock(NOON - 30 * AGE_MS);
    const next = await live(disk.boot(), FOLDER, { lanes }, clock);
    expect(next.store.metrics().lanes[0]?.oldestMs).toBe(0);
    clock.jump(32 * AGE_MS);
    await clock.advance(9 * 60_000);
    expect(next.store.lane('telemetry').backlog).toBe(3);
    await clock.advance(2 * 60_000);
    expect(next.store.lane('telemetry').backlog).toBe(0);
    expect(countLost(next.store.ledger(), 'expired')).toBe(3);
    await next.store.close(NEVER);
  });

  it('within a life the age is measured by the clock that only grows', async () => {
    const disk = createMemoryDisk();
    const clock = new JumpingClock(NOON);
    const life = await live(disk.boot(), FOLDER, { lanes }, clock);
    appendAll(life, 0, 3, { acceptedAtMs: NOON });
    await life.store.flush();
    clock.jump(30 * AGE_MS);
    await clock.advance(3_600_000);
    expect(sequences(await readAll(life))).toEqual([0, 1, 2]);
    await life.store.close(NEVER);
  });
});

/** Its time of day can be set. */
class JumpingClock extends MemoryClock {
  #jumped = 0;

  override now(): number {
    return super.now() + this.#jumped;
  }

  jump(ms: number): void {
    this.#jumped += ms;
  }
}

describe('the time until the store is full', () => {
  const lanes = [laneOptions({ maxBytes: 100 * KIB })];
  /** For five seconds, so many records of a kilobyte each second. */
  async function grow(life: Life, from: number, perSecond: number): Promise<void> {
    for (let second = 0; second < 5; second += 1) {
      appendAll(life, from + second * perSecond, from + (second + 1) * perSecond, { value });
      await life.store.flush();
      await life.clock.advance(1_000);
    }
  }

  it('is not known at the start, and null where nothing grows', async () => {
    const life = await live(createMemoryDisk().boot(), FOLDER);
    expect(life.store.metrics().fullInMs).toBe(null);
    await life.clock.advance(20_000);
    expect(life.store.metrics().fullInMs).toBe(null);
    await life.store.close(NEVER);
  });

  it.each([
    ['the store', { maxBytes: 1_024 * KIB }],
    ['a lane', { lanes: [laneOptions({ maxBytes: 1_024 * KIB })] }],
  ])('is that to the bound of %s at the rate of the last minute', async (_, options) => {
    const life = await live(createMemoryDisk().boot(), FOLDER, options);
    await life.clock.advance(5_000);
    await grow(life, 0, 10);
    const { fullInMs, lanes: measured } = life.store.metrics();
    const bytes = measured.reduce((sum, each) => sum + each.bytes, 0);
    expect(fullInMs).toBeGreaterThan(0.8 * ((1_024 * KIB - bytes) / (bytes / 5_000)));
    expect(fullInMs).toBeLessThan(1.5 * ((1_024 * KIB - bytes) / (bytes / 5_000)));
    await life.store.close(NEVER);
  });

  it.each([
    ['that evicts', { lanes }],
    ['that evicts from its least important lane', { maxBytes: 100 * KIB }],
    ['that refuses', { lanes, maxBytes: 100 * KIB, whenFull: 'reject_new' }],
  ] as const)('is 0 of a store %s, in each moment, and for a minute more', async (_, options) => {
    const life = await live(createMemoryDisk().boot(), FOLDER, options);
    await grow(life, 0, 30);
    for (let round = 1; round < 5; round += 1) {
      await grow(life, round * 150, 7);
      expect(life.store.metrics().fullInMs).toBe(0);
    }
    await life.clock.advance(30_000);
    expect(life.store.metrics().fullInMs).toBe(0);
    await life.clock.advance(60_000);
    expect(life.store.metrics().fullInMs).toBe(null);
    await life.store.close(NEVER);
  });

  it('is 0 while the disk has less room than it should', async () => {
    const disk = createMemoryDisk();
    const life = await live(disk.boot(), FOLDER, { minFreeBytes: 1_000 * KIB });
    await grow(life, 0, 10);
    disk.full(500 * KIB);
    await life.clock.advance(5_000);
    expect(life.store.metrics().fullInMs).toBe(0);
    await life.store.close(NEVER);
  });
});
