/** One attempt: a command in the host's hands. It is settled once; what comes later does nothing (contract §6). */
import type {
  CommandMeta,
  DownlinkDataByKind,
  DownlinkKind,
  ReplyByKind,
  ReplyReceipt,
} from '../../api/commands.js';
import type { Clock, Timer } from '../../core/clock.js';
import { CommandError, NorthwardError, PublishError } from '../../api/errors.js';
import { isError, reasonOf } from '../../api/reason.js';
import type { Receipt } from '../../api/uplink.js';
import { handled } from '../../core/host-call.js';
import type { Delivery, InHand } from '../group/partition.js';
import type { Reply } from '../../record/outward.js';

/** What a command tells of itself. */
export interface CommandHandling {
  readonly clock: Clock;
  /** The host is done. */
  acked(command: HostCommand, reply: Reply | undefined): void;
  /** The host failed. */
  failed(command: HostCommand, error: unknown, retryAfterMs: number | undefined): void;
  /** @throws NorthwardError */
  buildReply(delivery: Delivery, reply: ReplyByKind[DownlinkKind]): Reply;
  /** Whether `respond()` will take the answer of a success. */
  canRespond(delivery: Delivery): boolean;
  publish(reply: Reply): Promise<Receipt>;
  /** No answer goes out: whether or not the host looks at the promise. */
  replyRefused(delivery: Delivery, error: NorthwardError): void;
  /** Settling failed where nobody may wait for it. */
  fault(cause: unknown): void;
}

type ReplyState = { readonly reply: Reply; readonly sending: Promise<NorthwardError | null> };

export class HostCommand implements InHand {
  readonly kind: DownlinkKind;
  readonly data: DownlinkDataByKind[DownlinkKind];
  slot = -1;
  readonly #attempt: number;
  #meta: CommandMeta | undefined;
  readonly #delivery: Delivery;
  readonly #handling: CommandHandling;
  readonly #handedAt: number;
  #settled = false;
  #stale = false;
  #settling: Promise<void> | undefined;
  #reply: ReplyState | undefined;
  #abort: AbortController | undefined;
  #budget: Timer | undefined;

  constructor(delivery: Delivery, handling: CommandHandling) {
    this.kind = delivery.event.kind;
    this.data = delivery.event.data;
    this.#attempt = delivery.attempts;
    this.#delivery = delivery;
    this.#handling = handling;
    this.#handedAt = handling.clock.monotonic();
  }

  /** The way of this command over all its attempts. For the library. */
  static deliveryOf(command: HostCommand): Delivery {
    return command.#delivery;
  }

  /** Made when it is looked at. */
  get meta(): CommandMeta {
    this.#meta ??= this.#delivery.meta(this.#attempt);
    return this.#meta;
  }

  get canRespond(): boolean {
    return this.#handling.canRespond(this.#delivery);
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#stale) this.#abort.abort(this.#staleError());
      else if (!this.#settled) this.#startBudget(this.#abort);
    }
    return this.#abort.signal;
  }

