/** What `diagnose()` takes, and what it finds (docs/doctor.md). */
import type { NorthwardConfig } from './config.js';
import type { ErrorCode } from './errors.js';
import type { AppInfo } from './uplink.js';

/**
 * A step of a diagnosis, in the order in which they are taken. `configuration`: the document and its rules. `secrets`: each
 * reference, and the files of TLS. `client`: the native client loads and takes the properties. `name`: a host name → addresses.
 * `tcp`: a port takes connections. `tls` and `sasl`: as librdkafka goes through them. `brokers`: a broker answers. `advertised`:
 * the address that a broker tells can be reached from here. `topic`: it exists, with a leader for each partition. `rights`: what
 * this principal may do. `group`: the consumer group and its lag. `store`: the folder on disk. `canary`: a record there and back.
 */
export type DiagnosisStep =
  | 'configuration'
  | 'secrets'
  | 'client'
  | 'name'
  | 'tcp'
  | 'tls'
  | 'sasl'
  | 'brokers'
  | 'advertised'
  | 'topic'
  | 'rights'
  | 'group'
  | 'store'
  | 'canary';

/**
 * How a step ended. `warning`: it works, but look at it. `skipped`: it could not be taken, or says nothing here; `message` has
 * the reason.
 */
export type FindingStatus = 'ok' | 'warning' | 'failed' | 'skipped';

/** What one step found. Plain data, without a secret: it may be shown, logged and sent as JSON. */
export interface Finding {
  readonly step: DiagnosisStep;
  /** What it is about: an address, a topic, a group, a folder, a side. `null`: the configuration as a whole. */
  readonly subject: string | null;
  readonly status: FindingStatus;
  /** One sentence: what was found, why it failed, or why it was skipped. */
  readonly message: string;
  /** More of it, a line each; each problem of the configuration, say. */
  readonly details: readonly string[];
  /** Of what failed. `null`: nothing did. */
  readonly code: ErrorCode | null;
  /** What to do. `null` where there is nothing to do. */
  readonly hint: string | null;
  /** The setting to look at first: a path of the configuration. `null` where none is at fault. */
  readonly setting: string | null;
  /** The page that says more: a path in the package, `docs/topic-planning.md#who-makes-the-topics`. `null` where there is nothing to do. */
  readonly docs: string | null;
  /** Duration of the step, ms. */
  readonly tookMs: number;
}

/** What to look at, and for how long. */
export interface DiagnoseOptions {
  /** Only what this side needs. Default: each side that the configuration switches on. */
  readonly side?: 'uplink' | 'downlink' | undefined;
  /** A topic to which one record is produced, and from which it is read back. Default: nothing is written to any topic. */
  readonly canary?: string | undefined;
  /** Longest duration of one step, ms: 100 to 300,000, default 10,000. A step that waits for brokers at several addresses may use it for each. */
  readonly timeoutMs?: number | undefined;
  /** Ends the diagnosis: what is open is closed, and the loop ends without an error. */
  readonly signal?: AbortSignal | undefined;
  /** As for `createKafkaNorthward()`. */
  readonly app?: Partial<AppInfo> | undefined;
  /** As for `createKafkaNorthward()`. */
  readonly retryPolicy?: NorthwardConfig['retryPolicy'] | undefined;
  /** As for `createKafkaNorthward()`. */
  readonly unknownKeys?: 'error' | 'warn' | undefined;
}
