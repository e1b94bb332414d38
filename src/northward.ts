/** The life of the object: start, publish, stop, in whatever order the host calls them (contract §7). */
import type { CreateOptions, KafkaNorthward, PingResult, StopReport } from './api/northward.js';
import { pause, type Clock } from './core/clock.js';
import type { Command, CommandsOptions, DownlinkPreview, DownlinkRecord } from './api/commands.js';
import type { Downlink } from './downlink/downlink.js';
import { ConnectionError, LifecycleError, type ConfigProblem, type NorthwardError } from './api/errors.js';
import { survived } from './core/fault.js';
import {
  assertPlace,
  readCommandsOptions,
  readListener,
  readUntilStored,
  timeoutOf,
} from './host-arguments.js';
import { handled, sharedAbort } from './core/host-call.js';
import type { NorthwardConfig } from './api/config.js';
import { showProblem } from './api/config-problem.js';
import type { ResolvedConfig } from './config/resolved-config.js';
import { prepare } from './reconfigure.js';
import type { Events } from './core/emitter.js';
import type { EventName, Listener } from './api/events.js';
import { worstOf, type ConnectionStatus } from './kafka/port/status.js';
import { type ConnectionState } from './api/events.js';
import { ConnectionWatch } from './observability/connection-watch.js';
import { healthOf, type LifeFacts } from './observability/health.js';
import type { LossLog } from './observability/loss-log.js';
import type { Health } from './api/health.js';
import type { Metrics, SideState } from './api/metrics.js';
import type { LossEntry } from './api/store.js';
import type { PublishOptions, Receipt, UplinkEvent, UplinkKind, UplinkPreview } from './api/uplink.js';
import type { UplinkDataByKind } from './api/uplink.js';
import type { Logger } from './api/uplink.js';
import type { Reporter } from './observability/reporter.js';
import { copyEvents } from './uplink/batch.js';
import { kindOf } from './uplink/event/event.js';
import type { Outcome } from './api/uplink.js';
import type { Uplink } from './uplink/uplink.js';

const READY_TIMEOUT_MS = 30_000;
const PING_TIMEOUT_MS = 5_000;
const STOP_TIMEOUT_MS = 10_000;
/** The end of the time of stop() is for the disk: so much, or a fifth of it where that is less. */
const LONGEST_FOR_DISK_MS = 1_000;

/** Of a side whose stop failed. */
const NOT_READ = { commands: 0, uncommitted: 0, closed: false };
const NOT_SENT = { timedOut: true, closed: false, stored: 0 };

export type { CreateOptions };

export interface NorthwardParts {
  readonly config: ResolvedConfig;
  /** With which it was made. */
  readonly options: CreateOptions;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly events: Events;
  readonly losses: LossLog;
  readonly reporter: Reporter;
  readonly warnings: readonly ConfigProblem[];
  readonly uplink: Uplink;
  /** Needed: by the host's events, or by replies and dead letters. */
  readonly uplinkEnabled: boolean;
  readonly uplinkStatus: ConnectionStatus;
  readonly downlink: Downlink;
  readonly downlinkStatus: ConnectionStatus;
}

export class Northward implements KafkaNorthward {
  readonly #parts: NorthwardParts;
  readonly #stopping = sharedAbort();
  #starting: Promise<void> | undefined;
  /** Aborts when the present `start()` has ended. */
  #startEnded = sharedAbort();
  #stopped: Promise<StopReport> | undefined;
  #life: LifeFacts;
  #config: ResolvedConfig;
  #warnings: readonly ConfigProblem[];
  readonly #uplinkWatch: ConnectionWatch;
  readonly #downlinkWatch: ConnectionWatch;

  constructor(parts: NorthwardParts) {
    this.#parts = parts;
    this.#config = parts.config;
    this.#warnings = parts.warnings;
    this.#life = { phase: 'new', at: parts.clock.monotonic(), failure: null };
    this.#uplinkWatch = new ConnectionWatch(parts.uplinkStatus, parts.clock);
    this.#downlinkWatch = new ConnectionWatch(parts.downlinkStatus, parts.clock);
  }

