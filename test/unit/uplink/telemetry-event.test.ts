import { describe, expect, it } from 'vitest';
import { checkPoints, type Point } from '../../../src/uplink/event/points.js';
import { TelemetryEvent } from '../../../src/uplink/event/telemetry-event.js';

const pointsOf = (count: number): Point[] =>
  Array.from({ length: count }, (_, n) => ({ pointId: n, pointKey: `k${n}`, value: n }));

describe('the object that serves all events, one after the other', () => {
  it.each([
    [5, 5],
    [5, 2],
    [2, 5],
    [5, 0],
    [300, 3],
  ])('given %i points, then %i of the next event, then it has those alone', (first, second) => {
    const event = new TelemetryEvent();
    checkPoints(pointsOf(first), 'values', 1, null, event.points);
    event.clear();
    const next = pointsOf(second);
    checkPoints(next, 'values', 1, null, event.points);
    expect(event.points).toEqual(next);
    expect(event.groups).toEqual([next]);
  });

  it.each([5, 300])(
    'given an event of %i points, when it is done, then nothing of the host is kept',
    (count) => {
      const event = new TelemetryEvent();
      const points = pointsOf(count);
      event.metadata = { a: 1 };
      checkPoints(points, 'values', 1, null, event.points);
      event.clear();
      expect(event.points.filter((point) => points.includes(point))).toEqual([]);
      expect(event.points.length).toBeLessThanOrEqual(256);
      expect(event.metadata).toBeNull();
    },
  );
});
