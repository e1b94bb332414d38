import { DATA_TYPES } from '../../model.js';
import type { PointMeta } from '../../model.js';
import { dataTypeOf } from '../point-meta.js';

/** How `data_type` is written (contract §5, `uplink.dataTypeFormat`). */
export type DataTypeFormat = 'name' | 'code';

/** JSON text of the data type; `null`: not known. */
export function dataTypeText(meta: PointMeta | null, format: DataTypeFormat): string | null {
  const dataType = dataTypeOf(meta);
  if (dataType === null) return null;
  return format === 'name' ? `"${dataType}"` : `${DATA_TYPES.indexOf(dataType)}`;
}
