import type { CommandMeta, DownlinkEvent } from '../command-model.js';
import type { ConsumedRecord } from '../kafka/consumer-port.js';
import type { OffsetTracker } from './offset-tracker.js';
import type { Reply } from './outward.js';
import type { OwnedPartition } from './owned-partition.js';
import { bytesOf } from './record.js';

/** One command on its way from the record to its final outcome, over all its attempts. */
export class Delivery {
  readonly record: ConsumedRecord;
  readonly event: DownlinkEvent;
  readonly partition: OwnedPartition;
  /** Of the time when it came: the partition may get another one. */
  readonly tracker: OffsetTracker;
  /** What duplicates share; `null`: not looked for. */
  readonly id: string | null;
  /** Records of the same lane are handed out one after the other; `null`: no order. */
  readonly lane: string | null;
  readonly bytes: number;
  /** Monotonic ms. */
  readonly takenAt: number;
  /** How often it was handed to the host. */
  attempts = 0;
  /** The answer that has its receipt, of whichever attempt: a command is answered once. */
  answer: Reply | undefined;
  /** It counts as waiting. */
  counted = false;
  /** Behind it in its lane. */
  next: Delivery | null = null;

  constructor(
    record: ConsumedRecord,
    event: DownlinkEvent,
    partition: OwnedPartition,
    id: string | null,
    takenAt: number,
  ) {
    this.record = record;
    this.event = event;
    this.partition = partition;
    this.tracker = partition.tracker;
    this.id = id;
    // latin1 keeps all bytes apart.
    this.lane = record.key === null ? null : record.key.toString('latin1');
    this.bytes = bytesOf(record);
    this.takenAt = takenAt;
  }

  meta(attempt: number): CommandMeta {
    const { topic, partition, offset, key, headers, timestampMs } = this.record;
    return { topic, partition, offset, key, headers, timestampMs, attempt };
  }
}
