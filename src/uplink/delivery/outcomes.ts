/**
 * How every message ends, accepted or not: counted, told as an event and to the log where it failed, and told to its owner. Once
 * each.
 */
import type { NorthwardError } from '../../api/errors.js';
import type { LossLog, LossName } from '../../observability/loss-log.js';
import type { UplinkCounters } from '../../observability/counters.js';
import { isUplinkKind } from '../../api/kinds.js';
import type { SkippedReceipt, UplinkKind } from '../../api/uplink.js';
import type { Pending } from './pending.js';
import { receiptOf } from './receipts.js';
import type { UndeliveredEvents } from './undelivered.js';

const SKIPPED: Readonly<Record<SkippedReceipt['reason'], SkippedReceipt>> = {
  uplink_disabled: Object.freeze({ status: 'skipped', reason: 'uplink_disabled' }),
  mapping_disabled: Object.freeze({ status: 'skipped', reason: 'mapping_disabled' }),
};

const SKIP_LINES: Readonly<Record<SkippedReceipt['reason'], LossName>> = {
  uplink_disabled: 'uplinkDisabled',
  mapping_disabled: 'mappingDisabled',
};

export class Outcomes {
  readonly #counters: UplinkCounters;
  readonly #losses: LossLog;
  readonly #undelivered: UndeliveredEvents;

  constructor(counters: UplinkCounters, losses: LossLog, undelivered: UndeliveredEvents) {
    this.#counters = counters;
    this.#losses = losses;
    this.#undelivered = undelivered;
  }

  /** A delivery report said yes. @param nowMs monotonic */
  delivered(pending: Pending, nowMs: number): void {
    const { events } = pending;
    this.#counters.success += events;
    // What lay on disk says nothing of the way to the broker.
    if (!pending.replayed) this.#counters.latency.observe(nowMs - pending.acceptedAt, events);
    pending.owner.delivered(pending, receiptOf(pending));
  }

  /** It ended with an error, before or after its acceptance. */
  failed(pending: Pending, error: NorthwardError): void {
    if (pending.owner.writesOff?.(pending) === true) return;
    if (pending.events > 1) {
      // Its owner comes back with each of its events.
      pending.owner.failed(pending, error);
      return;
    }
    this.#counters.failed(error.code);
    pending.owner.failed(pending, error);
    // The downlink looks after its dead letters itself, and the store after its gaps.
    if (pending.kind === 'dead_letter' || pending.kind === 'data_gap') return;
    this.#noteLost(pending.kind, error);
    this.#undelivered.add(pending, pending.kind, error);
  }

  /** It was on disk, and is there no more: events of the store tell that, and its caller still waits. */
  evicted(pending: Pending, error: NorthwardError): void {
    const { caller } = pending;
    if (caller.evicted !== undefined) {
      caller.evicted(pending, error);
      return;
    }
    this.countFailed(error);
    caller.failed(pending, error);
  }

  /** One ended with an error of which its owner is told elsewhere. */
  countFailed(error: NorthwardError): void {
    this.#counters.failed(error.code);
  }

  /** Messages of its kind are not sent. */
  skipped(pending: Pending, kind: UplinkKind, reason: SkippedReceipt['reason']): void {
    this.#counters.skipped += 1;
    this.#losses.note(SKIP_LINES[reason], kind);
    pending.owner.delivered(pending, SKIPPED[reason]);
  }

  /** A publish at the wrong time of the object's life: told as any other failure. */
  refused(kind: UplinkKind, data: unknown, error: NorthwardError): void {
    this.#noteLost(kind, error);
    // After `stop()` the log alone tells: an event could come after the end, and a listener publish again.
    if (error.code === 'STOPPED') return;
    this.#counters.failed(error.code);
    this.#undelivered.addRefused(kind, data, error);
  }

  #noteLost(kind: UplinkKind, error: NorthwardError): void {
    const subject = isUplinkKind(kind) ? kind : 'event';
    this.#losses.note(error.code === 'DELIVERY_UNKNOWN' ? 'maybeLost' : 'lost', subject, { error });
  }
}
