import type { MappedKind } from '../../api/kinds.js';
import type { AppInfo, Id } from '../../api/uplink.js';
import { Generations } from '../../core/generations.js';
import type { RecordHeaders } from '../../record/outgoing-record.js';
import type { HeaderPlan } from './render-context.js';
import type { PayloadEncoder } from '../event/wire-event.js';
import { checkLengths, templateVariables } from './render-context.js';
import type { RecordRoute, RouteTemplates } from './record-route.js';
import type { WireEvent } from '../event/wire-event.js';

const HOUR_MS = 3_600_000;
/** Entries of one generation, per kind: about 1.5 kB each. */
const MAX_DEVICES = 8192;

/** Entries with longer texts are not kept, so that the cache stays small whatever the host sends. */
const MAX_TEXT = 8192;
/** Characters of all texts of one generation: 1,024 for each entry, several times what is usual. */
const MAX_TEXTS = 1024 * MAX_DEVICES;

/** What is the same for the events of a device, as long as what the entry names stays the same. */
export interface DeviceEntry {
  readonly deviceName: string;
  readonly deviceType: string | undefined;
  readonly channelName: string | undefined;
  /** A header of the responses. */
  readonly requestId: string | undefined;
  readonly headers: RecordHeaders;
  readonly prefix: string;
  /** Hour of `route`, in hours since 1970. */
  hour: number;
  route: RecordRoute;
  /** The route that the topic log has seen last. */
  noted: RecordRoute | null;
}

/** Renders routes, and keeps them per device for as long as they hold. */
export class DeviceCache {
  readonly #kind: MappedKind;
  readonly #app: AppInfo;
  readonly #templates: RouteTemplates;
  readonly #headers: HeaderPlan;
  readonly #encoder: PayloadEncoder;
  readonly #entries: Generations<Id | null, DeviceEntry>;

  constructor(
    kind: MappedKind,
    app: AppInfo,
    templates: RouteTemplates,
    headers: HeaderPlan,
    encoder: PayloadEncoder,
    maxDevices = MAX_DEVICES,
  ) {
    this.#kind = kind;
    this.#app = app;
    this.#templates = templates;
    this.#headers = headers;
    this.#encoder = encoder;
    this.#entries = new Generations(maxDevices, MAX_TEXTS, lengthOf);
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The entry of the event's device. Throws Refusal. */
  find(event: WireEvent, channelName: string | undefined): DeviceEntry {
    const entry = this.#entries.get(event.deviceId);
    if (entry === undefined || !isSame(entry, event, channelName)) {
      const fresh = this.fresh(event, channelName);
      if (lengthOf(event.deviceId, fresh) <= MAX_TEXT) this.#entries.set(event.deviceId, fresh);
      return fresh;
    }
    if (this.#templates.lifetime !== 'device') this.#renew(entry, event);
    return entry;
  }

  /** An entry that is not kept. Throws Refusal. */
  fresh(event: WireEvent, channelName: string | undefined): DeviceEntry {
    const variables = checkLengths(templateVariables(this.#app, this.#kind, event, channelName));
    const headers = this.#headers.headersFor(variables);
    return {
      deviceName: event.deviceName,
      deviceType: event.deviceType,
      channelName,
      requestId: event.extra?.['request_id'],
      headers,
      prefix: this.#encoder.prefix(event),
      hour: hourOf(event),
      route: this.#templates.render(variables, headers),
      noted: null,
    };
  }

  #renew(entry: DeviceEntry, event: WireEvent): void {
    const hour = hourOf(event);
    if (this.#templates.lifetime === 'hour' && entry.hour === hour) return;
    const variables = checkLengths(templateVariables(this.#app, this.#kind, event, entry.channelName));
    entry.route = this.#templates.render(variables, entry.headers);
    entry.hour = hour;
  }
}

function isSame(entry: DeviceEntry, event: WireEvent, channelName: string | undefined): boolean {
  return (
    entry.deviceName === event.deviceName &&
    entry.deviceType === event.deviceType &&
    entry.channelName === channelName &&
    entry.requestId === event.extra?.['request_id']
  );
}

/** Of the texts that only this entry holds. */
function lengthOf(deviceId: Id | null, entry: DeviceEntry): number {
  const { prefix, deviceName, deviceType, channelName, requestId, route } = entry;
  let length = prefix.length + deviceName.length + route.renderedTopic.length + (route.key?.length ?? 0);
  for (const text of [deviceType, channelName, requestId]) length += text?.length ?? 0;
  return length + (typeof deviceId === 'string' ? deviceId.length : 0);
}

function hourOf(event: WireEvent): number {
  return Math.floor(event.timestampMs / HOUR_MS);
}
