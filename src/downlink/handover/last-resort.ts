/** What becomes of a record that nothing else is done with: dead letter, hold or drop (contract §6). */
import { sharedAbort } from '../../core/host-call.js';
import { type Clock, pause } from '../../core/clock.js';
import { NorthwardError } from '../../api/errors.js';
import type { IncomingRecord } from '../../record/incoming-record.js';
import { deadLetterOf } from './dead-letter.js';
import type { LowWaterMark } from '../../core/low-water-mark.js';
import type { Outward, Reply } from '../../record/outward.js';
import type { OwnedPartition } from '../group/partition.js';
import type { FinalDecision } from './redelivery.js';
import type { DownlinkContext } from '../context.js';
import type { OpenWork } from './open-work.js';
import { growingWait } from '../../core/backoff.js';
import { libraryFault } from '../../core/fault.js';
import type { Receipt } from '../../api/uplink.js';

/** A record whose outcome is open. */
export interface OpenRecord {
  readonly record: IncomingRecord;
  readonly partition: OwnedPartition;
  readonly tracker: LowWaterMark;
  /** How often it was handed to the host. */
  readonly attempts: number;
}

type Context = Pick<DownlinkContext, 'config' | 'clock' | 'counters' | 'events' | 'onError'>;

export class LastResort {
  readonly #context: Context;
  readonly #outward: Outward;
  readonly #openWork: OpenWork;
  readonly #stopping = sharedAbort();

  constructor(context: Context, outward: Outward, openWork: OpenWork) {
    this.#context = context;
    this.#outward = outward;
    this.#openWork = openWork;
  }

  /** Resolves when the offset is settled: done or held. Stays open where neither can be reached any more. */
  async settle(decision: FinalDecision, open: OpenRecord, error: NorthwardError): Promise<void> {
    if (decision === 'dead_letter') {
      await this.#deadLetter(open, error);
    } else if (decision === 'hold') {
      this.#hold(open, error);
    } else {
      this.#context.counters.dropped += 1;
      open.tracker.done(open.record.offset);
    }
  }

  /** Sends a former reply again. @returns false: it could not be sent before the partition or the object ended. */
  async answerAgain(open: OpenRecord, reply: Reply): Promise<boolean> {
    const outcome = await this.#untilDelivered(open, () => this.#outward.reply(reply));
    if (outcome !== null && !(outcome instanceof NorthwardError)) this.#context.counters.responses += 1;
    return outcome !== null;
  }

  /** Ends what is on its way. */
  stop(): void {
    this.#stopping.abort();
  }

  async #deadLetter(open: OpenRecord, error: NorthwardError): Promise<void> {
    const { config, clock, counters, events } = this.#context;
    const { record, attempts } = open;
    const { topic: deadLetterTopic } = config.deadLetter;
    const letter = deadLetterOf(record, deadLetterTopic, error, attempts, clock.now());
    const outcome = await this.#untilDelivered(open, () => this.#outward.send(letter));
    if (outcome === null) return;
    if (outcome instanceof NorthwardError) {
      this.#hold(open, outcome);
      return;
    }
    counters.deadLettered += 1;
    open.tracker.done(record.offset);
    const { topic, partition, offset } = record;
    events.emit('dead-letter', () => ({ topic, partition, offset, deadLetterTopic, error, attempts }));
  }

  #hold({ record, partition, tracker }: OpenRecord, error: NorthwardError): void {
    if (partition.revoked) return;
    const { topic, offset } = record;
    if (tracker.held === 0) partition.heldAt = this.#context.clock.monotonic();
    tracker.hold(offset);
    this.#context.counters.held += 1;
    const { held } = tracker;
    const place = { topic, partition: partition.partition, offset };
    this.#context.events.emit('offset-held', () => ({ ...place, error, held }));
  }

  async #untilDelivered(
    { partition }: OpenRecord,
    publish: () => ReturnType<Outward['send']>,
  ): ReturnType<typeof untilDelivered> {
    this.#openWork.sends();
    const signals = [this.#stopping.signal, partition.gone];
    const outcome = await untilDelivered(this.#context.clock, signals, publish, (error) => {
      this.#context.onError(error);
    });
    this.#openWork.sent();
    return partition.revoked ? null : outcome;
  }
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

/**
 * Publishes until there is a receipt, with growing waits. Resolves to an error that trying again cannot fix,
 * or to `null` when one of the signals aborts. Never rejects.
 */
export async function untilDelivered(
  clock: Clock,
  signals: readonly AbortSignal[],
  publish: () => Promise<Receipt>,
  onError: (error: NorthwardError) => void,
): Promise<Receipt | NorthwardError | null> {
  const over = (): boolean => signals.some(({ aborted }) => aborted);
  for (let attempt = 0; !over(); attempt += 1) {
    try {
      return await unlessAborted(signals, publish());
    } catch (error) {
      if (over()) return null;
      const known = error instanceof NorthwardError;
      const failure = known ? error : libraryFault('Sending for the downlink', error);
      onError(failure);
      // What is no error of ours would only come again.
      if (!failure.retryable || !known) return failure;
    }
    await pause(clock, growingWait(FIRST_WAIT_MS, LONGEST_WAIT_MS, attempt + 1), ...signals);
  }
  return null;
}

/** A receipt may take as long as `messageTimeoutMs`; after an abort nobody wants it any more. */
async function unlessAborted<T>(signals: readonly AbortSignal[], work: Promise<T>): Promise<T | null> {
  let end = (): void => undefined;
  const aborted = new Promise<null>((resolve) => {
    end = () => {
      resolve(null);
    };
  });
  for (const signal of signals) signal.addEventListener('abort', end);
  try {
    return await Promise.race([work, aborted]);
  } finally {
    for (const signal of signals) signal.removeEventListener('abort', end);
  }
}
