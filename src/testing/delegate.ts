/** The real object behind another one that adds to it: every call goes through. */
import type { NorthwardConfig } from '../api/config.js';
import type { KafkaNorthward, PingResult, StopReport } from '../api/northward.js';
import type { Command, CommandsOptions, DownlinkPreview, DownlinkRecord } from '../api/commands.js';
import type { ConfigProblem } from '../api/errors.js';
import type { EventName, Listener } from '../api/events.js';
import type { ConnectionState } from '../api/events.js';
import type { Health } from '../api/health.js';
import type { Metrics, SideState } from '../api/metrics.js';
import type { PublishOptions, Receipt, UplinkDataByKind, UplinkEvent, UplinkPreview } from '../api/uplink.js';
import type { LossEntry } from '../api/store.js';
import type { Outcome } from '../api/uplink.js';

export abstract class Delegate implements KafkaNorthward {
  protected abstract get real(): KafkaNorthward;

  get state(): ConnectionState {
    return this.real.state;
  }
  get states(): { readonly uplink: SideState; readonly downlink: SideState } {
    return this.real.states;
  }
  get warnings(): readonly ConfigProblem[] {
    return this.real.warnings;
  }

  start(): Promise<void> {
    return this.real.start();
  }
  ready(options?: { readonly timeoutMs?: number }): Promise<void> {
    return this.real.ready(options);
  }
  ping(options?: { readonly timeoutMs?: number }): Promise<PingResult> {
    return this.real.ping(options);
  }
  metrics(): Metrics {
    return this.real.metrics();
  }
  health(): Health {
    return this.real.health();
  }
  reconfigure(config: NorthwardConfig): readonly string[] {
    return this.real.reconfigure(config);
  }
  losses(): readonly LossEntry[] {
    return this.real.losses();
  }
  stop(options?: { readonly timeoutMs?: number }): Promise<StopReport> {
    return this.real.stop(options);
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  publishTelemetry(data: UplinkDataByKind['telemetry'], options?: PublishOptions): Promise<Receipt> {
    return this.real.publishTelemetry(data, options);
  }
  publishAttributes(data: UplinkDataByKind['attributes'], options?: PublishOptions): Promise<Receipt> {
    return this.real.publishAttributes(data, options);
  }
  publishOnline(data: UplinkDataByKind['device_connected'], options?: PublishOptions): Promise<Receipt> {
    return this.real.publishOnline(data, options);
  }
  publishOffline(data: UplinkDataByKind['device_disconnected'], options?: PublishOptions): Promise<Receipt> {
    return this.real.publishOffline(data, options);
  }
  publishAlarm(data: UplinkDataByKind['alarm'], options?: PublishOptions): Promise<Receipt> {
    return this.real.publishAlarm(data, options);
  }
  publishRpcResponse(data: UplinkDataByKind['rpc_response'], options?: PublishOptions): Promise<Receipt> {
    return this.real.publishRpcResponse(data, options);
  }
  publishWritePointResponse(
    data: UplinkDataByKind['write_point_response'],
    options?: PublishOptions,
  ): Promise<Receipt> {
    return this.real.publishWritePointResponse(data, options);
  }
  publish(event: UplinkEvent, options?: PublishOptions): Promise<Receipt> {
    return this.real.publish(event, options);
  }
  publishBatch(events: readonly UplinkEvent[], options?: PublishOptions): Promise<Outcome[]> {
    return this.real.publishBatch(events, options);
  }
  previewUplink(event: UplinkEvent): UplinkPreview {
    return this.real.previewUplink(event);
  }

  commands(options?: CommandsOptions): AsyncIterableIterator<Command, undefined> & AsyncDisposable {
    return this.real.commands(options);
  }
  previewDownlink(record: DownlinkRecord): DownlinkPreview {
    return this.real.previewDownlink(record);
  }
  releaseHeld(topic: string, partition: number, offset: number): boolean {
    return this.real.releaseHeld(topic, partition, offset);
  }

  on<E extends EventName>(event: E, listener: Listener<E>): this {
    this.real.on(event, listener);
    return this;
  }
  once<E extends EventName>(event: E, listener: Listener<E>): this {
    this.real.once(event, listener);
    return this;
  }
  off<E extends EventName>(event: E, listener: Listener<E>): this {
    this.real.off(event, listener);
    return this;
  }
}
