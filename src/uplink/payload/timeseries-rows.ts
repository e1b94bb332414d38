import { quote } from '../../language/json/json-text.js';
import { isFloat } from '../event/point-meta.js';
import type { PointMetaReader } from '../event/point-meta.js';
import { metaOf } from '../event/points.js';
import { scalarText } from '../event/scalar.js';
import type { TimestampText } from '../encode/timestamp-text.js';
import type { WireEvent } from '../event/wire-event.js';
import { dataTypeText } from './point-heads.js';
import type { DataTypeFormat } from './point-heads.js';
import type { PayloadEncoder } from '../event/wire-event.js';
import { idText } from './point-heads.js';

/** `timeseries_rows` (contract §5). */
export class TimeseriesRows implements PayloadEncoder {
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
    const open = '{"ts_ms":' + this.#times.digits(event.timestampMs) + ',"point_id":';
    let text = '[';
    for (const points of event.groups) {
      for (const point of points) {
        const meta = this.#reader === null ? null : metaOf(point, this.#reader);
        const dataType = this.#includeMeta ? dataTypeText(meta, this.#format) : null;
        if (text.length > 1) text += ',';
        text += open + idText(point.pointId) + ',"point_key":' + quote(point.pointKey) + ',"value":';
        text += scalarText(point.value, isFloat(meta)) + ',"data_type":' + (dataType ?? 'null') + '}';
      }
    }
    return text + ']';
  }
}
