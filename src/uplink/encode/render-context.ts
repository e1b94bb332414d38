import type { MappedKind } from '../../api/kinds.js';
import type { AppInfo } from '../../api/uplink.js';
import { FieldError } from '../event/check.js';
import type { WireEvent } from '../event/wire-event.js';
import { HEADER_NAMES } from '../../config/names.js';
import type { ResolvedHeaders } from '../../config/resolved-config.js';
import {
  MESSAGE_ID_HEADER,
  RecordHeaders,
  TIMESTAMP_HEADER,
  type RecordHeader,
} from '../../record/outgoing-record.js';

/** `plugin_type` on the wire. */
export const PLUGIN_TYPE = 'kafka';

/** Variables whose value changes from event to event of a device: a rendering that reads one is not kept. */
const PER_EVENT = ['ts_ms', 'request_id', 'point_id', 'alarm_type', 'severity'] as const;

/** Variables that stay the same for an hour. */
const HOURLY = ['yyyy', 'MM', 'dd', 'HH'] as const;

/** How long a rendering may be kept, by the variables that its template reads (`null`: who knows). */
export function lifetimeOf(variables: ReadonlySet<string> | null): 'event' | 'hour' | 'device' {
  if (variables === null || PER_EVENT.some((name) => variables.has(name))) return 'event';
  return HOURLY.some((name) => variables.has(name)) ? 'hour' : 'device';
}

export type Variables = Readonly<Record<string, string | undefined>>;

/** The longest name that goes into templates and headers. */
const LONGEST_VARIABLE = 65_536;

/** Names that templates may read many times are bounded. Throws FieldError. */
export function checkLengths(variables: Variables): Variables {
  for (const [name, text] of Object.entries(variables)) {
    if (text === undefined || text.length <= LONGEST_VARIABLE) continue;
    throw new FieldError(name, `at most ${LONGEST_VARIABLE} characters`, text);
  }
  return variables;
}

/** The variables of the templates (contract §4), all of them texts. A missing one is left out. */
export function templateVariables(
  app: AppInfo,
  kind: MappedKind,
  event: WireEvent,
  channelName: string | undefined,
): Variables {
  const time = new Date(event.timestampMs).toISOString();
  const variables: Record<string, string> = {
    app_id: `${app.id}`,
    app_name: app.name,
    plugin_type: PLUGIN_TYPE,
    event_kind: kind,
    ts_ms: `${event.timestampMs}`,
    yyyy: time.slice(0, 4),
    MM: time.slice(5, 7),
    dd: time.slice(8, 10),
    HH: time.slice(11, 13),
    ...event.extra,
  };
  if (event.deviceId !== null) {
    variables['device_id'] = `${event.deviceId}`;
    variables['device_name'] = event.deviceName;
  }
  if (event.deviceType !== undefined) variables['device_type'] = event.deviceType;
  if (channelName !== undefined) variables['channel_name'] = channelName;
  return variables;
}

/** Which headers records get, by configuration. A static header wins over the variable of its name. */
export class HeaderPlan {
  readonly #names: readonly string[];
  readonly #static: readonly RecordHeader[];
  readonly #messageId: boolean;

  /** @param stores whether there is a store, which alone gives ids to messages */
  constructor({ include, static: fixed, messageId }: ResolvedHeaders, stores: boolean) {
    const wanted = HEADER_NAMES.filter((name) => include === true || include.includes(name));
    this.#names = wanted.filter((name) => !Object.hasOwn(fixed, name));
    this.#static = Object.entries(fixed);
    this.#messageId = stores && messageId && !Object.hasOwn(fixed, MESSAGE_ID_HEADER);
  }

  headersFor(variables: Variables): RecordHeaders {
    const headers: RecordHeader[] = [];
    for (const name of this.#names) {
      const value = variables[name];
      if (value !== undefined) headers.push([name, value]);
    }
    const timestampAt = headers.findIndex(([name]) => name === TIMESTAMP_HEADER);
    const messageIdAt = this.#messageId ? headers.push([MESSAGE_ID_HEADER, '']) - 1 : -1;
    return new RecordHeaders([...headers, ...this.#static], timestampAt, messageIdAt);
  }
}
