import type { Id } from '../../api/uplink.js';
import { type Fields, checkTimestamp } from './check.js';
import type { PointMetaReader } from './point-meta.js';
import type { Point } from './points.js';
import type { TelemetryEvent } from './telemetry-event.js';
import type { TimestampText } from '../encode/timestamp-text.js';

/** One event, checked, in the terms of the wire. */
export interface WireEvent {
  readonly timestampMs: number;
  /** `null`: it is about no device. */
  readonly deviceId: Id | null;
  /** `""` where the kind has none. */
  readonly deviceName: string;
  /** Online and offline only. */
  readonly deviceType: string | undefined;
  /** Groups of points: one for telemetry, three (client, shared, server) for attributes, else none. */
  readonly groups: readonly (readonly Point[])[];
  /** Of telemetry; `null`: absent. */
  readonly metadata: Fields | null;
  /** `data` on the wire, for the kinds without points. */
  readonly data: Fields | null;
  /** Template variables that only some kinds have. */
  readonly extra: Readonly<Record<string, string>> | null;
}

/** What reading an event needs beside its data. */
export interface ReadContext {
  /** Unix ms, for an absent timestamp. */
  readonly now: () => number;
  readonly reader: PointMetaReader | null;
  readonly times: TimestampText;
}

/** Reads the data of one kind; telemetry is put `into` an object that is there. Throws FieldError naming the field. */
export type ReadEvent = (data: Fields, context: ReadContext, into?: TelemetryEvent) => WireEvent;

/** The timestamp in a field, or now. */
export function readTimestamp(data: Fields, field: string, context: ReadContext): number {
  const value = data[field];
  return checkTimestamp(value === undefined ? context.now() : value, field);
}

/** Builds record values of one mapping. */
export interface PayloadEncoder {
  /** The part that is the same for all events of a device; the caller keeps it. */
  prefix(event: WireEvent): string;
  /** The record value as text. Throws RuleFailure (mapped_json only). */
  encode(event: WireEvent, prefix: string): string;
}
