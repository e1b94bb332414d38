/** The test double: the real object on a Kafka in memory, with what tests need beside it. */
import type { CreateOptions, KafkaNorthward, StopReport } from '../api/northward.js';
import type { DownlinkKind } from '../api/commands.js';
import type { NorthwardConfig } from '../api/config.js';
import { parseConfig } from '../config/parse.js';
import {
  envelopeOf,
  envelopeTopic,
  type CommandToSend,
  type RpcResponseToSend,
  type SendOptions,
  type Sent,
  type WritePointToSend,
} from './commands.js';
import { MEMORY_CONFIG } from './default-config.js';
import { Delegate } from './delegate.js';
import { deliver, type RecordToDeliver, type SentRecord } from './deliver.js';
import { undrained } from './drained.js';
import { TestDoubleError } from './faults.js';
import type { DeliveryFault, FailOptions } from './faults.js';
import { createMemoryDisk, type MemoryDisk } from './memory-disk.js';
import { MemoryWorld, type ConnectionFault } from './memory-world.js';
import type { DeadLetteredRecord, PublishedRecord } from './records.js';

const KEEP = 10_000;

/** Of an object whose process is dead. */
const NOTHING_LEFT: StopReport = {
  flushed: 0,
  stored: 0,
  undelivered: 0,
  unfinishedCommands: 0,
  uncommittedPartitions: 0,
  timedOut: false,
  unclosed: [],
  elapsedMs: 0,
};

/** What the double takes beside the configuration. `now` is asked once: for the time at which its clock stands. */
export interface MemoryOptions extends CreateOptions {
  /** How many published records, and how many dead letters, are kept; then the oldest go. Default 10 000. */
  readonly keep?: number | undefined;
  /** Where `uplink.store` keeps its files: two objects on one disk, one after the other, are two lives. Default: an empty one. */
  readonly disk?: MemoryDisk | undefined;
}

/**
 * Makes a northward object on a Kafka in memory, for unit tests: same interface, same validation, templates,
 * encoding, decoding and acknowledgement as `createKafkaNorthward`, without broker and without native client. Its time
 * stands still until `advanceTime()`.
 *
 * @param config as for `createKafkaNorthward`; nothing in it connects anywhere. Default: `MEMORY_CONFIG`.
 * @throws ConfigError as `createKafkaNorthward` does.
 */
export function createMemoryNorthward(
  config: NorthwardConfig = MEMORY_CONFIG,
  options: MemoryOptions = {},
): MemoryNorthward {
  return new MemoryNorthward(config, options);
}

/** A northward object on memory, as `createMemoryNorthward()` makes it: the same pipelines, and the platform's side for tests. */
export class MemoryNorthward extends Delegate {
  readonly #config: unknown;
  readonly #options: MemoryOptions;
  #world: MemoryWorld;
  #sent = 0;

  /** Use `createMemoryNorthward()`. */
  constructor(config: unknown, options: MemoryOptions) {
    super();
    this.#config = config;
    this.#options = options;
    this.#world = this.#makeWorld();
  }

  protected get real(): KafkaNorthward {
    return this.#world.northward;
  }

  /** As the real one; with a broker there, everything is connected when it resolves. */
  override async start(): Promise<void> {
    await super.start();
    await this.settle();
  }

  override async ready(options?: { readonly timeoutMs?: number }): Promise<void> {
    await super.ready(options);
    await this.settle();
  }

  override reconfigure(config: NorthwardConfig): readonly string[] {
    const changed = super.reconfigure(config);
    // Taken by the real one: it has no problems.
    this.#world.records.use(parseConfig(config, this.#options).config);
    return changed;
  }

  // --- what came out

  /**
   * Every event that the broker in memory has acknowledged, oldest first, responses to commands included. What was
   * refused, skipped, failed or is held back is not there.
   */
  get published(): readonly PublishedRecord[] {
    return this.#world.records.published;
  }

  /** Every record that went to the dead-letter topic, oldest first. */
  get deadLettered(): readonly DeadLetteredRecord[] {
    return this.#world.records.deadLettered;
  }

