import { quote } from '../../mapping/json-text.js';
import { isFloat } from '../point-meta.js';
import type { PointMetaReader } from '../point-meta.js';
import { metaOf } from '../points.js';
import { scalarText } from '../scalar.js';
import type { TimestampText } from '../timestamp-text.js';
import type { WireEvent } from '../wire-event.js';
import { dataTypeText } from './data-type.js';
import type { DataTypeFormat } from './data-type.js';
import type { PayloadEncoder } from './encoder.js';
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
