/** The configuration as the rest of the library sees it: every field present, `null` where nothing is set. */
import type { DownlinkSlot, UplinkSlot } from '../api/kinds.js';
import type { AppInfo } from '../api/uplink.js';
import type { NorthwardConfig } from '../api/config.js';
import type { OutgoingKind } from '../record/outgoing-record.js';

/** Every field present, all the way down. */
export type Complete<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [K in keyof T]-?: Complete<Exclude<T[K], undefined>> }
    : T;

type Uplink = NonNullable<NorthwardConfig['uplink']>;
type Downlink = NonNullable<NorthwardConfig['downlink']>;
type Security = NonNullable<NorthwardConfig['connection']['security']>;
type Sasl = NonNullable<Extract<Security, { protocol: 'sasl_ssl' }>['sasl']>;

/** A secret, or where to read it. */
export type SecretSource = string | { readonly env: string } | { readonly file: string };

export type Properties = Readonly<Record<string, string | number | boolean>>;

export type SecurityProtocol = NonNullable<Security['protocol']>;
export type ResolvedTls = Complete<NonNullable<Extract<Security, { protocol: 'ssl' }>['tls']>>;

export type ResolvedOauthbearer = Complete<Extract<Sasl, { mechanism: 'oauthbearer' }>['oauthbearer']>;

export interface ResolvedSasl {
  readonly mechanism: NonNullable<Sasl['mechanism']>;
  /** `null` with `oauthbearer`. */
  readonly username: string | null;
  readonly password: SecretSource | null;
  /** `null` but for `oauthbearer`. */
  readonly oauthbearer: ResolvedOauthbearer | null;
}

export interface ResolvedSecurity {
  readonly protocol: SecurityProtocol;
  /** `null` where the protocol does not use TLS, or nothing is set. */
  readonly tls: ResolvedTls | null;
  /** `null` where the protocol does not use SASL. */
  readonly sasl: ResolvedSasl | null;
}

export interface ResolvedConnection {
  /** `host:port[,host:port…]`, every port present. */
  readonly bootstrapServers: string;
  readonly clientId: string;
  readonly security: ResolvedSecurity;
  readonly properties: Properties;
}

type UplinkPayload = Complete<NonNullable<NonNullable<Uplink['telemetry']>['payload']>>;
type DownlinkPayload = Complete<NonNullable<NonNullable<Downlink['writePoint']>['payload']>>;

export type ResolvedUplinkPayload = UplinkPayload;
/** When a record with several events is complete. */
export type ResolvedPacking = NonNullable<Extract<UplinkPayload, { mode: 'kv' }>['pack']>;
export type ResolvedDownlinkPayload = DownlinkPayload;
export type ResolvedFilter = Extract<DownlinkPayload, { mode: 'mapped_json' }>['filter'];

export interface ResolvedMapping {
  readonly enabled: boolean;
  /** Handlebars template. */
  readonly topic: string;
  /** Handlebars template. */
  readonly key: string;
  readonly payload: ResolvedUplinkPayload;
}

export interface ResolvedRoute {
  readonly enabled: boolean;
  /** Trimmed. */
  readonly topic: string;
  readonly payload: ResolvedDownlinkPayload;
  readonly ackPolicy: NonNullable<NonNullable<Downlink['writePoint']>['ackPolicy']>;
  readonly failurePolicy: NonNullable<NonNullable<Downlink['writePoint']>['failurePolicy']>;
}

export interface ResolvedHeaders {
  /** `true`: all but `message_id`; else the names of those wanted, `[]` for none. */
  readonly include: true | readonly string[];
  /** Whether `message_id` is asked for. */
  readonly messageId: boolean;
  readonly static: Readonly<Record<string, string>>;
}

export type ResolvedProducer = Complete<NonNullable<Uplink['producer']>>;
export type ResolvedQueue = Complete<NonNullable<Uplink['queue']>>;

/** A lane of the store. */
export interface ResolvedLane {
  readonly name: string;
  /** Every kind is in exactly one lane. */
  readonly kinds: ReadonlySet<OutgoingKind>;
  /** 0: a record is synced before a client gets it. */
  readonly storeAfterMs: number;
  readonly commitIntervalMs: number;
  readonly maxBytes: number;
  readonly maxAgeMs: number;
  /** `false`: it never loses records to its size. */
  readonly evictable: boolean;
}

type Store = Complete<NonNullable<Uplink['store']>>;

export interface ResolvedStore {
  /** The parent folder, absolute. */
  readonly path: string;
  /** The folder of this application in it, absolute. */
  readonly folder: string;
  readonly maxBytes: number;
  readonly minFreeBytes: number;
  readonly whenFull: Store['whenFull'];
  readonly compress: boolean;
  readonly allowNetworkFs: boolean;
  readonly replay: Store['replay'];
  /** By importance, the most important first. */
  readonly lanes: readonly ResolvedLane[];
}

export interface ResolvedUplink extends Readonly<Record<UplinkSlot, ResolvedMapping>> {
  readonly enabled: boolean;
  /** Of what the store lost. */
  readonly dataGap: ResolvedMapping;
  readonly producer: ResolvedProducer;
  readonly headers: ResolvedHeaders;
  readonly topicPolicy: NonNullable<Uplink['topicPolicy']>;
  readonly dataTypeFormat: NonNullable<Uplink['dataTypeFormat']>;
  readonly queue: ResolvedQueue;
  readonly onFatal: NonNullable<Uplink['onFatal']>;
  /** `null`: nothing is kept on disk. */
  readonly store: ResolvedStore | null;
}

/** `then` is `null` where it follows from the dead letter and the route's failurePolicy. */
export type ResolvedRedelivery = Complete<NonNullable<Downlink['redelivery']>>;

export interface ResolvedDownlink extends Readonly<Record<DownlinkSlot, ResolvedRoute>> {
  readonly enabled: boolean;
  readonly groupId: string;
  readonly autoOffsetReset: NonNullable<Downlink['autoOffsetReset']>;
  readonly groupInstanceId: string | null;
  readonly maxQueued: number;
  readonly maxQueuedBytes: number;
  readonly expired: Complete<NonNullable<Downlink['expired']>>;
  readonly redelivery: ResolvedRedelivery;
  readonly deadLetter: { readonly enabled: boolean; readonly topic: string };
  readonly dedupe: Complete<NonNullable<Downlink['dedupe']>>;
  readonly consumer: { readonly properties: Properties };
}

export type ResolvedRetryPolicy = Complete<NonNullable<NorthwardConfig['retryPolicy']>>;

/** What topics are made with; `null`: as the brokers do by default. */
export type ResolvedTopics = Complete<NonNullable<NorthwardConfig['topics']>>;

/** Deeply frozen. */
export interface ResolvedConfig {
  readonly app: AppInfo;
  readonly connection: ResolvedConnection;
  readonly uplink: ResolvedUplink;
  readonly downlink: ResolvedDownlink;
  readonly topics: ResolvedTopics;
  readonly retryPolicy: ResolvedRetryPolicy;
}
