/** What the downlink tells as events. */
import type { CommandMeta, DownlinkEvent } from './command-model.js';
import type { NorthwardError } from './errors.js';

/** A place in a topic. */
export interface RecordPlace {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** A record as it came from Kafka. */
export interface RawRecord extends RecordPlace {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly (readonly [name: string, value: Uint8Array | null])[];
  readonly timestampMs: number | undefined;
}

/** What became of a record that cannot be decoded, or of a command whose attempts are spent. */
export type LastDecision = 'dead_letter' | 'hold' | 'drop';

export interface DecodeErrorEvent {
  readonly error: NorthwardError;
  readonly record: RawRecord;
  readonly outcome: LastDecision;
}

/** A command that is not handed to the host, or not any more. */
export type CommandNotice = DownlinkEvent & { readonly meta: CommandMeta };

export type DuplicateNotice = CommandNotice & {
  /** The record that was done. */
  readonly first: RecordPlace;
  /** The former response was sent again. */
  readonly answered: boolean;
};

export type DroppedNotice = CommandNotice & { readonly error: NorthwardError };

export interface DeadLetterEvent extends RecordPlace {
  readonly deadLetterTopic: string;
  readonly error: NorthwardError;
  /** How often it was handed to the host; 0 where it could not be decoded. */
  readonly attempts: number;
}

export interface OffsetHeldEvent extends RecordPlace {
  readonly error: NorthwardError;
  /** How many are held in this partition now. */
  readonly held: number;
}

/** Too much is unfinished or held behind the mark: the partition is not read until half of it is gone. */
export interface PartitionPausedEvent {
  readonly topic: string;
  readonly partition: number;
  /** The mark: where the next member would go on. */
  readonly mark: number;
  readonly unfinished: number;
  readonly held: number;
}

/** An offset that was to be read next no longer exists. */
export interface OffsetResetEvent {
  readonly topic: string;
  readonly partition: number;
  /** The offset that is gone. */
  readonly from: number;
  /** Where reading goes on. */
  readonly to: number;
}

export interface RebalanceEvent {
  /** `lost`: taken away without a chance to commit. */
  readonly type: 'assigned' | 'revoked' | 'lost';
  readonly partitions: ReadonlyArray<{ readonly topic: string; readonly partition: number }>;
}

/** Event name → arguments of its listeners. */
export interface DownlinkEvents {
  /** A record that no route matched, and none failed on. */
  'command-ignored': [record: RawRecord];
  'decode-error': [event: DecodeErrorEvent];
  'command-expired': [command: CommandNotice];
  'command-duplicate': [command: DuplicateNotice];
  /** The attempts of a command are spent, and it was given up. */
  'command-dropped': [command: DroppedNotice];
  /** A dead letter has its receipt. */
  'dead-letter': [event: DeadLetterEvent];
  'offset-held': [event: OffsetHeldEvent];
  'partition-paused': [event: PartitionPausedEvent];
  'offset-reset': [event: OffsetResetEvent];
  /** The broker confirmed these marks: the offsets that are read next. */
  committed: [offsets: readonly RecordPlace[]];
  rebalance: [event: RebalanceEvent];
}
