import { compareCodePoints } from '../../mapping/code-points.js';
import { quote } from '../../mapping/json-text.js';
import { isFloat } from '../point-meta.js';
import type { PointMetaReader } from '../point-meta.js';
import { metaOf } from '../points.js';
import type { Point } from '../points.js';
import { scalarText } from '../scalar.js';
import type { TimestampText } from '../timestamp-text.js';
import type { WireEvent } from '../wire-event.js';
import { dataTypeText } from './data-type.js';
import type { DataTypeFormat } from './data-type.js';
import type { PayloadEncoder } from './encoder.js';

/** The last point of each key over all groups, in code-point order of the keys. */
export function latestByKey(groups: readonly (readonly Point[])[]): Point[] {
  const latest = new Map<string, Point>();
  for (const points of groups) for (const point of points) latest.set(point.pointKey, point);
  return [...latest.values()].sort((a, b) => compareCodePoints(a.pointKey, b.pointKey));
}

/** `kv` (contract §5). */
export class Kv implements PayloadEncoder {
  readonly #includeMeta: boolean;
  readonly #format: DataTypeFormat;
  readonly #reader: PointMetaReader | null;
  readonly #times: TimestampText;

  constructor(
    includeMeta: boolean,
    format: DataTypeFormat,
    reader: PointMetaReader | null,
    times: TimestampText,
  ) {
    this.#includeMeta = includeMeta;
    this.#format = format;
    this.#reader = reader;
    this.#times = times;
  }

  prefix(): string {
    return '';
  }

  encode(event: WireEvent): string {
    let text = '{"ts_ms":' + this.#times.digits(event.timestampMs) + ',"values":{';
    let separator = '';
    for (const point of latestByKey(event.groups)) {
      text += separator + quote(point.pointKey) + ':' + this.#valueText(point);
      separator = ',';
    }
    return text + '}}';
  }

  #valueText(point: Point): string {
    const meta = this.#reader === null ? null : metaOf(point, this.#reader);
    const value = scalarText(point.value, isFloat(meta));
    const dataType = this.#includeMeta ? dataTypeText(meta, this.#format) : null;
    return dataType === null ? value : `{"value":${value},"data_type":${dataType}}`;
  }
}
