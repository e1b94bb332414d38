/** What the downlink tells as events. */
import type { CommandMeta, DownlinkEvent } from './commands.js';
import type { NorthwardError } from './errors.js';
import type { LossCause } from './store.js';
import type { DeliveredReceipt, Id, UplinkKind } from './uplink.js';

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

/** A record that no route could read. */
export interface DecodeErrorEvent {
  readonly error: NorthwardError;
  readonly record: RawRecord;
  readonly outcome: LastDecision;
}

/** A command that is not handed to the host, or not any more. */
export type CommandNotice = DownlinkEvent & { readonly meta: CommandMeta };

/** A command that had been done already, and was not handed out again. */
export type DuplicateNotice = CommandNotice & {
  /** The record that was done. */
  readonly first: RecordPlace;
  /** The former response was sent again. */
  readonly answered: boolean;
};

/** A command that was given up, with the last error. */
export type DroppedNotice = CommandNotice & { readonly error: NorthwardError };

/** A command that was sent to the dead letter topic. */
export interface DeadLetterEvent extends RecordPlace {
  readonly deadLetterTopic: string;
  readonly error: NorthwardError;
  /** How often it was handed to the host; 0 where it could not be decoded. */
  readonly attempts: number;
}

/** A command that failed for good and keeps its partition's mark, until `releaseHeld()`. */
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

/** Reading goes on elsewhere than at the offset that was to be read next. */
export interface OffsetResetEvent {
  readonly topic: string;
  readonly partition: number;
  /** The offset that was to be read next. */
  readonly from: number;
  /** Where reading goes on. */
  readonly to: number;
  /**
   * - `retention`: the records in between were removed; they are lost.
   * - `truncated`: the log has lost its end (unclean election, restored disk); what was read from there no longer exists.
   * - `recreated`: the topic was deleted and created again; all that is in it is new.
   * - `unknown`: none of these can be told; all that is there is read, perhaps again.
   * - `not-committed`: the group has no offset, and `autoOffsetReset: latest` skips what is there (`from` to `to` - 1).
   */
  readonly reason: OffsetResetReason;
}

/** Partitions that came or went. */
export interface RebalanceEvent {
  /** `lost`: taken away without a chance to commit. */
  readonly type: 'assigned' | 'revoked' | 'lost';
  readonly partitions: ReadonlyArray<{ readonly topic: string; readonly partition: number }>;
}

/** Event name → arguments of its listeners. */
export interface DownlinkEvents {
  /** A record that no route matched, and none failed on. */
  'command-ignored': [record: RawRecord];
  /** A record that no route could read; `outcome` tells what became of it. */
  'decode-error': [event: DecodeErrorEvent];
  /** A command came, or came again, after its `timeoutMs`; it is not handed out. */
  'command-expired': [command: CommandNotice];
  /** A command with an id that was done already; it is not handed out. */
  'command-duplicate': [command: DuplicateNotice];
  /** A command is handed out for the first time whose success `respond()` cannot tell without a `deviceId` (`canRespond` is false). */
  'command-unanswerable': [command: CommandNotice];
  /** The attempts of a command are spent, and it was given up. */
  'command-dropped': [command: DroppedNotice];
  /** A dead letter has its receipt. */
  'dead-letter': [event: DeadLetterEvent];
  /** A command failed for good, and its partition's mark stays before it until `releaseHeld()`. */
  'offset-held': [event: OffsetHeldEvent];
  /** A partition is read no further for now: too much of it is unfinished or held. */
  'partition-paused': [event: PartitionPausedEvent];
  /** Reading goes on elsewhere than at the mark: that offset is gone, or means another record than it did. */
  'offset-reset': [event: OffsetResetEvent];
  /** The broker confirmed these marks: the offsets that are read next. */
  committed: [offsets: readonly RecordPlace[]];
  /** Partitions came or went. */
  rebalance: [event: RebalanceEvent];
}

/** A message that did not get its acknowledgement, with all that is needed to keep it elsewhere. */
export interface Undelivered {
  readonly error: NorthwardError;
  readonly kind: UplinkKind;
  readonly deviceId: Id | undefined;
  readonly deviceName: string | undefined;
  /** `null`: the event could not be encoded at all. */
  readonly record: {
    readonly topic: string;
    readonly key: Buffer | null;
    readonly value: Buffer;
    readonly headers: Readonly<Record<string, string>>;
    readonly timestampMs: number;
  } | null;
}

/** A message whose promise ended with `stored`, or one of a former life of the store, has arrived. */
export interface DeliveredEvent {
  /** As its receipt `stored` has it. */
  readonly id: string;
  readonly lane: string;
  readonly receipt: DeliveredReceipt;
  /** It was accepted before the last start. */
  readonly former?: true;
}

/** Messages that were stored will not arrive. */
export interface LostEvent {
  /** At most 1,000 of them; none where nothing tells which they were. */
  readonly ids: readonly string[];
  readonly count: number;
  readonly cause: LossCause;
  readonly lane: string;
  /** They were accepted before the last start. */
  readonly former?: true;
}

/** A side changed its state; `overall` is the worse of the enabled sides. */
export interface StateEvent extends StateChange {
  readonly side: 'uplink' | 'downlink';
  readonly overall: ConnectionState;
}

/** Event name → arguments of its listeners. */
export interface NorthwardEvents extends DownlinkEvents {
  /** A side came into another state. */
  state: [change: StateEvent];
  /** A fault of the connection or the client; the same cause at most once a minute. */
  error: [error: NorthwardError];
  /** A publish that ended with an error, whether or not anybody looks at its promise. */
  undelivered: [message: Undelivered];
  /** What was stored has arrived, after its promise had ended with `stored`, or after a restart. */
  delivered: [event: DeliveredEvent];
  /** What was stored will not arrive: a bound, the disk, or Kafka refused it. `losses()` counts them all. */
  lost: [event: LostEvent];
}

/** Name of an event, as `on()` takes it. */
export type EventName = keyof NorthwardEvents;

/** What `on()` takes for an event. What it throws or returns does no harm. */
export type Listener<E extends EventName> = (...args: NorthwardEvents[E]) => unknown;

/** `failed`: a person is needed; the library goes on trying unless `retryPolicy` is spent. */
export type ConnectionState = 'disconnected' | 'connecting' | 'connected' | 'reconnecting' | 'failed';

/** One side has come into another state. */
export interface StateChange {
  readonly state: ConnectionState;
  readonly previous: ConnectionState;
  /** Why; absent when `connected` and after an orderly stop. */
  readonly reason?: NorthwardError;
}

/** Why reading goes on elsewhere than at the offset that was to be read next. */
export type OffsetResetReason = 'retention' | 'truncated' | 'recreated' | 'unknown' | 'not-committed';
