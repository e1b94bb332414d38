/** What the reader brings: taken in where this member owns the partition, and where it goes on in the same log. */
import type { IncomingRecord } from '../record/incoming-record.js';
import type { RecordPlace } from '../api/events.js';
import type { ConsumeFailure, ConsumerPort } from '../kafka/port/consumer-port.js';
import type { DownlinkContext, HealthListener } from './context.js';
import type { Continuity } from './group/continuity.js';
import type { Ownership } from './group/partition.js';
import type { ReadSink } from './group/reader.js';
import type { Intake } from './handover/intake.js';

export class Arrivals implements ReadSink {
  readonly #context: Pick<DownlinkContext, 'clock' | 'losses'>;
  readonly #ownership: Ownership;
  readonly #continuity: Continuity;
  readonly #intake: Intake;
  readonly #health: HealthListener;

  constructor(
    context: Pick<DownlinkContext, 'clock' | 'losses'>,
    ownership: Ownership,
    continuity: Continuity,
    intake: Intake,
    health: HealthListener,
  ) {
    this.#context = context;
    this.#ownership = ownership;
    this.#continuity = continuity;
    this.#intake = intake;
    this.#health = health;
  }

  records(records: readonly IncomingRecord[], port: ConsumerPort): void {
    this.#health.works(records, false);
    const takenAt = this.#context.clock.monotonic();
    for (const record of records) this.#take(record, port, takenAt);
  }

  ends(ends: readonly RecordPlace[], records: readonly IncomingRecord[]): void {
    for (const end of ends) this.#continuity.reached(end, records);
  }

  failure(failure: ConsumeFailure): void {
    this.#health.fails(failure);
  }

  #take(record: IncomingRecord, port: ConsumerPort, takenAt: number): void {
    const partition = this.#ownership.find(record);
    // Not owned (any more): its owner reads it.
    if (partition === undefined) return this.#context.losses.note('notOwned', record.topic);
    const { tracker, leaderEpoch, doubted } = partition;
    const isNext = record.offset === tracker.next && record.leaderEpoch === leaderEpoch && !doubted;
    if (!isNext && !this.#continuity.accepts(record, partition, port)) return;
    this.#intake.take(record, partition, takenAt);
  }
}
