import type { ResolvedPacking, ResolvedUplinkPayload } from '../../config/resolved-config.js';
import type { MappedKind } from '../../api/kinds.js';
import type { AppInfo } from '../../api/uplink.js';
import type { PointMetaReader } from '../event/point-meta.js';
import type { TimestampText } from '../encode/timestamp-text.js';
import type { DataTypeFormat } from './points-encoder.js';
import type { PayloadEncoder } from '../event/wire-event.js';
import { EnvelopeJson } from './envelope-json.js';
import { InList } from './in-list.js';
import { Kv } from './kv.js';
import { MappedJson } from './mapped-json.js';
import { TimeseriesRows } from './timeseries-rows.js';

/** Builds the encoder of a mapping, once. Throws an Error when an expression does not parse. */
export function compilePayload(
  kind: MappedKind,
  payload: ResolvedUplinkPayload,
  app: AppInfo,
  format: DataTypeFormat,
  reader: PointMetaReader | null,
  times: TimestampText,
): PayloadEncoder {
  switch (payload.mode) {
    case 'envelope_json':
      return new EnvelopeJson(kind, app, reader, times);
    case 'kv':
      return listed(new Kv(payload.includeMeta, format, reader, times), payload.pack);
    case 'timeseries_rows':
      return new TimeseriesRows(payload.includeMeta, format, reader, times);
    case 'mapped_json':
      return listed(new MappedJson(kind, app, payload.config, times), payload.pack);
  }
}

function listed(encoder: PayloadEncoder, pack: ResolvedPacking | null): PayloadEncoder {
  return pack === null ? encoder : new InList(encoder);
}
