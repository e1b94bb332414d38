/** The kinds of events and commands, by their names on the wire. Everything else that lists them derives it from here. */

/** The slot of each kind under `uplink`, in the order of the documentation. */
export const UPLINK_SLOT_OF = {
  device_connected: 'deviceConnected',
  device_disconnected: 'deviceDisconnected',
  telemetry: 'telemetry',
  attributes: 'attributes',
  alarm: 'alarm',
  rpc_response: 'rpcResponse',
  write_point_response: 'writePointResponse',
} as const;

/**
 * Kind of an uplink event.
 * @useDeclaredType
 */
export type UplinkKind = keyof typeof UPLINK_SLOT_OF;

export type UplinkSlot = (typeof UPLINK_SLOT_OF)[UplinkKind];

/** The kinds that answer a command. */
export type ReplyKind = Extract<UplinkKind, 'rpc_response' | 'write_point_response'>;

export function isReplyKind(kind: string): kind is ReplyKind {
  return kind === 'rpc_response' || kind === 'write_point_response';
}

export const UPLINK_SLOTS: readonly UplinkSlot[] = Object.values(UPLINK_SLOT_OF);

/** Kinds whose events are lists of points. */
export const POINT_KINDS = ['telemetry', 'attributes'] as const satisfies readonly UplinkKind[];

/** As messages list them: those with points come first. */
export const UPLINK_KINDS: readonly UplinkKind[] = [
  ...new Set([...POINT_KINDS, ...(Object.keys(UPLINK_SLOT_OF) as UplinkKind[])]),
];

/** Kinds that have a mapping under `uplink`: those of hosts, and the one by which the store tells of gaps. */
export type MappedKind = UplinkKind | 'data_gap';

/** The slot of each kind that has a mapping. */
export const MAPPING_OF = { ...UPLINK_SLOT_OF, data_gap: 'dataGap' } as const satisfies Record<
  MappedKind,
  string
>;

/** What a store keeps, and a host may give a lane of its own: events, and the dead letters of the downlink. */
export const STORED_KINDS: readonly (UplinkKind | 'dead_letter')[] = [...UPLINK_KINDS, 'dead_letter'];

export function isUplinkKind(kind: unknown): kind is UplinkKind {
  return typeof kind === 'string' && Object.hasOwn(UPLINK_SLOT_OF, kind);
}

/** The slot of each kind under `downlink`; on one topic, ties between routes keep this order. */
export const DOWNLINK_SLOT_OF = {
  write_point: 'writePoint',
  command_received: 'commandReceived',
  rpc_response_received: 'rpcResponseReceived',
} as const;

/**
 * Kind of a command.
 * @useDeclaredType
 */
export type DownlinkKind = keyof typeof DOWNLINK_SLOT_OF;

export type DownlinkSlot = (typeof DOWNLINK_SLOT_OF)[DownlinkKind];

export const DOWNLINK_KINDS = Object.keys(DOWNLINK_SLOT_OF) as readonly DownlinkKind[];

export const DOWNLINK_SLOTS: readonly DownlinkSlot[] = Object.values(DOWNLINK_SLOT_OF);
