/**
 * Who is told how a message ended: its caller by a promise, a place in a batch, the downlink by a reply or a dead letter. An
 * owner is told once, whatever happened to the message on its way.
 */
import type { NorthwardError } from '../../api/errors.js';
import type { Receipt } from '../../api/uplink.js';
import type { OutgoingRecord } from '../../record/outgoing-record.js';

/** What a message carries for its owner, so that no object is made for it. */
export interface OwnerSlots {
  promise: Promise<Receipt> | null;
  resolve: ((receipt: Receipt) => void) | null;
  reject: ((error: NorthwardError) => void) | null;
  /** Place in a batch. */
  index: number;
}

/** A message that is in its owner's hands again. */
export interface ReturnedMessage extends OwnerSlots, OutgoingRecord {
  /** A client had it, and it may have arrived. */
  readonly resent: boolean;
}

export interface Owner {
  /** It arrived, or was not to be sent. */
  delivered(message: OwnerSlots, receipt: Receipt): void;
  failed(message: OwnerSlots, error: NorthwardError): void;
  /**
   * Of a store: asked before a failure counts. `true`: it is none, since the owner keeps the message. After a report it is sent
   * again, in order; where the outbox cannot do that, `returned()` follows. Not asked where it was refused alone: that is the end.
   */
  keeps?(message: OwnerSlots, error: NorthwardError): boolean;
  /**
   * Of a store: asked before an error ends a message. `true`: its caller waits no longer, and the owner has entered it as a loss; no error is told.
   */
  writesOff?(message: OwnerSlots): boolean;
  /** Of a record with several events: it was on disk, and is there no more; events of the store tell that. */
  evicted?(message: OwnerSlots, error: NorthwardError): void;
  /** Of a record with several events: it goes on as these two records, whose owners are to be set. */
  divided?(whole: OwnerSlots, first: OwnerSlots, second: OwnerSlots): void;
  /** Of a store: another lane has it on disk now, which is its owner. */
  moved?(message: OwnerSlots): void;
  /** It left the outbox without an outcome, and is its owner's, who calls `release()` when it has no use for it. */
  returned?(message: ReturnedMessage): void;
}

/** The caller of a publish. */
const CALLER: Owner = {
  delivered: (message, receipt) => message.resolve?.(receipt),
  failed: (message, error) => {
    // The caller may have dropped the promise: an `undelivered` event has told it all the same.
    message.promise?.catch(ignored);
    message.reject?.(error);
  },
};

/** The owner of what is in nobody's hands. */
export const NOBODY: Owner = { delivered: ignored, failed: ignored };

function ignored(): void {
  // Nobody is to be told.
}

let capturedResolve: OwnerSlots['resolve'] = null;
let capturedReject: OwnerSlots['reject'] = null;

/** One executor for all promises: no closure per message. */
function capture(resolve: (receipt: Receipt) => void, reject: (error: NorthwardError) => void): void {
  capturedResolve = resolve;
  capturedReject = reject;
}

/** Makes its caller the owner of a message. @returns the promise that ends with it */
export function promiseOf(message: OwnerSlots & { owner: Owner }): Promise<Receipt> {
  const promise = new Promise<Receipt>(capture);
  message.owner = CALLER;
  message.promise = promise;
  message.resolve = capturedResolve;
  message.reject = capturedReject;
  return promise;
}
