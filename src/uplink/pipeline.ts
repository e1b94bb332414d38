/** One event, from the host's call to its outcome: skip or encode, accept, settle. */
import type { Clock } from '../core/clock.js';
import { NorthwardError, PublishError } from '../api/errors.js';
import { handled } from '../core/host-call.js';
import { reasonOf } from '../api/reason.js';
import type { Receipt, UplinkEvent, UplinkKind } from '../api/uplink.js';
import { bytesOf } from '../record/outgoing-record.js';
import { BatchOutcomes } from './batch.js';
import { type Outcome } from '../api/uplink.js';
import { kindOf } from './event/event.js';
import type { UplinkMapper } from './encode/mapper.js';
import type { Intake } from './delivery/intake.js';
import type { QueueSize } from './delivery/limits.js';
import type { Outcomes } from './delivery/outcomes.js';
import { promiseOf } from './delivery/owner.js';
import type { Pending } from './delivery/pending.js';

/** Events of a batch that are taken in in one turn of the event loop: fewer than may be handed over, so that none has to wait. */
const BATCH_SLICE = 96;

export class UplinkPipeline {
  #mapper: UplinkMapper;
  readonly #intake: Intake;
  readonly #outcomes: Outcomes;
  readonly #clock: Clock;
  readonly #size: QueueSize;
  /** Set while a large batch is taken in by slices: later calls line up behind it, so that order holds. */
  #slicing: Promise<void> | null = null;
  /** A part of a batch is being taken in: the host's own code may publish another one meanwhile, which lines up. */
  #inSlice = false;
  /** Calls behind it, first come first served. */
  #line: Promise<void> = Promise.resolve();
  #inLine = 0;
  /** A call from the line is being taken in. */
  #entering = false;
  /** A message is under way whose bytes the next one would write over. The host's own code, a getter or its logger, may publish meanwhile. */
  #passing = false;

  /** @param size so many calls may line up behind a large batch */
  constructor(mapper: UplinkMapper, intake: Intake, outcomes: Outcomes, clock: Clock, size: QueueSize) {
    this.#mapper = mapper;
    this.#intake = intake;
    this.#outcomes = outcomes;
    this.#clock = clock;
    this.#size = size;
  }

  /** Why no further call is taken: so many wait behind a large batch; `null`: it is. */
  get lineFull(): NorthwardError | null {
    if (this.#inLine < this.#size.maxMessages) return null;
    const message = `${this.#inLine} calls wait already until a large batch is taken in`;
    return new PublishError('QUEUE_FULL', message);
  }

  /** Calls from now on go by this mapper. */
  use(mapper: UplinkMapper): void {
    this.#mapper = mapper;
  }

  /** @param mapper that of the time of the call, which may have waited in line */
  publish(kind: UplinkKind, data: unknown, untilStored = false, mapper = this.#mapper): Promise<Receipt> {
    if (this.#mustWait) return this.#behindBatch(() => this.publish(kind, data, untilStored, mapper));
    const pending = this.#intake.take();
    pending.untilStored = untilStored;
    pending.mustBeStored = untilStored;
    const promise = promiseOf(pending);
    this.#take(kind, data, pending, mapper, this.#clock.monotonic());
    return promise;
  }

  /** `events`: a copy that nobody else has. */
  publishBatch(
    events: readonly UplinkEvent[],
    untilStored = false,
    mapper = this.#mapper,
  ): Promise<Outcome[]> {
    if (this.#mustWait || this.#inSlice)
      return this.#behindBatch(() => this.publishBatch(events, untilStored, mapper));
    if (events.length === 0) return Promise.resolve([]);
    return new Promise((resolve) => {
      this.#slice(events, 0, new BatchOutcomes(events.length, untilStored, resolve), mapper);
    });
  }

  /** Resolves when no batch is being taken in any more. */
  async takenIn(): Promise<void> {
    if (this.#mustWait) await this.#behindBatch(() => Promise.resolve());
  }

  #slice(events: readonly UplinkEvent[], from: number, outcomes: BatchOutcomes, mapper: UplinkMapper): void {
    const to = Math.min(events.length, from + BATCH_SLICE);
    this.#inSlice = true;
    try {
      this.#takePart(events, from, to, outcomes, mapper);
    } finally {
      this.#inSlice = false;
    }
    if (to === events.length) return;
    const slicing = new Promise<void>((resolve) => {
      this.#clock.soon(() => {
        this.#slicing = null;
        this.#slice(events, to, outcomes, mapper);
        resolve();
      });
    });
    this.#slicing = slicing;
  }

  #takePart(
    events: readonly UplinkEvent[],
    from: number,
    to: number,
    outcomes: BatchOutcomes,
    mapper: UplinkMapper,
  ): void {
    const nowMs = this.#clock.monotonic();
    for (let index = from; index < to; index += 1) {
      const event = events[index];
      const pending = this.#intake.take();
      pending.owner = outcomes;
      pending.index = index;
      pending.untilStored = outcomes.untilStored;
      pending.mustBeStored = outcomes.untilStored;
      this.#take(kindOf(event), event, pending, mapper, nowMs);
    }
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
    return handled(outcome);
  }

  #take(kind: UplinkKind, data: unknown, pending: Pending, mapper: UplinkMapper, nowMs: number): void {
    if (this.#passing || !this.#intake.takesAtOnce) {
      this.#admit(kind, data, pending, mapper, nowMs, false);
      return;
    }
    this.#passing = true;
    try {
      this.#admit(kind, data, pending, mapper, nowMs, true);
    } finally {
      this.#passing = false;
      pending.keepBytes();
    }
  }

  /** @param once its bytes need not last longer than this call */
  #admit(
    kind: UplinkKind,
    data: unknown,
    pending: Pending,
    mapper: UplinkMapper,
    nowMs: number,
    once: boolean,
  ): void {
    pending.kind = kind;
    try {
      const reason = mapper.skipReason(kind);
      if (reason !== null) {
        this.#outcomes.skipped(pending, kind, reason);
        this.#intake.release(pending);
        return;
      }
      mapper.encode(kind, data, pending, once);
    } catch (error) {
      this.#outcomes.failed(pending, typed(error));
      this.#intake.release(pending);
      return;
    }
    pending.bytes = bytesOf(pending);
    this.#intake.submit(pending, nowMs);
  }
}

function typed(cause: unknown): NorthwardError {
  if (cause instanceof NorthwardError) return cause;
  return new PublishError('EVENT_INVALID', `The event cannot be read: ${reasonOf(cause)}`, { cause });
}
