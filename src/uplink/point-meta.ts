import { DATA_TYPES } from '../model.js';
import type { DataType, Id, PointMeta, PointMetaSource } from '../model.js';

/** What is known about points, read defensively: a look-up that throws counts as unknown (contract §3). */
export interface PointMetaReader {
  byId(pointId: Id): PointMeta | null;
  byKey(deviceId: Id, pointKey: string): PointMeta | null;
}

/** `null` where the host has no point metadata: callers skip the look-ups altogether. */
export function pointMetaReader(source: PointMetaSource | undefined): PointMetaReader | null {
  if (source === undefined) return null;
  const lookup = typeof source === 'function' ? { byId: source } : source;
  return {
    byId(pointId) {
      try {
        return lookup.byId(pointId) ?? null;
      } catch {
        return null;
      }
    },
    byKey(deviceId, pointKey) {
      try {
        return lookup.byKey?.(deviceId, pointKey) ?? null;
      } catch {
        return null;
      }
    },
  };
}

/** The data type, where the metadata has one of those that exist. */
export function dataTypeOf(meta: PointMeta | null): DataType | null {
  const dataType = meta?.dataType;
  return dataType !== undefined && DATA_TYPES.includes(dataType) ? dataType : null;
}

export function isFloat(meta: PointMeta | null): boolean {
  return meta !== null && (meta.dataType === 'float32' || meta.dataType === 'float64');
}

export function channelNameOf(meta: PointMeta | null): string | undefined {
  const name: unknown = meta?.channelName;
  return typeof name === 'string' ? name : undefined;
}
