/**
 * The only way to Kafka: everything above this line is free of the native client, so that it runs on
 * memory ports in tests and in consumers' unit tests.
 */
import type { ErrorCode } from '../../api/errors.js';
import type { OutgoingRecord } from '../../record/outgoing-record.js';
import type { TopicCreator } from './topic-creator.js';

/** Why a connection fails, as far as the client tells. */
export interface ConnectionCause {
  readonly code: ErrorCode;
  /** One line for a person; never holds a secret. */
  readonly message: string;
  /** Id of the broker it is about; `null` for a bootstrap address, whose id is not known yet. */
  readonly brokerId: number | null;
  /** What fixes it; absent: the hint of the code. */
  readonly hint?: string | undefined;
  /** `host:port` of the broker it is about. */
  readonly address?: string | null | undefined;
  /**
   * What a closer look would tell: why the certificate at the address is refused, whether TLS is spoken there at all,
   * or whether our own certificate has expired.
   */
  readonly look?: 'certificate' | 'tls' | 'own' | undefined;
  /** It may as well be an outage. */
  readonly unsure?: boolean | undefined;
  /** It is about the coordinator of the group, whose address is always learnt from other brokers. */
  readonly coordinator?: boolean | undefined;
  /** The address was reached by this connection, which then broke off; or it is one that the user configured. */
  readonly reached?: boolean | undefined;
}

export interface ClusterInfo {
  /** Id of the broker that answered; -1 when it was reached by a bootstrap address. */
  readonly answeredBy: number;
  /** `host:port` of each broker, as advertised. */
  readonly brokers: readonly string[];
  /** Partition count of each topic in the answer; 0 where the topic does not exist. */
  readonly topics: ReadonlyMap<string, number>;
  /** Topics in the answer of which a partition has no leader at the moment. */
  readonly leaderless: ReadonlySet<string>;
}

/** What a client tells, whenever it does. Calls come on the event loop, never inside a port's method. */
export interface ClientListener {
  /** A connection attempt or an open connection failed. */
  onCause(cause: ConnectionCause): void;
  /** No broker is connected at the moment. */
  onAllBrokersDown(): void;
  /** The client has to be made again. */
  onFatal(reason: string): void;
  /** A line of the client's own log. `level`: syslog severity, 0–7. */
  onLog(level: number, facility: string, message: string): void;
}

export interface ProducerListener extends ClientListener {
  /** The final outcome of one record. `failure`: null where it arrived. `offset`: null where the broker does not tell. */
  onReport(id: number, failure: DeliveryFailure | null, partition: number, offset: number | null): void;
  /** Records of these topics were answered `later`: now is the time. */
  onTakes(topics: readonly string[]): void;
  /** One of several clients is gone, and no report of these records will come: they are to go again. */
  onReturned(ids: readonly number[]): void;
  /** The client is going to send records of this topic again. What it has of it at this moment may be stored already. */
  onRetry(topic: string): void;
  /** The client begins a new epoch: what it sends again from now on, brokers take for new. */
  onNewEpoch(): void;
}

/** Why a record did not arrive. One object for each cause, made once. */
export interface DeliveryFailure {
  readonly code: ErrorCode;
  /** Whose word it is, for people: `librdkafka -192`. */
  readonly origin: string;
  /** A broker refused the whole batch, for this or another record in it; `null`: it did not. */
  readonly refusal: BatchRefusal | null;
  /** No outcome: the client died with the record inside, which goes to the next client. */
  readonly diedWithClient: boolean;
}

export interface BatchRefusal {
  /** What is wrong with a record of the batch. */
  readonly because: 'timestamp' | 'record';
  /** In words. */
  readonly reason: string;
  /** The same of a record that was alone in its batch. */
  readonly ownReason: string;
  readonly hint: string;
}

/**
 * What `produce()` answers. `null`: taken, a report will come; `moved`: the same, by another client than the former records of
 * the topic, all of which are reported. Else no report follows: its topic has to wait for `onTakes()`, the client's queue is
 * full, the client is beyond recovery, or the record is refused.
 */
export type ProduceAnswer = null | 'moved' | 'later' | 'queue_full' | 'fatal' | DeliveryFailure;

/** What every client can do. */
export interface ClientPort {
  /** Asks a broker. Rejects with a `ConnectionError` when none answers in time. */
  metadata(timeoutMs: number, topic?: string): Promise<ClusterInfo>;
  /** Ends the client. Never rejects. A producer's outstanding reports are lost: wait for them first. */
  close(flushMs: number): Promise<void>;
}

/** One live producer. Made by a `ProducerSource`; ends with `close()`. */
export interface ProducerPort extends ClientPort {
  /** Absent where `topics.create` is off. */
  readonly creator?: TopicCreator | undefined;
  /**
   * Hands one record over, without waiting. `id` comes back in the delivery report. The port copies what
   * it needs of the record before it returns. An empty key or value stays empty, null stays null; for `timestampMs` see
   * `carriesTimestamp()`.
   */
  produce(record: OutgoingRecord, id: number): ProduceAnswer;
}

/** Where clients come from. */
export interface ClientSource<L extends ClientListener, P extends ClientPort> {
  /**
   * Makes a client: reads the secrets, builds it, starts connecting. Resolves as soon as the local part is
   * done, whether or not a broker answers. Rejects with a typed error when the local part fails.
   */
  open(listener: L): Promise<P>;
  /** A further client beside that of the last `open()`, which `changed()` goes on to be about. Absent: `open()` makes it. */
  beside?(listener: L): Promise<P>;
  /** Whether the secrets or TLS files differ from those of the last `open()`: a new client may then succeed. */
  changed(): Promise<boolean>;
  /** Why a client neither gets an answer nor says why, if that can be found out. */
  whySilent?(stopping: AbortSignal): Promise<ConnectionCause | null>;
}

/** Clients beside the one that is watched, where topics are many. */
export interface FurtherClients {
  /** At the moment. */
  readonly clients: number;
  /** How often one was made again. */
  readonly reconnects: number;
}

export interface ProducerSource extends ClientSource<ProducerListener, ProducerPort> {
  /** Absent: there is never more than one. */
  readonly further?: FurtherClients;
}
