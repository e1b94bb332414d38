/** A record from Kafka → a command on its way, or its outcome where there is none (contract §6). */
import type { RawRecord } from '../../api/events.js';
import { DecodeError, type NorthwardError } from '../../api/errors.js';
import { libraryFault, own } from '../../core/fault.js';
import { type IncomingRecord, bytesOf } from '../../record/incoming-record.js';
import { reasonOf } from '../../api/reason.js';
import { decodeRecord, type Decoded } from '../decode/decode.js';
import { Delivery, type OwnedPartition } from '../group/partition.js';
import type { Dispatcher } from './dispatcher.js';
import type { LastResort } from './last-resort.js';
import type { DeliveryQueue } from './queue.js';
import { onDecodeError, type FinalDecision } from './redelivery.js';
import type { RouteTable } from '../decode/routes.js';
import type { DownlinkContext } from '../context.js';
import type { Committer } from '../group/committer.js';
import type { Reader } from '../group/reader.js';

type Context = Pick<DownlinkContext, 'config' | 'counters' | 'events' | 'onError'>;

export class Intake {
  readonly #context: Context;
  readonly #routes: RouteTable;
  readonly #queue: DeliveryQueue;
  readonly #dispatcher: Dispatcher;
  readonly #lastResort: LastResort;
  readonly #committer: Committer;
  readonly #reader: Reader;

  constructor(
    context: Context,
    routes: RouteTable,
    queue: DeliveryQueue,
    dispatcher: Dispatcher,
    lastResort: LastResort,
    committer: Committer,
    reader: Reader,
  ) {
    this.#context = context;
    this.#routes = routes;
    this.#queue = queue;
    this.#dispatcher = dispatcher;
    this.#lastResort = lastResort;
    this.#committer = committer;
    this.#reader = reader;
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
      this.#context.onError(error);
      partition.tracker.take(record.offset);
      this.#settle('hold', record, partition, error);
    }
  }

  #take(record: IncomingRecord, partition: OwnedPartition, takenAt: number): void {
    this.#context.counters.records += 1;
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
    const id = this.#dispatcher.idOf(decoded);
    this.#dispatcher.arrive(new Delivery(record, decoded, partition, id, takenAt));
  }

  /** A fault of ours on one record must not end the others. */
  #decode(record: IncomingRecord): Decoded {
    try {
      return decodeRecord(this.#routes, record);
    } catch (cause) {
      const { topic, partition, offset } = record;
      const message = `${topic} ${partition} offset ${offset}: decoding failed by a fault of this library: ${reasonOf(cause)}`;
      return { outcome: 'error', error: new DecodeError('DECODE_FAULT', message, { topic, cause }) };
    }
  }

  #ignored(record: IncomingRecord, partition: OwnedPartition): void {
    this.#context.counters.ignored += 1;
    this.#context.events.emit('command-ignored', () => rawOf(record));
    partition.tracker.skip(record.offset);
    this.#committer.settled();
  }

  #undecodable(record: IncomingRecord, partition: OwnedPartition, error: DecodeError): void {
    const { config, counters, events } = this.#context;
    counters.decodeErrors += 1;
    const outcome = onDecodeError(partition.routes, config);
    events.emit('decode-error', () => ({ error, record: rawOf(record), outcome }));
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
    const waiting = { partition, bytes: bytesOf(record), counted: false };
    this.#queue.count(waiting);
    const settled = this.#lastResort.settle(outcome, open, error).then(() => {
      this.#queue.uncount(waiting);
      if (partition.revoked) return;
      this.#committer.settled();
      this.#reader.roomMade();
    });
    own(settled, 'Settling a record', this.#context);
  }
}

function rawOf({ topic, partition, offset, key, value, headers, timestampMs }: IncomingRecord): RawRecord {
  return { topic, partition, offset, key, value, headers, timestampMs };
}
