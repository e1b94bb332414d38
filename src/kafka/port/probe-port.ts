/** What a diagnosis needs of Kafka: questions that change nothing. No group is joined and nothing is committed. */
import type { X509Certificate } from 'node:crypto';
import type { ErrorCode } from '../../api/errors.js';
import type { RecordPlace } from '../../api/events.js';
import type { PartitionBounds, TopicPartition } from './consumer-port.js';
import type { ClientListener, ClientPort, ConnectionCause } from './ports.js';

export type ProbeSide = 'uplink' | 'downlink';

/** What a principal may do with a topic or a group, as ACLs name it. */
export type Operation = 'READ' | 'WRITE' | 'DESCRIBE' | 'CREATE' | 'OTHER';

/** What a broker answers instead of facts. */
export interface ProbeFailure {
  readonly code: ErrorCode;
  readonly message: string;
}

export interface PartitionFacts {
  readonly partition: number;
  /** Id of the broker; `null`: it has none at the moment. */
  readonly leader: number | null;
  /** Ids of brokers. */
  readonly replicas: readonly number[];
  readonly inSync: readonly number[];
}

export interface TopicFacts {
  readonly topic: string;
  /** `null`: none. */
  readonly failure: ProbeFailure | null;
  readonly partitions: readonly PartitionFacts[];
  /** `null`: the broker does not tell. */
  readonly operations: ReadonlySet<Operation> | null;
}

export interface GroupMember {
  readonly clientId: string;
  readonly host: string;
  readonly instanceId: string | null;
  readonly partitions: readonly TopicPartition[];
}

export interface GroupFacts {
  readonly failure: ProbeFailure | null;
  /** `dead`: there is no such group, or none that this principal may see. */
  readonly state: 'unknown' | 'rebalancing' | 'stable' | 'dead' | 'empty';
  /** How partitions are given: `cooperative-sticky`, say; `""` while there are no members. */
  readonly assignor: string;
  readonly members: readonly GroupMember[];
  readonly operations: ReadonlySet<Operation> | null;
  /** What is committed. */
  readonly offsets: readonly RecordPlace[];
}

/** A client that only asks. All reject with a `ConnectionError` where nobody answers in time. */
export interface ProbePort extends ClientPort {
  /** In the order of the names. No topic is created by asking. */
  describeTopics(topics: readonly string[], timeoutMs: number): Promise<readonly TopicFacts[]>;
  /** Of a client of the downlink only: the native client needs a consumer group of its own to ask for one. It does not join it. */
  describeGroup(groupId: string, timeoutMs: number): Promise<GroupFacts>;
  bounds(partitions: readonly TopicPartition[], timeoutMs: number): Promise<readonly PartitionBounds[]>;
}

/** One thing that a client is made with: a secret, or a file of TLS. */
export interface ProbeReference {
  /** Of the setting. */
  readonly path: string;
  /** Where it comes from, in words; never what it is. */
  readonly from: string;
  /** Rejects with a typed error where it cannot be read. */
  check(): Promise<void>;
}

/** A record that is produced to a topic, and read back from it. */
export interface Canary {
  readonly topic: string;
  readonly key: Buffer;
  readonly value: Buffer;
}

/** Both ends of the way of a canary. */
export interface CanaryPort {
  /** Resolves with where the broker put it; rejects with a typed error. `offset` is `null` where the broker does not tell. */
  produce(
    canary: Canary,
    timeoutMs: number,
  ): Promise<Omit<RecordPlace, 'offset'> & { readonly offset: number | null }>;
  /** Reads from that place on, without a group, until the record is found. Resolves with whether it was. */
  find(canary: Canary, from: RecordPlace, timeoutMs: number): Promise<boolean>;
  /** Ends what is open. Never rejects. */
  close(): Promise<void>;
}

export interface ProbeSource {
  /** Loads the native client. @returns its version. Rejects with a typed error. */
  load(): Promise<string>;
  readonly references: readonly ProbeReference[];
  /** @param server `host:port`; `null`: all of the configuration */
  open(side: ProbeSide, server: string | null, listener: ClientListener): Promise<ProbePort>;
  /** The certificate by which this client is known; `null`: there is none. */
  ownCertificate(): Promise<X509Certificate | null>;
  /** Why a client neither gets an answer nor says why, if that can be found out. */
  whySilent(stopping: AbortSignal): Promise<ConnectionCause | null>;
  canary(): CanaryPort;
}
