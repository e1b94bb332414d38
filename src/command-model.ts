/**
 * Host-side types of the downlink: what a command is, and what a preview takes and tells. The wire is
 * snake_case, these are camelCase (docs/contract.md, section 6). Optional fields that the wire leaves out, or
 * gives as null, are left out here.
 */
import type { DecodeError } from './errors.js';
import type { Json, TargetType } from './model.js';

/** Write one value to one point. The answer is a write-point response. */
export interface WritePointCommandData {
  /** Given by the platform; comes back in the response. May be empty. */
  readonly requestId: string;
  /** int32. */
  readonly pointId: number;
  /** Integers beyond 2^53 are exact bigints, all other numbers are numbers. */
  readonly value: boolean | number | bigint | string;
  /** When it was sent: what the message says, else the timestamp of the record. */
  readonly timestamp: Date;
  /** Budget in milliseconds that counts from the hand-over to the host. ≥ 0. */
  readonly timeoutMs?: number;
}

/** Carry out a command on the gateway or on a device below it. The answer is an rpc response. */
export interface CommandReceivedData {
  /** Given by the platform; the `requestId` of the response. */
  readonly commandId: string;
  /** What to do, `reboot`. */
  readonly key: string;
  readonly targetType: TargetType;
  /** int32. */
  readonly deviceId?: number;
  readonly deviceName?: string;
  /** Any JSON but null; integers beyond 2^53 are bigints. Keys come from the sender: `__proto__` may be one. */
  readonly params?: Json;
  /** Milliseconds from `timestamp` on after which the command is void. ≥ 0. */
  readonly timeoutMs?: number;
  /** When it was sent: what the message says, else the timestamp of the record. */
  readonly timestamp: Date;
}

/** The platform answers a request that this gateway made. It is not answered again. */
export interface RpcResponseReceivedData {
  readonly requestId: string;
  readonly targetType: TargetType;
  /** Any JSON but null; integers beyond 2^53 are bigints. Keys come from the sender: `__proto__` may be one. */
  readonly result?: Json;
  readonly error?: string;
  /** When it was sent: what the message says, else the timestamp of the record. */
  readonly timestamp: Date;
}

/** Host data of every downlink kind, by its name on the wire. */
export interface DownlinkDataByKind {
  readonly write_point: WritePointCommandData;
  readonly command_received: CommandReceivedData;
  readonly rpc_response_received: RpcResponseReceivedData;
}

export type DownlinkKind = keyof DownlinkDataByKind;

/** What a record from Kafka says, told apart by `kind`. */
export type DownlinkEvent = {
  readonly [K in DownlinkKind]: { readonly kind: K; readonly data: DownlinkDataByKind[K] };
}[DownlinkKind];

/** Bytes of a record; a string is taken as UTF-8, null is absent. */
export type RecordBytes = Uint8Array | string | null;

/** A record as `previewDownlink()` takes it. */
export interface DownlinkRecord {
  readonly topic: string;
  /** Default: null. */
  readonly key?: RecordBytes | undefined;
  readonly value: RecordBytes;
  /** `[name, value]` in order; a name may be there more than once. Default: none. */
  readonly headers?: readonly (readonly [name: string, value: RecordBytes])[] | undefined;
  /** Timestamp of the record, Unix ms: that of a command that carries none. Default: now. */
  readonly timestampMs?: number | undefined;
}

/** What would become of a record. */
export type DownlinkPreview =
  | ({ readonly outcome: 'event' } & DownlinkEvent)
  /** No route matched, and none failed. */
  | { readonly outcome: 'ignored' }
  | { readonly outcome: 'error'; readonly error: DecodeError };