  /** The committed offset of each downlink topic: the one that is read next. 0 at the start. */
  get committed(): Readonly<Record<string, number>> {
    const entries = [...this.#world.consumers.committed];
    return Object.fromEntries(entries.map(([place, { offset }]) => [place.replace(/ 0$/, ''), offset]));
  }

  // --- what goes in

  /**
   * Sends a record to a downlink topic, as it is. Resolves when the gateway has been given the time to work on it, as
   * far as it needs no more than promises.
   * @throws TestDoubleError `TOPIC_UNREAD`, `RECORD_SKIPPED`: it would never be read.
   */
  deliver(topic: string, record: RecordToDeliver): Promise<SentRecord> {
    return deliver(this.#world, topic, record);
  }

  /**
   * Sends a write point in an envelope, to the topic of its route.
   * @throws TestDoubleError `ROUTE_OFF`; `ROUTE_MAPPED`: with `mapped_json` use `deliver()`.
   */
  sendWritePoint(data: WritePointToSend, options: SendOptions = {}): Promise<SentRecord> {
    const requestId = data.requestId ?? this.#nextId('write');
    return this.#send('write_point', { ...data, requestId, timestamp: this.#at(data) }, options);
  }

  /**
   * Sends a command in an envelope, to the topic of its route.
   * @throws TestDoubleError `ROUTE_OFF`; `ROUTE_MAPPED`: with `mapped_json` use `deliver()`.
   */
  sendCommand(data: CommandToSend, options: SendOptions = {}): Promise<SentRecord> {
    const commandId = data.commandId ?? this.#nextId('command');
    const toDevice = data.deviceId !== undefined || data.deviceName !== undefined;
    const targetType = data.targetType ?? (toDevice ? 'SUBDEVICE' : 'GATEWAY');
    const whole = { ...data, commandId, targetType, timestamp: this.#at(data) };
    return this.#send('command_received', whole, options);
  }

  /**
   * Sends the platform's answer to a request of the gateway, in an envelope, to the topic of its route.
   * @throws TestDoubleError `ROUTE_OFF`; `ROUTE_MAPPED`: with `mapped_json` use `deliver()`.
   */
  sendRpcResponse(data: RpcResponseToSend, options: SendOptions = {}): Promise<SentRecord> {
    const { targetType = 'GATEWAY' } = data;
    return this.#send('rpc_response_received', { ...data, targetType, timestamp: this.#at(data) }, options);
  }

  // --- what goes wrong

  /**
   * The next record that reaches the broker is answered with this error: a code, or an error that has one. Records
   * are publishes, responses and dead letters alike.
   * @throws TestDoubleError `FAULT_UNKNOWN`: no broker answers a record like that.
   */
  failNext(error: DeliveryFault | { readonly code: string }, options: FailOptions = {}): void {
    this.#world.faults.add(error, options);
  }

  /**
   * The broker goes away, or comes back. Resolves when `state` shows it; to notice that the broker is back takes the
   * library up to two seconds, by which the clock of the double goes on.
   * @param cause of going away. Default: `BROKER_UNREACHABLE`.
   */
  setConnected(connected: boolean, cause: ConnectionFault = 'BROKER_UNREACHABLE'): Promise<void> {
    return this.#world.setConnected(connected, cause);
  }

  /** From now on records reach the broker, but get no acknowledgement. */
  holdDelivery(): void {
    this.#world.producers.hold = true;
  }

  /**
   * Acknowledges what was held, and nothing is held any more. Resolves when the callers have been told.
   * @param count only the oldest so many; the rest, and what follows, stays held
   */
  async releaseDelivery(count?: number): Promise<void> {
    const { producers, clock } = this.#world;
    if (count === undefined) producers.hold = false;
    if (producers.up) producers.release(count);
    await clock.settle();
  }

  // --- time

  /** Unix ms on the clock of the double. */
  get now(): number {
    return this.#world.clock.now();
  }

  /**
   * Lets time go on: time-outs, back-offs and budgets of the library come due, each at its time and in order. Resolves
   * when all that follows from them is done, as far as it needs no more than promises.
   * @throws TestDoubleError `TIME_INVALID`: time does not go back.
   */
  async advanceTime(ms: number): Promise<void> {
    if (!Number.isFinite(ms) || ms < 0) {
      throw new TestDoubleError('TIME_INVALID', `advanceTime(${ms})`, 'Take milliseconds, 0 or more.');
    }
    await this.#world.clock.advance(ms);
  }

  /** Resolves when nothing is left to do without time going on. Work of the gateway outside of the double does not count. */
  settle(): Promise<void> {
    return this.#world.clock.settle();
  }

  // --- the end of a test

  /**
   * Checks that nothing is on its way: every publish has its outcome, every record sent is done and committed, no
   * offset is held, and every `failNext()` has met its record.
   * @throws TestDoubleError `NOT_DRAINED`, with all that is left.
   */
  assertDrained(): void {
    const lines = undrained(this.#world);
    if (lines.length === 0) return;
    const message = `Not drained:\n${lines.map((line) => `  ${line}\n`).join('')}`;
    throw new TestDoubleError('NOT_DRAINED', message, 'Await what is on its way before, or settle().');
  }

  /**
   * As the real one; after `crash()` or `kill()` of its disk nothing is left to be done. Its time runs by itself meanwhile: at its natural pace while the gateway has a command in
   * its hands, else without waiting.
   */
  override stop(options?: { readonly timeoutMs?: number }): Promise<StopReport> {
    const { clock, northward, isOver } = this.#world;
    if (isOver) return Promise.resolve(NOTHING_LEFT);
    return clock.runUntilEnd(northward.stop(options), () => this.#world.hostWorks);
  }

  /** Ends this life, whatever is on its way, and makes everything as `createMemoryNorthward()` did: not started, no listeners. */
  async reset(): Promise<void> {
    await this.stop({ timeoutMs: 0 });
    this.#world = this.#makeWorld();
    this.#sent = 0;
  }

  #makeWorld(): MemoryWorld {
    const { keep = KEEP, disk = createMemoryDisk() } = this.#options;
    return new MemoryWorld(this.#config, this.#options, keep, disk);
  }

  #nextId(what: string): string {
    this.#sent += 1;
    return `${what}-${this.#sent}`;
  }

  #at({ timestamp }: { readonly timestamp?: Date | undefined }): Date {
    return timestamp ?? new Date(this.now);
  }

  async #send<K extends DownlinkKind>(
    kind: K,
    data: Sent<K>,
    { key = null, headers = [] }: SendOptions,
  ): Promise<SentRecord> {
    const topic = envelopeTopic(this.#world.config, kind);
    return this.deliver(topic, { key, headers, value: envelopeOf(kind, data) });
  }
}
