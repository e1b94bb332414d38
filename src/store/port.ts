/**
 * The store as the uplink knows it: lanes of records on disk, in order, from append to acknowledgement. It knows nothing of
 * Kafka, mappings or devices beyond the plain data of a record.
 */
import type { LossCause, LossEntry, StoreMetrics } from '../api/store.js';
import type { NorthwardError } from '../api/errors.js';
import type { OutgoingKind, OutgoingRecord } from '../record/outgoing-record.js';

/**
 * With the id of the store it names a message for ever: in a life of the store, sequences are given once, in order of acceptance. A
 * record with several events has that of the first; the others follow it, one by one.
 */
export interface MessageId {
  readonly life: number;
  readonly sequence: number;
}

/** `<store>-<life>-<sequence>`, as receipts, events and the header `message_id` show it. */
export function messageIdText(store: string, { life, sequence }: MessageId): string {
  return `${store}-${life}-${sequence}`;
}

/** The id of a record. One that was named before its store was open keeps that name: its headers know how it begins. */
export function messageIdOf(store: string, record: MessageId & Pick<OutgoingRecord, 'headers'>): string {
  const { idStart } = record.headers;
  return idStart === '' ? messageIdText(store, record) : `${idStart}-${record.sequence}`;
}

/** The id of the message that was named so many after this one; `""` where this one has none. */
export function messageIdAfter(id: string, count: number): string {
  if (id === '' || count === 0) return id;
  const at = id.lastIndexOf('-') + 1;
  return `${id.slice(0, at)}${Number(id.slice(at)) + count}`;
}

/** What is to be written down. */
export interface RecordToStore extends OutgoingRecord, MessageId {
  /** Unix ms. */
  readonly acceptedAtMs: number;
  /** A client has it, or had it, so that it may arrive twice after a crash. */
  readonly handedOver: boolean;
}

/** A record as it was written down. */
export interface StoredRecord extends RecordToStore {
  /** Its place in its lane: no gaps, over all lives. */
  readonly position: number;
  /** A client may have had it in a former life. */
  readonly maybeDuplicate: boolean;
  /** Of a former life of the store. */
  readonly former: boolean;
}

/** One lane: a queue on disk. Positions only grow. Every position is unread, held or done. */
export interface StoreLane {
  readonly name: string;
  /** Position of the next record to be appended. */
  readonly end: number;
  /** Everything below is on disk, and may be handed to a client. */
  readonly synced: number;
  /** What waits for its sync. */
  readonly unsynced: { readonly messages: number; readonly bytes: number };
  /** Unread records: on disk, or on their way there, and in nobody's hands. */
  readonly backlog: number;
  /** Everything below is done. */
  readonly mark: number;
  /**
   * Takes a record for the next commit; all of it is copied before it returns.
   *
   * @param held the caller hands it to a client by itself: `read()` will not give it
   * @returns its position; `null`: the lane is full (`whenFull: reject_new`, or a lane that is never evicted)
   */
  append(record: RecordToStore, held: boolean): number | null;
  /**
   * The next unread records, oldest first, from what is synced; they are held from now on. Empty: none is to be had at the
   * moment; `onSynced` tells when there may be. What has expired is skipped and counted as lost. Never rejects. One call at a time.
   *
   * @param wanted records whose topic it refuses are passed over: they stay unread, until `rewind()`
   * @param maxBytes of their values and keys: one record is the last when it reaches that
   * @param maxEvents that they hold: the same
   */
  read(
    maxRecords: number,
    wanted?: (topic: string) => boolean,
    maxBytes?: number,
    maxEvents?: number,
  ): Promise<readonly StoredRecord[]>;
  /** `read()` begins again at the oldest unread record. */
  rewind(): void;
  /**
   * The unread records that are not synced yet, out of memory; they are held from now on. Empty, though `backlog` is not 0, while a commit is under
   * way that may not be cut: then it works after the next `onSynced`.
   *
   * @param maxRecords at a time; the next call goes on behind them
   * @param maxBytes of their values and keys: one record is the last when it reaches that
   */
  takeUnsynced(maxRecords?: number, maxBytes?: number): readonly StoredRecord[];
  /** All that is not synced yet, whoever has it; nothing is held by that. */
  peekUnsynced(): readonly StoredRecord[];
  /** Whether `takeUnsynced()` has stopped at one of these. */
  readonly takesOn: boolean;
  /** Whether `read()` has given all that is synced. */
  readonly caughtUp: boolean;
  /** It is done: delivered, moved to another lane, or told as lost. */
  acknowledge(position: number): void;
  /** A held record is unread again: `read()` gives it after a `rewind()`. */
  release(position: number): void;
}

