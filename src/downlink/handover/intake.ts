/** A record from Kafka → a command on its way, or its outcome where there is none (contract §6). */
import type { ResolvedDownlink } from '../../config/resolve.js';
import type { RawRecord } from '../../api/events.js';
import type { DownlinkCounters } from '../../observability/counters.js';
import { DecodeError, type NorthwardError } from '../../api/errors.js';
import { libraryFault, own } from '../../core/fault.js';
import type { IncomingRecord } from '../../record/incoming-record.js';
import { reasonOf } from '../../api/reason.js';
import { decodeRecord, type Decoded } from '../decode/decode.js';
import { Delivery } from '../group/partition.js';
import type { Dispatcher } from './dispatcher.js';
import type { LastResort } from './last-resort.js';
import type { OwnedPartition } from '../group/partition.js';
import { bytesOf } from '../../record/incoming-record.js';
import { onDecodeError, type FinalDecision } from './redelivery.js';
import type { RouteTable } from '../decode/routes.js';
import type { Tell } from '../events.js';

export interface IntakeParts {
  readonly config: ResolvedDownlink;
  readonly routes: RouteTable;
  readonly counters: DownlinkCounters;
  readonly dispatcher: Dispatcher;
  readonly lastResort: LastResort;
  readonly tell: Tell;
  onError(error: NorthwardError): void;
  onSettled(partition: OwnedPartition): void;
  /** Room was made in the queue. */
  onRoom(): void;
}

export class Intake {
  readonly #parts: IntakeParts;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
  }

  /**
   * The next record of the partition.
   *
   * @param takenAt monotonic ms
   */
  take(record: IncomingRecord, partition: OwnedPartition, takenAt: number): void {
    try {
      this.#take(record, partition, takenAt);
    } catch (cause) {
      // Held: the mark must not pass what nobody has seen.
      const error = libraryFault(`Taking a record of ${record.topic}`, cause);
      this.#parts.onError(error);
      partition.tracker.take(record.offset);
      this.#settle('hold', record, partition, error);
    }
  }

  #take(record: IncomingRecord, partition: OwnedPartition, takenAt: number): void {
    const { counters, dispatcher } = this.#parts;
    counters.records += 1;
    const decoded = this.#decode(record);
    if (decoded.outcome === 'ignored') {
      this.#ignored(record, partition);
      return;
    }
    partition.tracker.take(record.offset);
    if (decoded.outcome === 'error') {
      this.#undecodable(record, partition, decoded.error);
      return;
    }
    const id = dispatcher.idOf(decoded);
    dispatcher.arrive(new Delivery(record, decoded, partition, id, takenAt));
  }

  /** A fault of ours on one record must not end the others. */
  #decode(record: IncomingRecord): Decoded {
    try {
      return decodeRecord(this.#parts.routes, record);
    } catch (cause) {
      const { topic, partition, offset } = record;
      const message = `${topic} ${partition} offset ${offset}: decoding failed by a fault of this library: ${reasonOf(cause)}`;
      return { outcome: 'error', error: new DecodeError('DECODE_FAULT', message, { topic, cause }) };
    }
  }

  #ignored(record: IncomingRecord, partition: OwnedPartition): void {
    this.#parts.counters.ignored += 1;
    this.#parts.tell.tell('command-ignored', () => rawOf(record));
    partition.tracker.skip(record.offset);
    this.#parts.onSettled(partition);
  }

  #undecodable(record: IncomingRecord, partition: OwnedPartition, error: DecodeError): void {
    const { config, counters, tell } = this.#parts;
    counters.decodeErrors += 1;
    const outcome = onDecodeError(partition.routes, config);
    tell.tell('decode-error', () => ({ error, record: rawOf(record), outcome }));
    this.#settle(outcome, record, partition, error);
  }

  #settle(
    outcome: FinalDecision,
    record: IncomingRecord,
    partition: OwnedPartition,
    error: NorthwardError,
  ): void {
    const open = { record, partition, tracker: partition.tracker, attempts: 0 };
    // Its dead letter may take long: until then it takes room as a command does.
    const { queue } = this.#parts.dispatcher;
    const waiting = { partition, bytes: bytesOf(record), counted: false };
    queue.count(waiting);
    const settled = this.#parts.lastResort.settle(outcome, open, error).then(() => {
      queue.uncount(waiting);
      if (partition.revoked) return;
      this.#parts.onSettled(partition);
      this.#parts.onRoom();
    });
    own(settled, 'Settling a record', this.#parts);
  }
}

function rawOf({ topic, partition, offset, key, value, headers, timestampMs }: IncomingRecord): RawRecord {
  return { topic, partition, offset, key, value, headers, timestampMs };
}
