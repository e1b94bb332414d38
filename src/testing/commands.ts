/** What a test sends as the platform does: commands in host form → records of the envelope. */
import type { DownlinkDataByKind, RecordBytes } from '../api/commands.js';
import { DOWNLINK_SLOT_OF, type DownlinkKind } from '../api/kinds.js';
import type { ResolvedConfig } from '../config/resolve.js';
import { toJsonText } from '../language/json/json-text.js';
import type { Json, TargetType } from '../api/uplink.js';
import { TestDoubleError } from './faults.js';

/** What `sendWritePoint()` takes. */
export interface WritePointToSend {
  /** Default: `write-1`, `write-2`, … */
  readonly requestId?: string | undefined;
  readonly pointId: number;
  readonly value: boolean | number | bigint | string;
  /** Default: the time of the double. */
  readonly timestamp?: Date | undefined;
  readonly timeoutMs?: number | undefined;
}

/** What `sendCommand()` takes. */
export interface CommandToSend {
  /** Default: `command-1`, `command-2`, … */
  readonly commandId?: string | undefined;
  /** What to do, `reboot`. */
  readonly key: string;
  /** Default: `SUBDEVICE` where a device is named, else `GATEWAY`. */
  readonly targetType?: TargetType | undefined;
  readonly deviceId?: number | undefined;
  readonly deviceName?: string | undefined;
  readonly params?: Json | undefined;
  readonly timeoutMs?: number | undefined;
  /** Default: the time of the double. */
  readonly timestamp?: Date | undefined;
}

/** What `sendRpcResponse()` takes. */
export interface RpcResponseToSend {
  readonly requestId: string;
  /** Default: `GATEWAY`. */
  readonly targetType?: TargetType | undefined;
  readonly result?: Json | undefined;
  readonly error?: string | undefined;
  /** Default: the time of the double. */
  readonly timestamp?: Date | undefined;
}

/** What stands beside the body. */
export interface SendOptions {
  /** Commands with one key come one after the other. Default: none. */
  readonly key?: RecordBytes | undefined;
  readonly headers?: readonly (readonly [name: string, value: RecordBytes])[] | undefined;
}

/** The topic of a kind's route. @throws TestDoubleError where no envelope can be sent to it. */
export function envelopeTopic(config: ResolvedConfig, kind: DownlinkKind): string {
  const slot = DOWNLINK_SLOT_OF[kind];
  const { enabled, topic, payload } = config.downlink[slot];
  if (!config.downlink.enabled || !enabled) {
    const off = config.downlink.enabled ? `downlink.${slot}.enabled` : 'downlink.enabled';
    throw new TestDoubleError('ROUTE_OFF', `${kind}: ${off} is false`, 'Switch it on in the configuration.');
  }
  if (payload.mode === 'envelope_json') return topic;
  throw new TestDoubleError(
    'ROUTE_MAPPED',
    `${kind}: downlink.${slot} is mapped_json, whose bodies have the platform's own form`,
    `Write the record as your platform does: deliver('${topic}', { json: … }).`,
  );
}

/** Data of a kind, with `undefined` for what is left out. */
export type Sent<K extends DownlinkKind> = {
  readonly [P in keyof DownlinkDataByKind[K]]: DownlinkDataByKind[K][P] | undefined;
};

/** The body of an envelope. */
export function envelopeOf<K extends DownlinkKind>(kind: K, data: Sent<K>): string {
  return toJsonText({ schema_version: 1, event: { kind }, payload: { data: wireOf(data) } });
}

/** camelCase → snake_case at the first level; what lies below is the platform's own. */
function wireOf(data: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(data).map(([name, value]: [string, unknown]) => [
      name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value instanceof Date ? value.toISOString() : value,
    ]),
  );
}
