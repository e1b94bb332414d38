import { flat, quote, toJsonText } from '../../language/json/json-text.js';
import type { MappedKind } from '../../api/kinds.js';
import type { AppInfo } from '../../api/uplink.js';
import type { PointMetaReader } from '../event/point-meta.js';
import { isFloatPoint } from '../event/points.js';
import type { Point } from '../event/points.js';
import { PLUGIN_TYPE } from '../encode/render-context.js';
import { scalarText } from '../event/scalar.js';
import type { TimestampText } from '../encode/timestamp-text.js';
import { PointHeads, idText } from './point-heads.js';
import type { WireEvent } from '../event/wire-event.js';
import type { PayloadEncoder } from '../event/wire-event.js';

/** Names of the groups of points, as they stand in the text. */
const GROUPS: Partial<Readonly<Record<MappedKind, readonly string[]>>> = {
  telemetry: ['","values":['],
  attributes: ['","client_attributes":[', '],"shared_attributes":[', '],"server_attributes":['],
};

/** `envelope_json` (contract §5). */
export class EnvelopeJson implements PayloadEncoder {
  readonly #app: AppInfo;
  readonly #head: string;
  /** `null`: a kind without points. */
  readonly #groups: readonly string[] | null;
  readonly #hasMetadata: boolean;
  readonly #reader: PointMetaReader | null;
  readonly #times: TimestampText;
  readonly #heads = new PointHeads();

  constructor(kind: MappedKind, app: AppInfo, reader: PointMetaReader | null, times: TimestampText) {
    this.#app = app;
    this.#head = `{"schema_version":1,"event":{"kind":"${kind}"},"envelope":{"ts_ms":`;
    this.#groups = GROUPS[kind] ?? null;
    this.#hasMetadata = kind === 'telemetry';
    this.#reader = reader;
    this.#times = times;
  }

  prefix({ deviceId, deviceName, deviceType }: WireEvent): string {
    const app = `{"id":${this.#app.id},"name":${quote(this.#app.name)},"plugin_type":"${PLUGIN_TYPE}"}`;
    if (deviceId === null) return flat(`,"app":${app},"device":null},"payload":{"data":`);
    const id = idText(deviceId);
    const name = quote(deviceName);
    const type = deviceType === undefined ? 'null' : quote(deviceType);
    const envelope = `,"app":${app},"device":{"id":${id},"name":${name},"type":${type}}},"payload":{"data":`;
    return flat(
      this.#groups === null ? envelope : `${envelope}{"device_id":${id},"device_name":${name},"timestamp":"`,
    );
  }

  encode(event: WireEvent, prefix: string): string {
    let text = this.#head + this.#times.digits(event.timestampMs) + prefix;
    if (this.#groups === null) return text + toJsonText(event.data) + '}}';
    text += this.#times.rfc3339(event.timestampMs);
    for (let i = 0; i < this.#groups.length; i += 1) {
      text += this.#groups[i] + pointsText(event.groups[i] ?? [], this.#reader, this.#heads);
    }
    if (!this.#hasMetadata) return text + ']}}}';
    if (event.metadata === null) return text + '],"metadata":{}}}}';
    return text + '],"metadata":' + toJsonText(event.metadata) + '}}}';
  }
}

/** `{…},{…}`: a plain loop over concatenations is the fastest there is. */
function pointsText(points: readonly Point[], reader: PointMetaReader | null, heads: PointHeads): string {
  if (points.length === 0) return '';
  let text = '';
  let isFirst = true;
  for (const point of points) {
    text += heads.of(point, isFirst) + scalarText(point.value, isFloatPoint(point, reader));
    isFirst = false;
  }
  return text + '}';
}
