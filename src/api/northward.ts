/** The object that the host holds, and the shapes that belong to it. */
import type { Command, CommandsOptions, DownlinkPreview, DownlinkRecord } from './commands.js';
import type { NorthwardConfig } from './config.js';
import type { ConfigProblem } from './errors.js';
import type { EventName, Listener } from './events.js';
import type { ConnectionState } from './events.js';
import type { Health } from './health.js';
import type { Metrics, SideState } from './metrics.js';
import type { LossEntry } from './store.js';
import type {
  AlarmData,
  AppInfo,
  AttributesData,
  DeviceStateData,
  Logger,
  PointMetaSource,
  PublishOptions,
  Receipt,
  RpcResponseData,
  TelemetryData,
  UplinkEvent,
  UplinkPreview,
  WritePointResponseData,
} from './uplink.js';
import type { Outcome } from './uplink.js';

/** What the host hands over beside the configuration document. */
export interface CreateOptions {
  /** Wins over `app` in the document. */
  readonly app?: Partial<AppInfo> | undefined;
  /** Wins over `retryPolicy` in the document. */
  readonly retryPolicy?: NorthwardConfig['retryPolicy'] | undefined;
  /** What the host knows about its points: channel names and data types (docs/uplink.md). */
  readonly pointMeta?: PointMetaSource | undefined;
  /**
   * Without one nothing is printed. `'console'`: one line each on the console, `info` and worse. For pino: `pinoLogger(log)`.
   */
  readonly logger?: Logger | 'console' | undefined;
  /** Unix ms, for events without a timestamp. Default `Date.now`. */
  readonly now?: (() => number) | undefined;
  /** What a key that the schema does not know is: an error (default) or a warning. */
  readonly unknownKeys?: 'error' | 'warn' | undefined;
}

/** What `stop()` did. */
export interface StopReport {
  /** Messages acknowledged after `stop()` was called. */
  readonly flushed: number;
  /**
   * Messages on disk that no broker has acknowledged: they go out after the next start, whenever they were published. 0 without a store.
   */
  readonly stored: number;
  /** Messages that ended with an error after `stop()` was called; each was told to its caller. */
  readonly undelivered: number;
  /** Commands that were still in the host's hands when the time-out came; they come again. */
  readonly unfinishedCommands: number;
  /** Partitions with finished commands whose offset was not confirmed by the group; these commands come again. */
  readonly uncommittedPartitions: number;
  /** The time-out ended the wait for acknowledgements, for commands in hand, or for leaving the group. */
  readonly timedOut: boolean;
  /**
   * Sides whose Kafka client was still open at the end. It closes by itself, within seconds or when a broker answers again,
   * and keeps the process alive until then. Everything else has ended: `process.exit()` is safe.
   */
  readonly unclosed: readonly ('uplink' | 'downlink')[];
  readonly elapsedMs: number;
}

/** What `ping()` found. */
export interface PingResult {
  /** From the question to the broker's answer. */
  readonly rttMs: number;
  /** `host:port` of each broker, as advertised. */
  readonly brokers: readonly string[];
}

/**
 * One northward application. Made by `createKafkaNorthward`; lives once: start, work, stop.
 *
 * Every `publish…` call resolves to a receipt when a broker acknowledged the record (or to
 * `{ status: 'skipped' }` where the configuration says so) and rejects with a typed error otherwise. With
 * `uplink.store` it also resolves, to `{ status: 'stored' }`, when it is on disk and no acknowledgement came in time: then an
 * event `delivered` or `lost` tells the end. The
 * promise may be ignored: no unhandled rejection follows, and an `undelivered` event tells the failure.
 */
export interface KafkaNorthward extends AsyncDisposable {
  /** The worse of the enabled sides. */
  readonly state: ConnectionState;
  /** Each side by itself; `disabled` where the configuration switches it off. */
  readonly states: { readonly uplink: SideState; readonly downlink: SideState };
  /** What is odd about the configuration, but no error. */
  readonly warnings: readonly ConfigProblem[];

  /**
   * Starts the local parts and begins to connect; resolves whether or not a broker answers. Concurrent
   * calls share one promise.
   * @throws NorthwardError `NATIVE_MODULE_UNAVAILABLE`, `WORKER_THREAD`, `SECRET_UNAVAILABLE`,
   * `TLS_FAILED`, `CLIENT_FAILED`: the local part failed; `start()` may be called again once fixed.
   * `STOPPED` after `stop()`.
   */
  start(): Promise<void>;