  get state(): ConnectionState {
    return worstOf(this.#sides.map(({ state }) => state));
  }

  get states(): { readonly uplink: SideState; readonly downlink: SideState } {
    return {
      uplink: this.#parts.uplinkEnabled ? this.#parts.uplinkStatus.state : 'disabled',
      downlink: this.#parts.downlink.enabled ? this.#parts.downlinkStatus.state : 'disabled',
    };
  }

  get warnings(): readonly ConfigProblem[] {
    return this.#warnings;
  }

  start(): Promise<void> {
    if (this.#stopped !== undefined) return Promise.reject(stopped('start()'));
    if (this.#starting === undefined) {
      const ended = new AbortController();
      this.#startEnded = ended;
      this.#enter('starting');
      const starting = this.#startSides()
        .then(
          () => {
            this.#enter('started');
          },
          (error: unknown) => {
            this.#starting = undefined;
            this.#enter('new', error as NorthwardError);
            throw error;
          },
        )
        .finally(() => {
          ended.abort();
        });
      this.#starting = starting;
    }
    return this.#starting;
  }

  async ready(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    const timeoutMs = timeoutOf(options, READY_TIMEOUT_MS);
    this.#assertRunning('ready()');
    const { signal } = this.#stopping;
    const [done, over] = [new AbortController(), new AbortController()];
    void pause(this.#parts.clock, timeoutMs, signal, done.signal).then(() => {
      over.abort();
    });
    try {
      await this.#untilStarted(over.signal);
      // Together: a side that has given up is told at once, however long another one takes.
      const waits = this.#sides.map(async (status) => {
        const result = await status.waitConnected(over.signal);
        if (signal.aborted) throw stopped('ready()');
        if (result === 'given_up' && status.reason !== undefined) throw status.reason;
        if (result !== 'connected') throw notReady(timeoutMs, status);
      });
      await Promise.all(waits);
    } finally {
      done.abort();
    }
  }

  publishTelemetry(data: UplinkDataByKind['telemetry'], options?: PublishOptions): Promise<Receipt> {
    return this.#publish('telemetry', data, options);
  }
  publishAttributes(data: UplinkDataByKind['attributes'], options?: PublishOptions): Promise<Receipt> {
    return this.#publish('attributes', data, options);
  }
  publishOnline(data: UplinkDataByKind['device_connected'], options?: PublishOptions): Promise<Receipt> {
    return this.#publish('device_connected', data, options);
  }
  publishOffline(data: UplinkDataByKind['device_disconnected'], options?: PublishOptions): Promise<Receipt> {
    return this.#publish('device_disconnected', data, options);
  }
  publishAlarm(data: UplinkDataByKind['alarm'], options?: PublishOptions): Promise<Receipt> {
    return this.#publish('alarm', data, options);
  }
  publishRpcResponse(data: UplinkDataByKind['rpc_response'], options?: PublishOptions): Promise<Receipt> {
    return this.#publish('rpc_response', data, options);
  }
  publishWritePointResponse(
    data: UplinkDataByKind['write_point_response'],
    options?: PublishOptions,
  ): Promise<Receipt> {
    return this.#publish('write_point_response', data, options);
  }

  publish(event: UplinkEvent, options?: PublishOptions): Promise<Receipt> {
    return this.#publish(kindOf(event), event, options);
  }

  publishBatch(events: readonly UplinkEvent[], options?: PublishOptions): Promise<Outcome[]> {
    const refusal = this.#publishRefusal('publishBatch()');
    let copy: UplinkEvent[];
    let untilStored: boolean;
    try {
      untilStored = readUntilStored(options);
      copy = copyEvents(events);
    } catch (error) {
      const reason = refusal ?? (error as NorthwardError);
      this.#parts.losses.note('lost', 'batch', { error: reason });
      return handled(Promise.reject(reason));
    }
    if (refusal === null) return this.#parts.uplink.pipeline.publishBatch(copy, untilStored);
    for (const event of copy) this.#parts.uplink.refused(kindOf(event), event, refusal);
    return handled(Promise.reject(refusal));
  }

  previewUplink(event: UplinkEvent): UplinkPreview {
    return this.#parts.uplink.mapper.preview(event);
  }

  commands(options: CommandsOptions = {}): AsyncIterableIterator<Command, undefined> & AsyncDisposable {
    return this.#parts.downlink.commands(readCommandsOptions(options));
  }

  previewDownlink(record: DownlinkRecord): DownlinkPreview {
    return this.#parts.downlink.preview(record);
  }

  releaseHeld(topic: string, partition: number, offset: number): boolean {
    assertPlace('releaseHeld()', topic, partition, offset);
    return this.#parts.downlink.releaseHeld(topic, partition, offset);
  }

  async ping(options: { readonly timeoutMs?: number } = {}): Promise<PingResult> {
    this.#assertRunning('ping()');
    await this.#starting;
    const { clock, uplink, downlink } = this.#parts;
    const port = uplink.supervisor.port ?? downlink.port;
    if (port === null) {
      throw (
        this.#sides[0]?.reason ??
        new ConnectionError('BROKER_UNREACHABLE', 'There is no Kafka client at the moment')
      );
    }
    const from = clock.monotonic();
    const cluster = await port.metadata(timeoutOf(options, PING_TIMEOUT_MS));
    return { rttMs: clock.monotonic() - from, brokers: cluster.brokers };
  }

  metrics(): Metrics {
    const { uplink, downlink } = this.#parts;
    const { state, states } = this;
    return {
      state,
      states,
      uplink: uplink.metrics(),
      downlink: downlink.metrics(),
      store: uplink.storeMetrics,
    };
  }

  health(): Health {
    const { clock, uplink, uplinkEnabled, downlink } = this.#parts;
    const [ofUplink, ofDownlink] = [uplink.facts(), downlink.facts()];
    const facts = {
      life: this.#life,
      uplink: uplinkEnabled ? { ...ofUplink, connection: this.#uplinkWatch.facts(ofUplink.ended) } : null,
      downlink: downlink.enabled
        ? { ...ofDownlink, connection: this.#downlinkWatch.facts(ofDownlink.ended) }
        : null,
    };
    return healthOf(facts, (at) => clock.now() - (clock.monotonic() - at));
  }

  losses(): readonly LossEntry[] {
    return this.#parts.uplink.losses;
  }

  reconfigure(input: NorthwardConfig): readonly string[] {
    const { uplink, uplinkEnabled, downlink, options, logger } = this.#parts;
    if (this.#stopped !== undefined) throw stopped('reconfigure()');
    const before = { config: this.#config, mapper: uplink.mapper };
    const { config, warnings, mapper, changed } = prepare(input, options, before, uplinkEnabled);
    if (changed.length === 0) return changed;
    this.#config = config;
    this.#warnings = warnings;
    uplink.reconfigure(mapper, config.uplink.queue);
    downlink.resize(config.downlink);
    logger.info(`Reconfigured: ${changed.join(', ')}`);
    tellWarnings(logger, warnings);
    uplink.reconfigured();
    return changed;
  }

  on<E extends EventName>(event: E, listener: Listener<E>): this {
    this.#parts.events.on(event, readListener('on()', event, listener));
    return this;
  }
  once<E extends EventName>(event: E, listener: Listener<E>): this {
    this.#parts.events.once(event, readListener('once()', event, listener));
    return this;
  }
  off<E extends EventName>(event: E, listener: Listener<E>): this {
    this.#parts.events.off(event, readListener('off()', event, listener));
    return this;
  }

  stop(options: { readonly timeoutMs?: number } = {}): Promise<StopReport> {
    if (this.#stopped === undefined) {
      this.#enter('stopped');
      this.#stopped = this.#stop(timeoutOf(options, STOP_TIMEOUT_MS));
    }
    return this.#stopped;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** `stopped` is the last phase, whatever ends later. */
  #enter(phase: LifeFacts['phase'], failure: NorthwardError | null = null): void {
    if (this.#life.phase !== 'stopped') this.#life = { phase, at: this.#parts.clock.monotonic(), failure };
  }

  /** Resolves when `start()` has, or `over` aborts; rejects as `start()` does. A race would stay at one that hangs. */
  async #untilStarted(over: AbortSignal): Promise<void> {
    await pause(this.#parts.clock, Number.MAX_SAFE_INTEGER, over, this.#startEnded.signal);
    if (this.#startEnded.signal.aborted) await this.#starting;
  }

  async #startSides(): Promise<void> {
    const { uplink, uplinkEnabled, downlink } = this.#parts;
    // One side that fails does not keep the other from starting.
    const sides = [uplinkEnabled ? uplink.start() : Promise.resolve(), downlink.start()];
    const failed = (await Promise.allSettled(sides)).find((side) => side.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  async #stop(timeoutMs: number): Promise<StopReport> {
    const { clock, uplink, downlink, losses, reporter } = this.#parts;
    // One side that fails does not keep the other from stopping.
    const tell = (error: NorthwardError): void => reporter.error(error);
    const from = clock.monotonic();
    this.#stopping.abort();
    const over = new AbortController();
    const deadline = pause(clock, timeoutMs, over.signal).then(() => 'timeout' as const);
    const forDisk = Math.min(LONGEST_FOR_DISK_MS, timeoutMs / 5);
    const storeBy = pause(clock, timeoutMs - forDisk, over.signal).then(() => 'timeout' as const);
    const before = uplink.ended;
    downlink.handOutNoMore();
    await Promise.race([this.#starting?.catch(() => undefined), deadline]);
    // Replies and dead letters still need the producer.
    const read = await survived(downlink.stop(uplink.stores ? storeBy : deadline), NOT_READ, 'stop()', tell);
    const sent = await survived(uplink.stop(deadline, storeBy), NOT_SENT, 'stop()', tell);
    over.abort();
    losses.close();
    reporter.close();
    return {
      flushed: uplink.ended.success - before.success,
      stored: sent.stored,
      undelivered: uplink.ended.fail - before.fail,
      unfinishedCommands: read.commands,
      uncommittedPartitions: read.uncommitted,
      timedOut: sent.timedOut || read.commands > 0 || !read.closed,
      unclosed: [
        ...(sent.closed ? [] : (['uplink'] as const)),
        ...(read.closed ? [] : (['downlink'] as const)),
      ],
      elapsedMs: Math.round(clock.monotonic() - from),
    };
  }

  #publish(kind: UplinkKind, data: unknown, options: PublishOptions | undefined): Promise<Receipt> {
    let refusal = this.#publishRefusal('publishing');
    if (refusal === null) {
      try {
        return this.#parts.uplink.pipeline.publish(kind, data, readUntilStored(options));
      } catch (error) {
        refusal = error as NorthwardError;
      }
    }
    this.#parts.uplink.refused(kind, data, refusal);
    return handled(Promise.reject(refusal));
  }

  #publishRefusal(call: string): NorthwardError | null {
    return this.#refusal(call) ?? this.#parts.uplink.pipeline.lineFull;
  }

  #refusal(call: string): NorthwardError | null {
    if (this.#stopped !== undefined) return stopped(call);
    if (this.#starting === undefined) return new LifecycleError('NOT_STARTED', `${call} needs start() first`);
    return null;
  }

  /** The enabled ones. */
  get #sides(): ConnectionStatus[] {
    const { uplinkEnabled, uplinkStatus, downlink, downlinkStatus } = this.#parts;
    return [...(uplinkEnabled ? [uplinkStatus] : []), ...(downlink.enabled ? [downlinkStatus] : [])];
  }

  #assertRunning(call: string): void {
    const refusal = this.#refusal(call);
    if (refusal !== null) throw refusal;
  }
}

/** One line each. */
export function tellWarnings(logger: Logger, warnings: readonly ConfigProblem[]): void {
  for (const warning of warnings) logger.warn(`Configuration: ${showProblem(warning)}`);
}

function stopped(call: string): NorthwardError {
  return new LifecycleError('STOPPED', `${call} after stop()`);
}

function notReady(timeoutMs: number, { reason, awaited }: ConnectionStatus): NorthwardError {
  const because = reason?.message ?? awaited.text;
  return new LifecycleError('READY_TIMEOUT', `Not ready within ${timeoutMs} ms: ${because}`, {
    cause: reason,
    hint: (reason ?? awaited).hint,
  });
}