/** What a record was, when it is lost. */
export interface LostRecord extends MessageId, Pick<OutgoingRecord, 'headers'> {
  readonly position: number;
  readonly kind: OutgoingKind;
  /** How many it holds. */
  readonly events: number;
  readonly former: boolean;
}

/** What the store tells, in turns of its own: never inside of a call. */
export interface StoreListener {
  /** `lane.synced` has grown. */
  onSynced(lane: StoreLane): void;
  /**
   * Unread records will not arrive; the ledger has them already. What is held is never among them.
   *
   * @param count how many events they are: more than `records` have where the place on disk is damaged, so that nothing tells which they were
   */
  onLost(lane: StoreLane, cause: LossCause, records: readonly LostRecord[], count: number): void;
  /** The disk does not take these: they are in the caller's hands again, and no longer in the lane. */
  onUnstored(lane: StoreLane, records: readonly StoredRecord[]): void;
  /** From now on nothing may be appended (`STORE_DEGRADED`); it is tried again every few seconds. */
  onDegraded(error: NorthwardError): void;
  /** It works again, or for the first time. */
  onWorking(): void;
  /** Something that a person should know, though the store goes on. */
  onWarning(message: string, hint: string): void;
}

/** A gap in the data that the ledger tells of, and Kafka has not heard of yet. */
export interface DataGap {
  readonly id: number;
  readonly lane: string;
  readonly kind: OutgoingKind | 'unknown';
  /** Event times, Unix ms; `null`: not known. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly count: number;
  readonly cause: LossCause;
  /** It goes out once everything below this position of its lane is done. */
  readonly before: number;
}

/** The store of one app. */
export interface Store {
  /** Random, made with the store. `""` until it is open. */
  readonly id: string;
  /** Grows with every `open()`. 0 until it is open. */
  readonly life: number;
  readonly working: boolean;
  /** By importance, the most important first; lanes that only a former configuration had come last. */
  readonly lanes: readonly StoreLane[];
  lane(name: string): StoreLane;
  /** Where records of this lane wait for topics that are missing: bounded by a quarter of the lane. */
  parked(name: string): StoreLane;
  /** Opens it in constant time. Never rejects: what goes wrong is told by `onDegraded`. */
  open(): Promise<void>;
  /** Enters into the ledger what Kafka will never take; the caller acknowledges it then. */
  lose(
    lane: string,
    record: Pick<OutgoingRecord, 'kind' | 'timestampMs' | 'value' | 'key' | 'packed'>,
    cause: LossCause,
  ): void;
  /** By cause, lane, kind and day. */
  ledger(): readonly LossEntry[];
  readonly gaps: readonly DataGap[];
  /** Kafka has it. */
  acknowledgeGap(id: number): void;
  metrics(): StoreMetrics;
  /** When it came to a bound at which it still is, monotonic ms; `null`: it is at none. */
  readonly fullAt: number | null;
  /** Starts a commit of all that waits, whatever the intervals say. Resolves when it is synced, or cannot be. Never rejects. */
  flush(): Promise<void>;
  /** Syncs what it can until the deadline resolves, writes its state and lets go of the folder. Never rejects. */
  close(deadline: Promise<unknown>): Promise<void>;
}

export interface LaneOptions {
  readonly name: string;
  readonly kinds: ReadonlySet<OutgoingKind>;
  /** 0: a record is synced before a client gets it. */
  readonly storeAfterMs: number;
  readonly commitIntervalMs: number;
  readonly maxBytes: number;
  readonly maxAgeMs: number;
  /** false: it never loses records to its size; full, it takes no more. */
  readonly evictable: boolean;
}

/** What a store is made with; `ResolvedConfig.uplink.store` fits. */
export interface StoreOptions {
  /** Absolute, of the app alone: `<store.path>/app-<id>`. */
  readonly folder: string;
  readonly maxBytes: number;
  readonly minFreeBytes: number;
  readonly whenFull: 'drop_oldest' | 'reject_new';
  readonly compress: boolean;
  readonly allowNetworkFs: boolean;
  /** By importance, the most important first. */
  readonly lanes: readonly LaneOptions[];
}
