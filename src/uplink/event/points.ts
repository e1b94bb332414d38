import type { Id, PointMeta, Value } from '../../api/uplink.js';
import { checkId, isId, isPlainObject } from './check.js';
import { EventSize } from './json-value.js';
import { FieldError } from './check.js';
import { idIn, isFloat } from './point-meta.js';
import type { PointMetaReader } from './point-meta.js';
import { isScalar } from './scalar.js';

/** A checked point. Of a list it is the host's own object, untouched. */
export interface Point {
  /** `null`: given by key only, and unknown to the host's metadata. */
  readonly pointId: Id | null;
  readonly pointKey: string;
  readonly value: Value;
}

/** A point given as a property of a record; its metadata was looked up by key. */
class KeyedPoint implements Point {
  readonly pointId: Id | null;
  readonly pointKey: string;
  readonly value: Value;
  readonly meta: PointMeta | null;

  constructor(pointKey: string, value: Value, meta: PointMeta | null) {
    this.pointId = idIn(meta, 'pointId') ?? null;
    this.pointKey = pointKey;
    this.value = value;
    this.meta = meta;
  }
}

const VALUE = 'boolean, number, bigint, string, Uint8Array, Date or null';

/**
 * Checks values, given as a list or as a record. Throws FieldError naming the field.
 * @param into where they are put; what is there already is written over
 */
export function checkPoints(
  values: unknown,
  path: string,
  deviceId: Id,
  reader: PointMetaReader | null,
  into: Point[] = [],
): readonly Point[] {
  if (Array.isArray(values)) return checkList(values, path, into);
  if (!isPlainObject(values)) {
    throw new FieldError(path, 'a list of { pointId, pointKey, value } or an object of values', values);
  }
  const size = new EventSize();
  let count = 0;
  for (const key of Object.keys(values)) {
    const value = values[key];
    size.add(value, path, key);
    if (!isScalar(value)) throw new FieldError(`${path}[${JSON.stringify(key)}]`, VALUE, value);
    const meta = reader === null ? null : reader.byKey(deviceId, key);
    into[count] = new KeyedPoint(key, value as Value, meta);
    count += 1;
  }
  return cutTo(into, count);
}

/** Into a list of our own: that of the host may answer otherwise when it is asked again. */
function checkList(list: readonly unknown[], path: string, into: Point[]): readonly Point[] {
  const size = new EventSize();
  const { length } = list;
  let count = 0;
  for (let i = 0; i < length; i += 1) {
    const point = list[i] as Partial<Point> | null | undefined;
    if (typeof point !== 'object' || point === null || !isId(point.pointId))
      refusePoint(point, `${path}[${i}]`);
    const { pointKey, value } = point;
    if (typeof pointKey !== 'string') throw new FieldError(`${path}[${i}].pointKey`, 'a string', pointKey);
    if (!isScalar(value)) throw new FieldError(`${path}[${i}].value`, VALUE, value);
    size.add(value, path, pointKey);
    into[count] = point as Point;
    count += 1;
  }
  return cutTo(into, count);
}

function cutTo(points: Point[], count: number): readonly Point[] {
  if (points.length > count) points.length = count;
  return points;
}

function refusePoint(point: Partial<Point> | null | undefined, path: string): never {
  if (typeof point === 'object' && point !== null) checkId(point.pointId, `${path}.pointId`);
  throw new FieldError(path, '{ pointId, pointKey, value }', point);
}

/** What the host knows about a point. */
export function metaOf(point: Point, reader: PointMetaReader): PointMeta | null {
  if (point instanceof KeyedPoint) return point.meta;
  return point.pointId === null ? null : reader.byId(point.pointId);
}

/** Whether an integral value of the point is to be written with `.0`. */
export function isFloatPoint(point: Point, reader: PointMetaReader | null): boolean {
  return reader !== null && isFloat(metaOf(point, reader));
}
