import { DATA_TYPES, type PointMeta } from '../../api/uplink.js';
import type { TimestampText } from '../encode/timestamp-text.js';
import { dataTypeOf, isFloat, type PointMetaReader } from '../event/point-meta.js';
import { metaOf, type Point } from '../event/points.js';
import { scalarText } from '../event/scalar.js';
import type { PayloadEncoder, WireEvent } from '../event/wire-event.js';

/** How `data_type` is written (contract §5, `uplink.dataTypeFormat`). */
export type DataTypeFormat = 'name' | 'code';

/** What `kv` and `timeseries_rows` share: points without an envelope, so that nothing is kept per device. */
export abstract class PointsEncoder implements PayloadEncoder {
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

  abstract encode(event: WireEvent): string;

  /** `{"ts_ms":…`, not closed. */
  protected open({ timestampMs }: WireEvent): string {
    return '{"ts_ms":' + this.#times.digits(timestampMs);
  }

  /** What the host knows about a point. Look it up once: the host is asked. */
  protected metaOf(point: Point): PointMeta | null {
    return this.#reader === null ? null : metaOf(point, this.#reader);
  }

  protected valueText(point: Point, meta: PointMeta | null): string {
    return scalarText(point.value, isFloat(meta));
  }

  /** JSON text of the data type; `null`: not wanted, or not known. */
  protected dataTypeText(meta: PointMeta | null): string | null {
    if (!this.#includeMeta) return null;
    const dataType = dataTypeOf(meta);
    if (dataType === null) return null;
    return this.#format === 'name' ? `"${dataType}"` : `${DATA_TYPES.indexOf(dataType)}`;
  }
}
