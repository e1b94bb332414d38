/**
 * Host-side types: what the gateway hands over and what it gets back. The wire is snake_case, these
 * are camelCase (docs/contract.md, section 3).
 */
import type { NorthwardError } from './errors.js';
import type { UplinkKind } from './kinds.js';

export type { UplinkKind };

/** A device or point id. Hosts without integer ids may use strings. */
export type Id = number | string;

/** A point in time: a `Date`, or Unix milliseconds. */
export type Timestamp = Date | number;

/**
 * A scalar value of a point. On the wire: boolean → bool; number → number (`NaN`, `±Infinity` → `null`);
 * bigint → exact integer digits; string → string; `Uint8Array` → standard Base64 string; `Date` → Unix
 * milliseconds; `null` → `null`.
 */
export type Value = boolean | number | bigint | string | Uint8Array | Date | null;

/** One measured value. */
export interface PointValue {
  /** Primary key of the point: int32, or a string for hosts without integer ids. */
  readonly pointId: Id;
  /** Name of the point, as consumers know it. */
  readonly pointKey: string;
  readonly value: Value;
}

/**
 * Values of one device: a list with ids, or a plain record `{ [pointKey]: value }`. With a record,
 * `point_id` is `null` on the wire unless the host's point metadata knows the key.
 */
export type Values = readonly PointValue[] | Readonly<Record<string, Value>>;

/** Any JSON value; bigint is written as exact digits. */
export type Json =
  null | boolean | number | bigint | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/** A JSON object; a key that is undefined is left out. */
export type JsonObject = { readonly [key: string]: Json | undefined };

/** Measured values of a device. */
export interface TelemetryData {
  readonly deviceId: Id;
  readonly deviceName: string;
  /** When it was measured. Default: now. */
  readonly timestamp?: Timestamp | undefined;
  readonly values: Values;
  /** Free-form; `{}` on the wire when absent. */
  readonly metadata?: JsonObject | undefined;
}

/** Attributes of a device, in up to three groups. */
export interface AttributesData {
  readonly deviceId: Id;
  readonly deviceName: string;
  /** Default: now. */
  readonly timestamp?: Timestamp | undefined;
  readonly clientAttributes?: Values | undefined;
  readonly sharedAttributes?: Values | undefined;
  readonly serverAttributes?: Values | undefined;
}

/** A device came online or went offline. */
export interface DeviceStateData {
  readonly deviceId: Id;
  readonly deviceName: string;
  readonly deviceType: string;
  /** Default: now. */
  readonly timestamp?: Timestamp | undefined;
}

/** How bad an alarm is. */
export type AlarmSeverity = 'CRITICAL' | 'MAJOR' | 'MINOR' | 'WARNING' | 'INFO';

/** An alarm of a device. */
export interface AlarmData {
  readonly deviceId: Id;
  readonly deviceName: string;
  readonly alarmType: string;
  readonly severity: AlarmSeverity;
  readonly message: string;
  /** Free-form. Default `{}`. */
  readonly details?: JsonObject | undefined;
  /** Default: now. */
  readonly timestamp?: Timestamp | undefined;
  /** Default `false`. */
  readonly cleared?: boolean | undefined;
}

/** Whether a command is for the gateway or for a device behind it. */
export type TargetType = 'GATEWAY' | 'SUBDEVICE';

/** The answer to a command. */
export interface RpcResponseData {
  readonly deviceId: Id;
  readonly deviceName?: string | undefined;
  readonly requestId: string;
  readonly targetType: TargetType;
  readonly result?: Json | undefined;
  readonly error?: string | undefined;
  /** Default: now. */
  readonly timestamp?: Timestamp | undefined;
}

/** Whether a point was written. */
export type WritePointStatus = 'Success' | 'Failed';

/** Why a point could not be written. */
export type WritePointErrorKind =
  | 'NotFound'
  | 'NotWriteable'
  | 'TypeMismatch'
  | 'OutOfRange'
  | 'NotConnected'
  | 'QueueTimeout'
  | 'DriverError';

/** The answer to a write point. */
export interface WritePointResponseData {
  readonly requestId: string;
  readonly pointId: Id;
  readonly deviceId: Id;
  readonly status: WritePointStatus;
  readonly error?: { readonly kind: WritePointErrorKind; readonly message: string } | undefined;
  readonly appliedValue?: Value | undefined;
  /** Default: now. */
  readonly completedAt?: Timestamp | undefined;
}

/** Host data of every uplink kind, by its name on the wire. */
export interface UplinkDataByKind {
  readonly telemetry: TelemetryData;
  readonly attributes: AttributesData;
  readonly device_connected: DeviceStateData;
  readonly device_disconnected: DeviceStateData;
  readonly alarm: AlarmData;
  readonly rpc_response: RpcResponseData;
  readonly write_point_response: WritePointResponseData;
}

