import { describe, expect, it } from 'vitest';
import { PointHeads } from '../../../src/uplink/payload/point-heads.js';

describe('§5 the text before a value, kept per point key', () => {
  it('given ids and keys in any combination, when asked for again and again, then each has its own text', () => {
    const heads = new PointHeads();
    const points = ['a', 'b', '"', '1', 'x'.repeat(300)].flatMap((pointKey) =>
      [1, '1', 2, 'a', 'b', null].map((pointId) => ({ pointId, pointKey, value: null })),
    );
    for (const point of [...points, ...points.toReversed(), ...points]) {
      const expected = { point_id: point.pointId, point_key: point.pointKey, value: null };
      expect(JSON.parse(`[${heads.of(point, true)}null${heads.of(point, false)}null}]`)).toStrictEqual([
        expected,
        expected,
      ]);
    }
  });

  it('given more keys than are kept, when asked for twice, then each has its own text', () => {
    const heads = new PointHeads();
    for (let i = 0; i < 80_000; i += 1) {
      const pointKey = `k${i % 20_000}`;
      const text = heads.of({ pointId: i, pointKey, value: null }, true);
      if (text !== `{"point_id":${i},"point_key":"${pointKey}","value":`) throw new Error(`${i}: ${text}`);
    }
  });
});