  ack(): Promise<void> {
    if (!this.#settled && !this.#stale) this.acknowledge();
    return handled(this.#outcome());
  }

  nack(error?: unknown, options: { readonly retryAfterMs?: number } = {}): Promise<void> {
    if (!this.#settled && !this.#stale) this.giveBack(error, waitOf(options));
    return handled(this.#outcome());
  }

  respond(reply: ReplyByKind[DownlinkKind]): Promise<ReplyReceipt> {
    if (this.#stale) return this.#refuseReply(this.#staleError());
    if (this.#reply !== undefined) {
      const { topic, partition, offset } = this.meta;
      const message = `respond() was called twice on ${topic} ${partition} offset ${offset}`;
      return this.#refuseReply(new CommandError('RESPONSE_REPEATED', message, { kind: this.kind }));
    }
    if (this.#delivery.answer !== undefined) return Promise.resolve(ALREADY_ANSWERED);
    return handled(this.#respond(reply));
  }

  /** `ack()` without a promise: the loop asked for the next command. */
  acknowledge(): void {
    if (this.#settled || this.#stale) return;
    this.#settled = true;
    const { sending } = this.#reply ?? {};
    if (sending === undefined) this.#finish(null);
    else this.#settling = this.#owned(sending.then((failure) => this.#finish(failure)));
  }

  /** `nack()` without a promise. */
  giveBack(error: unknown, retryAfterMs?: number): void {
    if (this.#settled || this.#stale) return;
    this.#settled = true;
    this.#budget?.cancel();
    const { sending } = this.#reply ?? {};
    if (sending === undefined) this.#handling.failed(this, error, retryAfterMs);
    else {
      // The mark must not pass a command whose reply has no receipt yet.
      const settling = sending.then(() => {
        if (!this.#stale) this.#handling.failed(this, error, retryAfterMs);
      });
      this.#settling = this.#owned(settling);
    }
  }

  abandon(): void {
    if (this.#stale) return;
    this.#stale = true;
    this.#budget?.cancel();
    this.#abort?.abort(this.#staleError());
  }

  /** With its reply undelivered the work counts as failed: the platform is waiting for the answer. */
  #finish(failure: NorthwardError | null): void {
    this.#budget?.cancel();
    if (this.#stale) return;
    if (failure === null) this.#handling.acked(this, this.#reply?.reply ?? this.#delivery.answer);
    else this.#handling.failed(this, failure, undefined);
  }

  #owned(settling: Promise<void>): Promise<void> {
    return settling.catch((cause: unknown) => {
      this.#handling.fault(cause);
    });
  }

  async #outcome(): Promise<void> {
    await this.#settling;
    if (this.#stale) throw this.#staleError();
  }

  async #respond(given: ReplyByKind[DownlinkKind]): Promise<Receipt> {
    const reply = this.#build(given);
    const publishing = this.#handling.publish(reply);
    const sending = publishing.then(
      ({ status }) => {
        if (status !== 'skipped') this.#delivery.answer = reply;
        return null;
      },
      (error: NorthwardError) => {
        // Refused before it was sent: it may be fixed and called again, and is no obstacle to ack().
        if (!error.retryable) this.#reply = undefined;
        return error.retryable ? error : null;
      },
    );
    this.#reply = { reply, sending };
    return publishing;
  }

  #build(given: ReplyByKind[DownlinkKind]): Reply {
    try {
      return this.#handling.buildReply(this.#delivery, given);
    } catch (cause) {
      const error = this.#replyError(cause);
      this.#handling.replyRefused(this.#delivery, error);
      throw error;
    }
  }

  #replyError(cause: unknown): NorthwardError {
    if (isError(cause) && cause instanceof NorthwardError) return cause;
    const message = `respond(): the answer cannot be read: ${reasonOf(cause)}`;
    return new PublishError('EVENT_INVALID', message, { kind: this.kind, cause });
  }

  #refuseReply(error: NorthwardError): Promise<never> {
    this.#handling.replyRefused(this.#delivery, error);
    return handled(Promise.reject(error));
  }

  #startBudget(abort: AbortController): void {
    if (!('timeoutMs' in this.data) || this.kind !== 'write_point') return;
    const { clock } = this.#handling;
    const left = this.#handedAt + (this.data.timeoutMs ?? 0) - clock.monotonic();
    const message = `The budget of the write point (${this.data.timeoutMs} ms) is spent`;
    this.#budget = clock.after(Math.min(Math.max(0, left), MAX_TIMER_MS), () => {
      abort.abort(new CommandError('COMMAND_EXPIRED', message, { kind: this.kind }));
    });
  }

  #staleError(): NorthwardError {
    const { topic, partition, offset } = this.meta;
    const message = `${this.kind} from ${topic} ${partition} offset ${offset}: the partition was taken away`;
    return new CommandError('COMMAND_STALE', message, { topic, kind: this.kind });
  }
}

/** The platform has the answer of an earlier attempt. */
const ALREADY_ANSWERED: ReplyReceipt = Object.freeze({ status: 'skipped', reason: 'already_answered' });

/** The host's wish; `undefined` where it is no time. */
function waitOf(options: { readonly retryAfterMs?: number } | null): number | undefined {
  try {
    const ms: unknown = options?.retryAfterMs;
    return typeof ms === 'number' && ms >= 0 ? ms : undefined;
  } catch {
    return undefined;
  }
}

/** The longest that a timer takes; 25 days. */
const MAX_TIMER_MS = 2_147_483_647;
