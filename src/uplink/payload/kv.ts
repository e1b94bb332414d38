import { compareCodePoints } from '../../language/json/json-text.js';
import { quote } from '../../language/json/json-text.js';
import { isFloat } from '../event/point-meta.js';
import type { PointMetaReader } from '../event/point-meta.js';
import { metaOf } from '../event/points.js';
import type { Point } from '../event/points.js';
import { scalarText } from '../event/scalar.js';
import type { TimestampText } from '../encode/timestamp-text.js';
import type { WireEvent } from '../event/wire-event.js';
import { dataTypeText } from './point-heads.js';
import type { DataTypeFormat } from './point-heads.js';
import type { PayloadEncoder } from '../event/wire-event.js';

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
