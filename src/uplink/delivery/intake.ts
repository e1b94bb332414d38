/** Where messages are handed in: the outbox, or the forwarder that stands before it where a store is configured. */
import type { Pending } from './pending.js';

export interface Intake {
  /** A record to fill; goes on to `submit` or back by `release`. */
  take(): Pending;
  release(pending: Pending): void;
  /** Accepts the message, lets its caller wait, or ends it with an error. */
  submit(pending: Pending): void;
}