/** An uplink event as `publish()`, `publishBatch()` and `previewUplink()` take it. */
export type UplinkEvent = {
  readonly [K in UplinkKind]: { readonly kind: K } & UplinkDataByKind[K];
}[UplinkKind];

/** A broker acknowledged the record. */
export interface DeliveredReceipt {
  readonly status: 'delivered';
  readonly topic: string;
  readonly partition: number;
  /** `null`: not told, with `acks: none`; or concluded from a later record that was stored (docs/troubleshooting.md). */
  readonly offset: number | null;
  /** Timestamp of the record, Unix ms. */
  readonly timestampMs: number;
  /** How many events the record holds, where `payload.pack` has put several into it: each has a receipt with the same offset. Absent: this one alone. */
  readonly packed?: number;
  /**
   * Sent again, after a fatal producer error, by the store on disk, or by librdkafka under a new epoch (docs/contract.md §7.4): the record may stand in the
   * topic twice.
   */
  readonly maybeDuplicate?: true;
}

/** It is on disk, synced, and will be sent: its end comes as one event, `delivered` or `lost`, with this id. */
export interface StoredReceipt {
  readonly status: 'stored';
  /**
   * `<store>-<life>-<sequence>`: names the message for ever. It begins otherwise where the message was accepted, with the header
   * `message_id`, before the store was open.
   */
  readonly id: string;
  /** The lane of `uplink.store` that has it. */
  readonly lane: string;
}

/** What every publish takes beside the event. */
export interface PublishOptions {
  /**
   * What the promise waits for. `delivered` (default): the broker's acknowledgement; with `uplink.store`, where none came within
   * `messageTimeoutMs`, that it is on disk. `stored`: the first of the two, so that in an outage it ends after the `storeAfterMs` of its
   * lane and a commit; without a store that works the publish is refused with `STORE_DEGRADED`.
   */
  readonly until?: 'delivered' | 'stored' | undefined;
}

/** Nothing was sent, because the configuration says so. */
export interface SkippedReceipt {
  readonly status: 'skipped';
  readonly reason: 'uplink_disabled' | 'mapping_disabled';
}

/** How a publish ended well: delivered, kept on disk for later, or skipped because the configuration does not want it. */
export type Receipt = DeliveredReceipt | StoredReceipt | SkippedReceipt;

/** What would be sent for an event. */
export interface RecordPreview {
  readonly status: 'record';
  /** The topic template's rendering, before topic safety. */
  readonly renderedTopic: string;
  /** The topic that Kafka gets. */
  readonly topic: string;
  readonly key: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly timestampMs: number;
  readonly value: Buffer;
}

/** What `previewUplink()` returns: the record, or why there would be none. */
export type UplinkPreview = RecordPreview | SkippedReceipt;

/** The type of a point, as the host knows it. The order is the numeric code of `dataTypeFormat: code`. */
export const DATA_TYPES = [
  'boolean',
  'int8',
  'uint8',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'int64',
  'uint64',
  'float32',
  'float64',
  'string',
  'binary',
  'timestamp',
] as const;

/** The type of a point, by name. */
export type DataType = (typeof DATA_TYPES)[number];

/** What the host knows about a point; everything is optional. */
export interface PointMeta {
  readonly pointId?: Id | undefined;
  readonly pointKey?: string | undefined;
  readonly deviceId?: Id | undefined;
  readonly deviceName?: string | undefined;
  readonly channelName?: string | undefined;
  readonly dataType?: DataType | undefined;
}

/** Looks points up in the host. Synchronous, called per point; one that throws counts as unknown. */
export interface PointMetaLookup {
  byId(pointId: Id): PointMeta | null | undefined;
  byKey?(deviceId: Id, pointKey: string): PointMeta | null | undefined;
  /** `deviceId` of a device that a command names without an id, for the answer. */
  byDeviceName?(deviceName: string): Pick<PointMeta, 'deviceId'> | null | undefined;
}

/** A function by point id, or the look-ups. */
export type PointMetaSource = ((pointId: Id) => PointMeta | null | undefined) | PointMetaLookup;

/** The application instance: one host can run several. */
export interface AppInfo {
  readonly id: number;
  readonly name: string;
}

/**
 * Where the library writes: the message first, then the fields (`hint`, `code`, `count`, …). `console` and winston take them in this order; pino does not,
 * `pinoLogger()` is for that.
 */
export interface Logger {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** How one event of a batch ended. */
export type Outcome = Receipt | { readonly status: 'failed'; readonly error: NorthwardError };
