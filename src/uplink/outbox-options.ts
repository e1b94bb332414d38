/** What an outbox is made with. */
import type { NorthwardError } from '../errors.js';
import type { Pending } from './pending.js';

export interface OutboxLimits {
  readonly maxMessages: number;
  readonly maxBytes: number;
  readonly whenFull: 'reject' | 'wait' | 'drop_oldest';
  readonly waitMs: number;
  /** 0: no limit. */
  readonly messageTimeoutMs: number;
  /** librdkafka's `message.max.bytes`. */
  readonly maxMessageBytes: number;
  readonly onFatal: 'resend' | 'fail';
  /** The broker tells where it stored a record: not with `acks: none`. */
  readonly offsetsTold: boolean;
}

export interface OutboxHooks {
  readonly delivered: (pending: Pending) => void;
  readonly failed: (pending: Pending, error: NorthwardError) => void;
  /** The error of a report that says no. */
  readonly failureOf: (pending: Pending, errorCode: number) => NorthwardError;
  /** Why the connection fails, if it does. */
  readonly because: () => NorthwardError | undefined;
  /** The client says that it is beyond recovery. */
  readonly fatal: () => void;
  /** Ask the broker whether it has this topic now; the answer goes to `topicAnswer()`. */
  readonly askTopic: (topic: string) => void;
  /** At least one record was delivered just now. */
  readonly progress: () => void;
}

/** The error that ends a message. */
export type ErrorOf = (pending: Pending) => NorthwardError;
