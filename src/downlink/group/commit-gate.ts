/**
 * Whether a commit may be handed to the client. One that nobody answers cannot be taken back, and librdkafka never closes a
 * client that waits for one. So it is handed over only where a broker showed life a moment ago; else the group's
 * coordinator is asked first.
 */
import type { Clock } from '../../core/clock.js';
import { NorthwardError } from '../../api/errors.js';
import type { ConsumerPort, TopicPartition } from '../../kafka/port/consumer-port.js';

/** A sign of life counts for so long. */
const FRESH_MS = 1_000;
const ASK_TIMEOUT_MS = 1_000;

export class CommitGate {
  readonly #clock: Clock;
  #aliveAt = Number.NEGATIVE_INFINITY;
  #troubled = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * A commit or a question was answered. Records are no sign of life: the client has thousands in stock, and brings them long
   * after the broker is gone.
   */
  brokerAnswered(): void {
    this.#aliveAt = this.#clock.monotonic();
    this.#troubled = false;
  }

  /** A connection failed, or a question had no answer. */
  noAnswer(): void {
    this.#troubled = true;
  }

  /** Nothing went wrong since the last sign of life. */
  get untroubled(): boolean {
    return !this.#troubled;
  }

  /** The last sign of life is so young that a commit will be answered. */
  get open(): boolean {
    return this.untroubled && this.#clock.monotonic() - this.#aliveAt < FRESH_MS;
  }

  /** Asks the coordinator for a sign of life. */
  async ask(port: ConsumerPort, place: TopicPartition): Promise<boolean> {
    const answered = await port.committed([place], ASK_TIMEOUT_MS).then(
      () => true,
      // It did answer, though not for this partition.
      (error: unknown) => error instanceof NorthwardError && error.code === 'POSITIONS_UNKNOWN',
    );
    if (answered) this.brokerAnswered();
    else this.noAnswer();
    return answered;
  }
}
