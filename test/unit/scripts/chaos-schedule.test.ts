import { describe, expect, it } from 'vitest';
import { scheduleOf } from '../../../scripts/chaos/schedule.mjs';

const shape = { seconds: 75, brokers: 3, gateways: 4 };
const SEEDS = Array.from({ length: 200 }, (_, seed) => seed);

describe('the schedule of a round of chaos', () => {
  it('is the same for the same seed, and another one for another', () => {
    expect(scheduleOf(7, shape)).toEqual(scheduleOf(7, shape));
    expect(scheduleOf(7, shape)).not.toEqual(scheduleOf(8, shape));
  });

  it('begins and ends each fault within its time, in order', () => {
    for (const seed of SEEDS) {
      const faults = scheduleOf(seed, shape);
      for (const { atMs, forMs, kind } of faults) {
        expect(atMs).toBeGreaterThanOrEqual(0);
        // A topic is deleted before the end; creating it again may come a little later.
        expect(atMs + (kind === 'topic' ? 0 : forMs)).toBeLessThanOrEqual(75_000);
      }
      expect(faults.map(({ atMs }) => atMs)).toEqual(
        faults.map(({ atMs }) => atMs).toSorted((a, b) => a - b),
      );
    }
  });

  it('has each kind of fault, and each state of a link', () => {
    const all = SEEDS.flatMap((seed) => scheduleOf(seed, shape));
    const kinds = new Set(
      all.map((fault) =>
        fault.kind === 'link' ? fault.state : 'how' in fault ? `${fault.kind} ${fault.how}` : fault.kind,
      ),
    );
    expect([...kinds].toSorted()).toEqual([
      'answers-stalled',
      'broker freeze',
      'broker kill',
      'broker shutdown',
      'clock',
      'cut',
      'disk',
      'gateway kill',
      'gateway stop',
      'half-open',
      'requests-stalled',
      'slow',
      'stalled',
      'topic partitions',
      'topic recreate',
    ]);
  });

  it('never takes all brokers at once, and gives each time to start', () => {
    for (const seed of SEEDS) {
      const faults = scheduleOf(seed, shape).filter((fault) => fault.kind === 'broker');
      let backMs = 0;
      for (const { atMs, forMs, nodes } of faults) {
        expect(new Set(nodes).size).toBe(nodes.length);
        expect(nodes.length).toBeLessThan(shape.brokers);
        expect(atMs).toBeGreaterThan(backMs);
        backMs = atMs + forMs;
      }
    }
  });
});