  /**
   * Waits until every enabled side is up: a broker answered the producer, and the consumer has its
   * partitions and their positions.
   * @param options.timeoutMs default 30 000
   * @throws NorthwardError `READY_TIMEOUT` with the last cause; `RETRIES_EXHAUSTED` at once where a side has given up; `STOPPED` when `stop()` begins.
   */
  ready(options?: { readonly timeoutMs?: number }): Promise<void>;

  publishTelemetry(data: TelemetryData, options?: PublishOptions): Promise<Receipt>;
  publishAttributes(data: AttributesData, options?: PublishOptions): Promise<Receipt>;
  publishOnline(data: DeviceStateData, options?: PublishOptions): Promise<Receipt>;
  publishOffline(data: DeviceStateData, options?: PublishOptions): Promise<Receipt>;
  publishAlarm(data: AlarmData, options?: PublishOptions): Promise<Receipt>;
  publishRpcResponse(data: RpcResponseData, options?: PublishOptions): Promise<Receipt>;
  publishWritePointResponse(data: WritePointResponseData, options?: PublishOptions): Promise<Receipt>;
  /** The same by the kind on the wire. */
  publish(event: UplinkEvent, options?: PublishOptions): Promise<Receipt>;
  /**
   * Many events with one promise. Never rejects for one event: the outcome of each stands at its place.
   * A large batch is taken in over several turns of the event loop, and later calls line up behind it: do not
   * change the events before the promise resolves.
   */
  publishBatch(events: readonly UplinkEvent[], options?: PublishOptions): Promise<Outcome[]>;

  /**
   * What would be sent for an event: needs no `start()`, no broker, and has no side effect.
   * @throws NorthwardError what the publish would be refused with.
   */
  previewUplink(event: UplinkEvent): UplinkPreview;

  /**
   * The commands from Kafka, for a `for await` loop. Asking for the next one acknowledges the one before;
   * leaving the loop releases it, and it comes again. Several loops share the stream. May be called before
   * `start()`; ends with `stop()`, and at once where no downlink route is enabled.
   */
  commands(options?: CommandsOptions): AsyncIterableIterator<Command, undefined> & AsyncDisposable;

  /** What would become of a record: needs no `start()`, no broker, and has no side effect. */
  previewDownlink(record: DownlinkRecord): DownlinkPreview;

  /**
   * Frees a held offset (event `offset-held`): the mark may pass it, and it does not come again.
   * @returns false: it is not held in this process.
   */
  releaseHeld(topic: string, partition: number, offset: number): boolean;

  /**
   * Asks a broker for a sign of life.
   * @param options.timeoutMs default 5 000
   * @throws NorthwardError when none answers.
   */
  ping(options?: { readonly timeoutMs?: number }): Promise<PingResult>;
  /** Counts, states and queues at this moment; no I/O. */
  metrics(): Metrics;
  /**
   * Whether it lives, takes work, and what is wrong, each with its reason and what to do: for the probes of an orchestrator and for
   * people (docs/health.md). No I/O; never throws.
   */
  health(): Health;
  /**
   * What was accepted, was not handed back by an error, and will not arrive: counted by cause, lane, kind and day, over all
   * lives of the store on disk. Empty without one; no I/O.
   */
  losses(): readonly LossEntry[];

  /**
   * Another configuration without a pause: mappings (`uplink.telemetry` and the like, `uplink.dataGap`) and the sizes of queues (`uplink.queue.maxMessages`,
   * `maxBytes`, `downlink.maxQueued`, `maxQueuedBytes`), all or nothing. What was published before keeps its mapping. Takes effect at once.
   *
   * @param config the whole document, as for `createKafkaNorthward`; the options given there hold
   * @returns the paths that changed; none: the two mean the same
   * @throws ConfigError with every problem of the document, or with every path that differs and cannot be changed: for these, replace the object
   * (docs/replacing.md). Nothing has changed then.
   * @throws LifecycleError `STOPPED` after `stop()`.
   */
  reconfigure(config: NorthwardConfig): readonly string[];

  /** Adds a listener. What it throws is logged, and does no harm. */
  on<E extends EventName>(event: E, listener: Listener<E>): this;
  /** Adds a listener for the next time only. */
  once<E extends EventName>(event: E, listener: Listener<E>): this;
  /** Takes a listener away. */
  off<E extends EventName>(event: E, listener: Listener<E>): this;

  /**
   * Do not await it inside of the loop of `commands()`: it waits for the command in hand. Break first.
   *
   * Takes no new work, ends the loops of `commands()`, waits for commands in hand and for the outcome of every
   * accepted message, commits, disconnects. Idempotent: later
   * calls share the first one's promise. Never rejects.
   * @param options.timeoutMs how long to wait for acknowledgements, default 10 000; what has none by then
   * is rejected to its caller.
   */
  stop(options?: { readonly timeoutMs?: number }): Promise<StopReport>;
}
