/**
 * Host-side types of the downlink: what a command is, and what a preview takes and tells. The wire is
 * snake_case, these are camelCase (docs/contract.md, section 6). Optional fields that the wire leaves out, or
 * gives as null, are left out here.
 */
import type { DecodeError } from './errors.js';
import type { DownlinkKind } from './kinds.js';
import type {
  Id,
  Json,
  Receipt,
  TargetType,
  Timestamp,
  Value,
  WritePointResponseData,
  WritePointStatus,
} from './uplink.js';

export type { DownlinkKind };

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

/** Where a command came from. */
export interface CommandMeta {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: Uint8Array | null;
  /** `[name, value]` in order; a name may be there more than once. */
  readonly headers: readonly (readonly [name: string, value: Uint8Array | null])[];
  /** Timestamp of the record, Unix ms; `undefined` where Kafka has none. */
  readonly timestampMs: number | undefined;
  /** 1 for the first hand-over in this process, then one more for each redelivery. */
  readonly attempt: number;
}

/** The answer to a write point; the rest of the write-point response comes from the command. */
export interface WritePointReply {
  readonly status: WritePointStatus;
  readonly error?: WritePointResponseData['error'];
  readonly appliedValue?: Value | undefined;
  /** Default: now. */
  readonly completedAt?: Timestamp | undefined;
  /** Default: what the host's point metadata says of the point; without it 0 for `Failed`. */
  readonly deviceId?: Id | undefined;
}

/** The answer to a command; the rest of the rpc response comes from the command. */
export interface CommandReply {
  readonly result?: Json | undefined;
  readonly error?: string | undefined;
  /** Default: now. */
  readonly timestamp?: Timestamp | undefined;
  /** Default: that of the command; 0 for one to the gateway; else what `pointMeta.byDeviceName` says; without it 0 with an `error`. */
  readonly deviceId?: Id | undefined;
  /** Default: that of the command; `""` for one to the gateway. */
  readonly deviceName?: string | undefined;
}

/** What `respond()` takes, by kind. An rpc response is not answered. */
export interface ReplyByKind {
  readonly write_point: WritePointReply;
  readonly command_received: CommandReply;
  readonly rpc_response_received: never;
}

/** A command of one kind in the host's hands. */
export interface CommandOf<K extends DownlinkKind> {
  readonly kind: K;
  readonly data: DownlinkDataByKind[K];
  readonly meta: CommandMeta;
  /**
   * Aborts when the work is void: the partition was taken away (the command is stale), the budget of a write
   * point (`timeoutMs`, from the hand-over on) is spent, or `stop()` ran out of time. Not when it is settled.
   */
  readonly signal: AbortSignal;
  /**
   * The host is done with it. Resolves when the offset mark is recorded in this process; the commit follows
   * (event `committed`). With a reply on its way it waits for that reply's receipt.
   * @throws NorthwardError `COMMAND_STALE`: the partition was taken away, it comes to its new owner. Not awaited, it is no
   * unhandled rejection; neither is that of `nack()`.
   */
  ack(): Promise<void>;
  /**
   * The host failed. It comes again after a back-off, until `downlink.redelivery.maxAttempts` are spent.
   * @param options.retryAfterMs wait instead of the configured back-off
   * @throws NorthwardError `COMMAND_STALE`
   */
  nack(error?: unknown, options?: { readonly retryAfterMs?: number }): Promise<void>;
  /**
   * Whether `respond()` will take the answer of a success: ask before the work. `false`: give it a `deviceId`, since neither
   * the command nor `pointMeta` tells the device (an answer that it failed is taken all the same); or this kind is not
   * answered. Where the mapping of the answer is disabled it is `true`: nothing is sent, and nothing is refused.
   */
  readonly canRespond: boolean;
  /**
   * Answers the platform through the uplink mapping of the response, with the request id in the data and as
   * the record header `request_id`. Where that mapping is disabled nothing is sent: the receipt says `skipped`.
   * A command is answered once: after the answer of an earlier attempt has its receipt, `skipped` with the
   * reason `already_answered` (contract §6.8).
   * @throws NorthwardError `RESPONSE_UNSUPPORTED` (an rpc response is not answered), `RESPONSE_REPEATED`,
   * `DEVICE_UNKNOWN`, `COMMAND_STALE`, or why the response could not be published.
   */
  respond(reply: ReplyByKind[K]): Promise<ReplyReceipt>;
}

/** What became of an answer. `already_answered`: the platform has that of an earlier attempt; nothing was sent. */
export type ReplyReceipt = Receipt | { readonly status: 'skipped'; readonly reason: 'already_answered' };

/** A command in the host's hands, told apart by `kind`. */
export type Command = { readonly [K in DownlinkKind]: CommandOf<K> }[DownlinkKind];

/** How `commands()` hands out. */
export interface CommandsOptions {
  /** Ends the iteration; the command in hand is not touched. */
  readonly signal?: AbortSignal | undefined;
  /**
   * `true`: only `ack()` and `nack()` settle, in any order, many at once. Default `false`: asking for the
   * next command acknowledges the one before it, leaving the loop releases it.
   */
  readonly manualAck?: boolean | undefined;
}
