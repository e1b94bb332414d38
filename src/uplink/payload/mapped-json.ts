import { toJsonText } from '../../language/json/json-text.js';
import { applyRules, compileRules } from '../../language/jmespath/mapped-object.js';
import type { Rule } from '../../language/jmespath/mapped-object.js';
import type { MappedKind } from '../../api/kinds.js';
import type { AppInfo } from '../../api/uplink.js';
import { checkId, checkText } from '../event/check.js';
import type { Fields } from '../event/check.js';
import type { Point } from '../event/points.js';
import { PLUGIN_TYPE } from '../encode/render-context.js';
import { wireScalar } from '../event/scalar.js';
import type { TimestampText } from '../encode/timestamp-text.js';
import type { WireEvent } from '../event/wire-event.js';
import type { PayloadEncoder } from '../event/wire-event.js';
import { allPoints, PointsByKey } from './points-by-key.js';

type MutableFields = Record<string, unknown>;

/** Under this name the reference's code holds the data of a kind: `data.Telemetry.values`. */
const TAGS: Readonly<Record<MappedKind, string>> = {
  telemetry: 'Telemetry',
  attributes: 'Attributes',
  device_connected: 'DeviceConnected',
  device_disconnected: 'DeviceDisconnected',
  alarm: 'Alarm',
  rpc_response: 'RpcResponse',
  write_point_response: 'WritePointResponse',
  data_gap: 'DataGap',
};

/** `mapped_json` (contract §5). */
export class MappedJson implements PayloadEncoder {
  readonly #kind: MappedKind;
  readonly #app: Fields;
  readonly #rules: readonly Rule[];
  /** The view by key costs; most rules do not look at it. */
  readonly #readsPoints: boolean;
  readonly #byKey = new PointsByKey();
  readonly #times: TimestampText;

  /** Throws an Error when an expression does not parse. */
  constructor(
    kind: MappedKind,
    app: AppInfo,
    config: Readonly<Record<string, string>>,
    times: TimestampText,
  ) {
    this.#kind = kind;
    this.#app = { id: app.id, name: app.name, plugin_type: PLUGIN_TYPE };
    this.#rules = compileRules(config);
    this.#readsPoints = this.#rules.some((rule) => rule.source.includes('points'));
    this.#times = times;
  }

  prefix(): string {
    return '';
  }

  encode(event: WireEvent): string {
    return toJsonText(applyRules(this.#rules, this.#view(event)));
  }

  #view(event: WireEvent): Fields {
    const view: MutableFields = {
      schema_version: 1,
      event_kind: this.#kind,
      ts_ms: event.timestampMs,
      app: this.#app,
      device: deviceOf(event),
      data: this.#data(event),
    };
    if (this.#readsPoints && event.data === null) hide(view, 'points', this.#pointsByKey(event.groups));
    return view;
  }

  #data(event: WireEvent): Fields {
    const data = event.data ?? this.#pointData(event);
    return hide({ ...data }, TAGS[this.#kind], data);
  }

  #pointData({ deviceId, deviceName, timestampMs, groups, metadata }: WireEvent): Fields {
    const timestamp = this.#times.rfc3339(timestampMs);
    const head = { device_id: deviceId, device_name: deviceName, timestamp };
    const [first = [], shared = [], server = []] = groups;
    if (this.#kind === 'telemetry')
      return { ...head, values: first.map(wirePoint), metadata: metadata ?? {} };
    return {
      ...head,
      client_attributes: first.map(wirePoint),
      shared_attributes: shared.map(wirePoint),
      server_attributes: server.map(wirePoint),
    };
  }

  #pointsByKey(groups: readonly (readonly Point[])[]): Fields {
    const points = allPoints(groups);
    const { keys, places } = this.#byKey.orderOf(points);
    const map = Object.create(null) as MutableFields;
    for (const place of places) map[keys[place] ?? ''] = wireScalar(points[place]?.value);
    return map;
  }
}

function deviceOf({ deviceId, deviceName, deviceType }: WireEvent): Fields | null {
  if (deviceId === null) return null;
  const device: MutableFields = { id: deviceId, name: deviceName };
  if (deviceType !== undefined) device['type'] = deviceType;
  return device;
}

/** Adds a property that a path finds, but that does not show when the object is copied whole. */
function hide(object: MutableFields, name: string, value: unknown): Fields {
  return Object.defineProperty(object, name, { value, enumerable: false });
}

function wirePoint(point: Point): Fields {
  const { pointId, pointKey } = point;
  return {
    point_id: pointId === null ? null : checkId(pointId, 'pointId'),
    point_key: checkText(pointKey, 'pointKey'),
    value: wireScalar(point.value),
  };
}
