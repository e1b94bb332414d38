/** One event, from the host's call to its outcome: skip or encode, accept, settle. */
import type { Clock } from '../clock.js';
import { NorthwardError, PublishError } from '../errors.js';
import type { LossLog, LossName } from '../loss-log.js';
import type { UplinkCounters } from '../metrics.js';
import { reasonOf } from '../reason.js';
import type { Receipt, SkippedReceipt, UplinkEvent, UplinkKind } from '../model.js';
import { BatchOutcomes } from './batch.js';
import { kindOf } from './event.js';
import type { UplinkMapper } from './mapping.js';
import type { Outbox } from './outbox.js';
import type { Outcome, Pending } from './pending.js';
import { receiptOf, settleDelivered, settleFailed } from './receipts.js';

/** Events of a batch that are encoded in one turn of the event loop. */
const BATCH_SLICE = 256;

const SKIPPED: Readonly<Record<SkippedReceipt['reason'], SkippedReceipt>> = {
  uplink_disabled: Object.freeze({ status: 'skipped', reason: 'uplink_disabled' }),
  mapping_disabled: Object.freeze({ status: 'skipped', reason: 'mapping_disabled' }),
};

const SKIP_LINES: Readonly<Record<SkippedReceipt['reason'], LossName>> = {
  uplink_disabled: 'uplinkDisabled',
  mapping_disabled: 'mappingDisabled',
};

let capturedResolve: ((receipt: Receipt) => void) | null = null;
let capturedReject: ((error: NorthwardError) => void) | null = null;

/** One executor for all promises: no closure per message. */
function capture(resolve: (receipt: Receipt) => void, reject: (error: NorthwardError) => void): void {
  capturedResolve = resolve;
  capturedReject = reject;
}

export interface PipelineParts {
  readonly mapper: UplinkMapper;
  readonly outbox: Outbox;
  readonly counters: UplinkCounters;
  readonly losses: LossLog;
  readonly clock: Clock;
  /** Calls that may line up behind a large batch. */
  readonly maxInLine: number;
  /** Told of every message that ends with an error. */
  undelivered(pending: Pending, error: NorthwardError): void;
}

export class UplinkPipeline {
  readonly #mapper: UplinkMapper;
  readonly #outbox: Outbox;
  readonly #counters: UplinkCounters;
  readonly #losses: LossLog;
  readonly #clock: Clock;
  readonly #maxInLine: number;
  readonly #undelivered: PipelineParts['undelivered'];
  /** Set while a large batch is taken in by slices: later calls line up behind it, so that order holds. */
  #slicing: Promise<void> | null = null;
  /** Calls behind it, first come first served. */
  #line: Promise<void> = Promise.resolve();
  #inLine = 0;
  /** A call from the line is being taken in. */
  #entering = false;

  constructor(parts: PipelineParts) {
    this.#mapper = parts.mapper;
    this.#outbox = parts.outbox;
    this.#counters = parts.counters;
    this.#losses = parts.losses;
    this.#clock = parts.clock;
    this.#maxInLine = parts.maxInLine;
    this.#undelivered = (pending, error) => {
      parts.undelivered(pending, error);
    };
  }

  /** Why no further call is taken: so many wait behind a large batch; `null`: it is. */
  get lineFull(): NorthwardError | null {
    if (this.#inLine < this.#maxInLine) return null;
    const message = `${this.#inLine} calls wait already until a large batch is taken in`;
    return new PublishError('QUEUE_FULL', message);
  }

  publish(kind: UplinkKind, data: unknown): Promise<Receipt> {
    if (this.#mustWait) return this.#behindBatch(() => this.publish(kind, data));
    const promise = new Promise<Receipt>(capture);
    const pending = this.#outbox.take();
    pending.promise = promise;
    pending.resolve = capturedResolve;
    pending.reject = capturedReject;
    this.#admit(kind, data, pending);
    return promise;
  }

  /** `events`: a copy that nobody else has. */
  publishBatch(events: readonly UplinkEvent[]): Promise<Outcome[]> {
    if (this.#mustWait) return this.#behindBatch(() => this.publishBatch(events));
    if (events.length === 0) return Promise.resolve([]);
    return new Promise((resolve) => {
      this.#slice(events, 0, new BatchOutcomes(events.length, resolve));
    });
  }

  /** Resolves when no batch is being taken in any more. */
  async takenIn(): Promise<void> {
    if (this.#mustWait) await this.#behindBatch(() => Promise.resolve());
  }

  /** A delivery report said yes. */
  delivered(pending: Pending): void {
    this.#counters.success += 1;
    this.#counters.latency.observe(this.#clock.monotonic() - pending.acceptedAt);
    settleDelivered(pending, receiptOf(pending));
  }

  /** The message ended with an error, before or after its acceptance. */
  failed(pending: Pending, error: NorthwardError): void {
    this.#counters.failed(error.code);
    settleFailed(pending, error);
    this.#undelivered(pending, error);
  }

  #slice(events: readonly UplinkEvent[], from: number, outcomes: BatchOutcomes): void {
    const to = Math.min(events.length, from + BATCH_SLICE);
    for (let index = from; index < to; index += 1) {
      const event = events[index];
      const pending = this.#outbox.take();
      pending.batch = outcomes;
      pending.batchIndex = index;
      this.#admit(kindOf(event), event, pending);
    }
    if (to === events.length) return;
    const slicing = new Promise<void>((resolve) => {
      this.#clock.soon(() => {
        this.#slicing = null;
        this.#slice(events, to, outcomes);
        resolve();
      });
    });
    this.#slicing = slicing;
  }

  /** Whether a call has to wait until what came before it is taken in. */
  get #mustWait(): boolean {
    return !this.#entering && (this.#slicing !== null || this.#inLine > 0);
  }

  #behindBatch<T>(call: () => Promise<T>): Promise<T> {
    const turn = this.#line.then(async () => {
      while (this.#slicing !== null) await this.#slicing;
    });
    this.#line = turn;
    this.#inLine += 1;
    const outcome = turn.then(() => {
      this.#inLine -= 1;
      this.#entering = true;
      try {
        return call();
      } finally {
        this.#entering = false;
      }
    });
    // Ignoring it is as safe as ignoring the promise within.
    outcome.catch(() => undefined);
    return outcome;
  }

  #admit(kind: UplinkKind, data: unknown, pending: Pending): void {
    pending.kind = kind;
    try {
      const reason = this.#mapper.skipReason(kind);
      if (reason !== null) {
        this.#counters.skipped += 1;
        this.#losses.note(SKIP_LINES[reason], kind);
        settleDelivered(pending, SKIPPED[reason]);
        this.#outbox.release(pending);
        return;
      }
      this.#mapper.encode(kind, data, pending);
    } catch (error) {
      this.failed(pending, typed(error));
      this.#outbox.release(pending);
      return;
    }
    pending.bytes = (pending.value?.length ?? 0) + (pending.route?.key?.length ?? 0);
    this.#outbox.submit(pending);
  }
}

function typed(cause: unknown): NorthwardError {
  if (cause instanceof NorthwardError) return cause;
  return new PublishError('EVENT_INVALID', `The event cannot be read: ${reasonOf(cause)}`, { cause });
}
