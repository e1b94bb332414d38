/** A gap in the data that the store tells of, in the terms of the wire. No host publishes one. */
import type { DataGap } from '../../store/port.js';
import type { TimestampText } from '../encode/timestamp-text.js';
import { checkTimestamp, isTimestamp } from './check.js';
import type { ReadContext, WireEvent } from './wire-event.js';

/** What a gap is not about. */
const NO_DEVICE = {
  deviceId: null,
  deviceName: '',
  deviceType: undefined,
  groups: [],
  metadata: null,
} as const;

/** Throws FieldError where it is told at no possible time. */
export function gapEvent(gap: DataGap, nowMs: number, { times }: ReadContext): WireEvent {
  const { lane, kind, fromMs, toMs, count, cause } = gap;
  const data = { lane, kind, from: timeText(fromMs, times), to: timeText(toMs, times), count, cause };
  return {
    ...NO_DEVICE,
    timestampMs: checkTimestamp(nowMs, 'now'),
    data,
    extra: { lane, kind, cause },
  };
}

/** `null` where the time is not known. It may come from a file. */
function timeText(ms: number | null, times: TimestampText): string | null {
  return isTimestamp(ms) ? times.rfc3339(ms) : null;
}
