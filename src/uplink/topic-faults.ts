/**
 * Topics known to be missing or forbidden: messages for them fail fast, and the broker is asked again every
 * few seconds while somebody publishes to them (contract §7).
 */
import type { Clock } from '../clock.js';
import type { ErrorCode, NorthwardError } from '../errors.js';
import type { Lane } from './lane.js';
import type { Pending } from './pending.js';
import { errorFor } from './receipts.js';

const ASK_EVERY_MS = 3_000;

export class TopicFaults {
  readonly #clock: Clock;
  readonly #ask: (topic: string) => void;

  constructor(clock: Clock, ask: (topic: string) => void) {
    this.#clock = clock;
    this.#ask = ask;
  }

  /** The error of a message for a topic in this state; `null`: go on. */
  refusal(pending: Pending, lane: Lane): NorthwardError | null {
    const { broken } = lane;
    if (broken === null) return null;
    if (!broken.asking && this.#clock.monotonic() >= broken.askAt) {
      broken.asking = true;
      this.#ask(lane.topic);
    }
    const state = broken.code === 'TOPIC_NOT_FOUND' ? 'does not exist' : 'may not be written to';
    return errorFor(
      pending,
      broken.code,
      `the topic ${state}; it is asked about again every ${ASK_EVERY_MS} ms`,
    );
  }

  /** A record failed because of its topic. */
  found(lane: Lane, code: ErrorCode): void {
    lane.proven = false;
    lane.trial = false;
    lane.broken ??= { code, askAt: this.#clock.monotonic() + ASK_EVERY_MS, asking: false };
  }

  /** The broker's answer; `null`: none came. */
  answer(lane: Lane, exists: boolean | null): void {
    if (lane.broken === null) return;
    if (exists === true) {
      lane.broken = null;
      lane.trial = true;
      return;
    }
    lane.broken.asking = false;
    lane.broken.askAt = this.#clock.monotonic() + ASK_EVERY_MS;
  }
}
