import type { Point } from '../event/points.js';
import type { WireEvent } from '../event/wire-event.js';
import { allPoints, PointsByKey } from './points-by-key.js';
import { PointsEncoder } from './points-encoder.js';

/** `kv` (contract §5). */
export class Kv extends PointsEncoder {
  readonly #byKey = new PointsByKey();

  encode(event: WireEvent): string {
    const points = allPoints(event.groups);
    const { places, heads } = this.#byKey.orderOf(points);
    let text = this.open(event) + ',"values":{';
    for (let i = 0; i < places.length; i += 1) {
      const point = points[places[i] ?? 0];
      if (point !== undefined) text += heads[i] + this.#member(point);
    }
    return text + '}}';
  }

  #member(point: Point): string {
    const meta = this.metaOf(point);
    const value = this.valueText(point, meta);
    const dataType = this.dataTypeText(meta);
    return dataType === null ? value : `{"value":${value},"data_type":${dataType}}`;
  }
}
