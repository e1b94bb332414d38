import type { Id } from '../../api/uplink.js';
import type { Fields } from './check.js';
import type { Point } from './points.js';

/** Longer lists are let go of after the event. */
const MAX_KEPT_POINTS = 256;

const NO_POINT: Point = Object.freeze({ pointId: null, pointKey: '', value: null });

/** Telemetry, checked: a `WireEvent`. One object serves all events of a mapper, one after the other: they are most of what is published. */
export class TelemetryEvent {
  timestampMs = 0;
  deviceId: Id | null = null;
  deviceName = '';
  readonly deviceType = undefined;
  /** The one group. */
  readonly points: Point[] = [];
  readonly groups: readonly (readonly Point[])[];
  metadata: Fields | null = null;
  readonly data = null;
  readonly extra = null;

  constructor() {
    this.groups = [this.points];
  }

  /** Lets go of what is the host's. The list keeps its places, so that the next event finds them. */
  clear(): void {
    this.metadata = null;
    if (this.points.length > MAX_KEPT_POINTS) this.points.length = 0;
    else this.points.fill(NO_POINT);
  }
}
