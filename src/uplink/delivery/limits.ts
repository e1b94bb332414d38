/** What an outbox is made with. */
import type { NorthwardError } from '../../api/errors.js';
import type { Pending, TopicQueue } from './pending.js';

/** What `uplink.queue` takes; it may be changed while messages are in it: ask it each time. */
export interface QueueSize {
  readonly maxMessages: number;
  readonly maxBytes: number;
}

export interface OutboxLimits extends QueueSize {
  readonly whenFull: 'reject' | 'wait' | 'drop_oldest';
  readonly waitMs: number;
  /** 0: no limit. */
  readonly messageTimeoutMs: number;
  /** librdkafka's `message.max.bytes`. */
  readonly maxMessageBytes: number;
  readonly onFatal: 'resend' | 'fail';
  /** The broker tells where it stored a record: not with `acks: none`. */
  readonly offsetsTold: boolean;
  /** Nothing arrived for so long while a client holds records: `ProducerLink.noReports()`. */
  readonly noReportMs: number;
  /** Whoever is asked about a missing topic makes it (`topics.create`). */
  readonly makesTopics: boolean;
}

/** What an outbox knows of the producer and its connection. */
export interface ProducerLink {
  /** A broker answers. */
  readonly connected: boolean;
  /** Why the connection fails, if it does. */
  readonly because: NorthwardError | undefined;
  /** A topic used before that this one collides with (see `TopicLog`). */
  rivalOf(topic: string): string | undefined;
  /** The client says that it is beyond recovery. */
  fatal(): void;
  /** Ask the broker whether it has this topic now; the answer goes to `topicAnswer()`. */
  askTopic(topic: string): void;
  /** The client says nothing, and has to be made again all the same. */
  renewClient(why: string): void;
  /** At least one record was delivered just now. */
  progress(): void;
  /** A client holds records, and nothing arrived for so long. Called again as long as nothing does. */
  noReports(ms: number): void;
  /** A topic is missing, forbidden or silent; `null`: what is sent fails for something else, and goes again. */
  onTopicFault(error: NorthwardError, queue: TopicQueue | null): void;
  /** A record arrived, for the first time since the topic was last in doubt. */
  topicTakes(topic: string): void;
}

/** The error that ends a message. */
export type ErrorOf = (pending: Pending) => NorthwardError;
