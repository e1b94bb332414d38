import { DATA_TYPES } from '../../api/uplink.js';
import { absorb } from '../../core/host-call.js';
import type { DataType, Id, PointMeta, PointMetaLookup, PointMetaSource } from '../../api/uplink.js';
import { isId } from './check.js';

/** What is known about points, read defensively: a look-up that throws counts as unknown (contract §3). */
export interface PointMetaReader {
  byId(pointId: Id): PointMeta | null;
  byKey(deviceId: Id, pointKey: string): PointMeta | null;
  byDeviceName(deviceName: string): PointMeta | null;
}

/** `null` where the host has no point metadata: callers skip the look-ups altogether. */
export function pointMetaReader(source: PointMetaSource | undefined): PointMetaReader | null {
  if (source === undefined || source === null) return null;
  const lookup: PointMetaLookup = typeof source === 'function' ? { byId: source } : source;
  return {
    byId(pointId) {
      try {
        return known(lookup.byId(pointId));
      } catch {
        return null;
      }
    },
    byKey(deviceId, pointKey) {
      try {
        return known(lookup.byKey?.(deviceId, pointKey));
      } catch {
        return null;
      }
    },
    byDeviceName(deviceName) {
      try {
        return known(lookup.byDeviceName?.(deviceName));
      } catch {
        return null;
      }
    },
  };
}

/** A promise comes too late for a look-up; its rejection is nobody's. */
function known(meta: PointMeta | null | undefined): PointMeta | null {
  if (typeof meta !== 'object' || meta === null) return null;
  absorb(meta, () => undefined);
  return meta;
}

/** A field; `undefined` where reading it throws. */
function fieldOf(meta: PointMeta | null, name: keyof PointMeta): unknown {
  try {
    return meta?.[name];
  } catch {
    return undefined;
  }
}

/** The data type, where the metadata has one of those that exist. */
export function dataTypeOf(meta: PointMeta | null): DataType | null {
  const found = fieldOf(meta, 'dataType');
  return DATA_TYPES.find((name) => name === found) ?? null;
}

export function isFloat(meta: PointMeta | null): boolean {
  if (meta === null) return false;
  const dataType = fieldOf(meta, 'dataType');
  return dataType === 'float32' || dataType === 'float64';
}

export function channelNameOf(meta: PointMeta | null): string | undefined {
  const name = fieldOf(meta, 'channelName');
  return typeof name === 'string' ? name : undefined;
}

/** The id that the metadata has in one of its fields. */
export function idIn(meta: PointMeta | null, name: 'pointId' | 'deviceId'): Id | undefined {
  const id = fieldOf(meta, name);
  return isId(id) ? id : undefined;
}
