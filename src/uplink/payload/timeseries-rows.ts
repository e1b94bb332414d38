import { quote } from '../../language/json/json-text.js';
import type { WireEvent } from '../event/wire-event.js';
import { idText } from './point-heads.js';
import { PointsEncoder } from './points-encoder.js';

/** `timeseries_rows` (contract §5). */
export class TimeseriesRows extends PointsEncoder {
  encode(event: WireEvent): string {
    const open = this.open(event) + ',"point_id":';
    let text = '[';
    for (const points of event.groups) {
      for (const point of points) {
        const meta = this.metaOf(point);
        if (text.length > 1) text += ',';
        text += open + idText(point.pointId) + ',"point_key":' + quote(point.pointKey) + ',"value":';
        text += this.valueText(point, meta) + ',"data_type":' + (this.dataTypeText(meta) ?? 'null') + '}';
      }
    }
    return text + ']';
  }
}
