/** One life of the double: the real object, and the Kafka in memory around it. */
import type { CreateOptions, KafkaNorthward } from '../api/northward.js';
import { assemble } from '../assemble.js';
import type { ResolvedConfig } from '../config/resolve.js';
import type { ErrorCode } from '../api/errors.js';
import type { DeliveryFailure } from '../kafka/port/ports.js';
import { CommitTurns } from '../store/commit-scheduler.js';
import { DiskStore } from '../store/store.js';
import { Faults } from './faults.js';
import { MemoryClock } from './memory-clock.js';
import { MemoryConsumers } from './memory-consumer.js';
import type { MemoryDisk } from './memory-disk.js';
import { MemoryProducers, type Handed } from './memory-producer.js';
import { Outcomes } from './outcomes.js';
import { Records } from './records.js';

/** The library looks for a broker that was away every two seconds at most; a lost membership takes a little longer. */
const NOTICES_WITHIN_MS = 10_000;

/** Why a broker cannot be reached. */
export type ConnectionFault = Extract<
  ErrorCode,
  | 'BROKER_UNREACHABLE'
  | 'NAME_NOT_RESOLVED'
  | 'PROTOCOL_MISMATCH'
  | 'TLS_FAILED'
  | 'AUTHENTICATION_FAILED'
  | 'AUTHORIZATION_FAILED'
>;

export class MemoryWorld {
  readonly clock: MemoryClock;
  readonly config: ResolvedConfig;
  readonly northward: KafkaNorthward;
  readonly producers: RecordingProducers;
  readonly consumers: MemoryConsumers;
  readonly records: Records;
  readonly outcomes: Outcomes;
  readonly faults = new Faults();
  readonly #isOver: () => boolean;

  /** @param keep how many records of each sort are kept */
  constructor(input: unknown, options: CreateOptions, keep: number, disk: MemoryDisk) {
    const booted = disk.boot();
    this.#isOver = () => disk.boot() !== booted;
    const clock = new MemoryClock(options.now?.() ?? Date.now(), this.#isOver);
    this.clock = clock;
    const made = assembleInMemory(input, options, clock, keep, this.faults, disk);
    this.config = made.config;
    this.northward = made.northward;
    this.producers = made.producers;
    this.consumers = made.consumers;
    this.records = made.producers.records;
    this.outcomes = new Outcomes(made.northward);
  }

  /** The power failed, or the process was killed: nothing of this life goes on. */
  get isOver(): boolean {
    return this.#isOver();
  }

  /** Whether every side that is needed is connected. */
  get connected(): boolean {
    const { uplink, downlink } = this.northward.states;
    return [uplink, downlink].every((state) => state === 'connected' || state === 'disabled');
  }

  /** The broker goes away, or comes back; resolves when the library has noticed. */
  async setConnected(connected: boolean, cause: ConnectionFault): Promise<void> {
    const { producers, consumers, clock } = this;
    producers.up = connected;
    consumers.up = connected;
    if (connected) {
      producers.connect();
      consumers.connect();
      await clock.advanceUntil(() => this.connected, NOTICES_WITHIN_MS);
      return;
    }
    for (const listener of [producers.listener, consumers.listener]) {
      listener?.onCause({ code: cause, message: 'memory:9092: away, as the test wants it', brokerId: null });
      listener?.onAllBrokersDown();
    }
    await clock.settle();
  }

  /** Whether the host has a command in its hands, and nothing else is waited for. */
  get hostWorks(): boolean {
    const { uplink, downlink } = this.northward.metrics();
    return downlink.queue.inHand > 0 && uplink.queue.messages === 0;
  }
}

class RecordingProducers extends MemoryProducers {
  readonly records: Records;
  readonly #faults: Faults;

  constructor(config: ResolvedConfig, clock: MemoryClock, keep: number, faults: Faults) {
    const { producer, store } = config.uplink;
    const { acks } = producer;
    const messageTimeoutMs = store === null ? producer.messageTimeoutMs : 0;
    super({ clock, messageTimeoutMs, tellsOffsets: acks !== 'none' });
    this.records = new Records(config, keep);
    this.#faults = faults;
  }

  protected override outcomeOf(record: Handed): DeliveryFailure | null {
    return this.#faults.outcomeOf(record);
  }

  protected override delivered(record: Handed, offset: number): void {
    this.records.add(record, offset);
  }
}

function assembleInMemory(
  input: unknown,
  options: CreateOptions,
  clock: MemoryClock,
  keep: number,
  faults: Faults,
  disk: MemoryDisk,
) {
  const consumers = new MemoryConsumers({ clock, forgets: true });
  const made: { config?: ResolvedConfig; producers?: RecordingProducers } = {};
  const northward = assemble(input, options, {
    clock,
    commitWaitMs: 0,
    producer: (config) => {
      made.config = config;
      made.producers = new RecordingProducers(config, clock, keep, faults);
      return made.producers;
    },
    consumer: () => consumers,
    store: (store, storeClock, listener) =>
      new DiskStore(store, disk.boot(), storeClock, new CommitTurns(), listener),
  });
  const { config, producers } = made;
  if (config === undefined || producers === undefined) throw new Error('assemble() asked for no producer');
  return { config, producers, consumers, northward };
}
