import { readdirSync, readFileSync } from 'node:fs';
import type { PointMeta, PointMetaSource, UplinkEvent } from '../../../src/api/uplink.js';
import { untag } from './support.js';

/** One case of test/vectors/golden: what is configured and published, and what must come out. */
export interface GoldenCase {
  readonly section: string;
  readonly given: string;
  /** `uplink` of the configuration. The app is `{ id: 7, name: 'plant' }`. */
  readonly uplink: Readonly<Record<string, unknown>>;
  readonly pointMeta?: {
    readonly byId?: Readonly<Record<string, PointMeta>>;
    readonly byKey?: Readonly<Record<string, PointMeta>>;
    /** Every look-up throws. */
    readonly throws?: true;
  };
  /** Host form, with tagged values. */
  readonly event: object;
  readonly expect: GoldenRecord | { readonly error: GoldenError } | { readonly skipped: string };
}

export interface GoldenRecord {
  readonly renderedTopic: string;
  readonly topic: string;
  readonly key: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly timestampMs: number;
  /** The exact text; of a very long one its length in bytes and SHA-256. */
  readonly value: string | { readonly bytes: number; readonly sha256: string };
}

export interface GoldenError {
  readonly code: string;
  /** Part of the message. */
  readonly message: string;
}

const DIRECTORY = new URL('../../vectors/golden/', import.meta.url);

export function readGoldenCases(): (GoldenCase & { readonly file: string })[] {
  return readdirSync(DIRECTORY)
    .sort()
    .map((file) => ({ file, ...(JSON.parse(readFileSync(new URL(file, DIRECTORY), 'utf8')) as GoldenCase) }));
}

export function pointMetaOf({ pointMeta }: GoldenCase): PointMetaSource | undefined {
  if (pointMeta === undefined) return undefined;
  const look = (map: Readonly<Record<string, PointMeta>> | undefined, key: string) => {
    if (pointMeta.throws) throw new Error('no metadata today');
    return map?.[key];
  };
  return {
    byId: (pointId) => look(pointMeta.byId, String(pointId)),
    byKey: (_deviceId, pointKey) => look(pointMeta.byKey, pointKey),
  };
}

/** The event in host form: `{ "absent": true }` leaves a field out, `{ "points": n }` makes n points. */
export function eventOf({ event }: GoldenCase): UplinkEvent {
  const fields = Object.entries(event).filter(([, value]) => !isTag(value, 'absent'));
  return Object.fromEntries(fields.map(([name, value]) => [name, valueOf(value)])) as unknown as UplinkEvent;
}

function valueOf(value: unknown): unknown {
  if (!isTag(value, 'points')) return untag(value);
  const count = (value as { points: number }).points;
  return Array.from({ length: count }, (_, i) => ({ pointId: i, pointKey: `k${i}`, value: i / 4 }));
}

function isTag(value: unknown, name: string): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const keys = Object.keys(value);
  return keys.length === 1 && keys[0] === name;
}
