/** Where messages are handed in: the outbox, or the forwarder that stands before it where a store is configured. */
import type { Pending } from './pending.js';

export interface Intake {
  /** A record to fill; goes on to `submit` or back by `release`. */
  take(): Pending;
  release(pending: Pending): void;
  /** Whether the next message most likely goes to the client within `submit()`, and nobody needs its value before it has to go again. */
  readonly takesAtOnce: boolean;
  /**
   * Accepts the message, lets its caller wait, or ends it with an error.
   * @param nowMs monotonic; a batch asks the clock once for many
   */
  submit(pending: Pending, nowMs?: number): void;
}
