import { describe, expect, it } from 'vitest';
import type { LossCause } from '../../../src/api/store.js';
import { Gaps } from '../../../src/store/gaps.js';
import { createMemoryDisk } from '../../../src/testing/memory-disk.js';
import { appendAll, laneOptions, live, NEVER, NOON, record } from './store-bench.js';

const FOLDER = '/store/app-1';

function add(gaps: Gaps, lane: string, count: number, before: number, cause: LossCause = 'evicted'): void {
  gaps.add(lane, 'telemetry', cause, count, before * 10, before * 10 + 5, before);
}

describe('gaps in the data', () => {
  it('neighbours become one, which goes out after the later of them, under an id of its own', () => {
    const gaps = new Gaps();
    add(gaps, 'telemetry', 3, 10);
    const { id } = gaps.all[0]!;
    add(gaps, 'telemetry', 4, 20);
    add(gaps, 'state', 1, 5);
    expect(gaps.all).toMatchObject([
      { lane: 'telemetry', count: 7, fromMs: 100, toMs: 205, before: 20, cause: 'evicted' },
      { lane: 'state', count: 1 },
    ]);
    expect(gaps.all[0]?.id).not.toBe(id);
    expect(gaps.acknowledge(id)).toBe(false);
    expect(gaps.acknowledge(gaps.all[0]!.id)).toBe(true);
    expect(gaps.all.map(({ lane }) => lane)).toEqual(['state']);
  });

  it('causes stand by themselves, and times that are not known do not hide those that are', () => {
    const gaps = new Gaps();
    gaps.add('telemetry', 'unknown', 'corrupt', 2, null, null, 1);
    gaps.add('telemetry', 'unknown', 'corrupt', 2, 50, 60, 2);
    gaps.add('telemetry', 'unknown', 'corrupt', 2, null, null, 3);
    add(gaps, 'telemetry', 1, 4, 'expired');
    expect(gaps.all).toMatchObject([
      { cause: 'corrupt', count: 6, fromMs: 50, toMs: 60 },
      { cause: 'expired', count: 1 },
    ]);
  });

  it('are 256 at most, and no count is lost', () => {
    const gaps = new Gaps();
    for (let lane = 0; lane < 400; lane += 1) add(gaps, `lane-${lane}`, 2, lane);
    expect(gaps.all.length).toBe(256);
    expect(gaps.all.reduce((sum, { count }) => sum + count, 0)).toBe(800);
  });

  it('come from the ledger, and wait over lives until Kafka has them', async () => {
    const disk = createMemoryDisk();
    const options = { lanes: [laneOptions({ maxAgeMs: 3_600_000 })] };
    const first = await live(disk.boot(), FOLDER, options);
    appendAll(first, 0, 5);
    await first.store.flush();
    await first.clock.advance(3_600_001);
    await first.store.lane('telemetry').read(10);
    first.store.lose('telemetry', record(9), 'refused');
    await first.clock.advance(2_000);
    disk.crash();

    const next = await live(disk.boot(), FOLDER, options);
    expect(next.store.gaps).toMatchObject([
      {
        lane: 'telemetry',
        kind: 'telemetry',
        cause: 'expired',
        count: 5,
        fromMs: NOON,
        toMs: NOON + 4,
        before: 0,
      },
      { lane: 'telemetry', cause: 'refused', count: 1, fromMs: NOON + 9, toMs: NOON + 9, before: 5 },
    ]);
    expect(next.store.lane('telemetry').mark).toBe(5);
    for (const { id } of next.store.gaps) next.store.acknowledgeGap(id);
    await next.store.close(NEVER);
    const last = await live(disk.boot(), FOLDER, options);
    expect(last.store.gaps).toEqual([]);
    expect(last.store.ledger().map(({ cause }) => cause)).toEqual(['expired', 'refused']);
    await last.store.close(NEVER);
  });

  it('of parked records are those of their lane, and wait for nothing', async () => {
    const disk = createMemoryDisk();
    const options = { lanes: [laneOptions({ maxAgeMs: 3_600_000 })] };
    const life = await live(disk.boot(), FOLDER, options);
    for (const sequence of [0, 1, 2]) life.store.parked('telemetry').append(record(sequence), false);
    await life.store.flush();
    expect((await life.store.parked('telemetry').read(1)).length).toBe(1);
    await life.clock.advance(3_700_000);
    expect(life.store.gaps).toMatchObject([{ lane: 'telemetry', count: 2, before: 0 }]);
    expect(life.store.ledger()).toMatchObject([{ lane: 'telemetry', cause: 'expired', count: 2 }]);
    await life.store.close(NEVER);
  });
});
