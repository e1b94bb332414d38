/** What the contract suite needs of a Kafka, in memory or not. */
import type { KafkaNorthward } from '../../src/index.js';

/** A record as it lies in a topic. */
export interface StoredRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly timestampMs: number;
}

export interface RecordToSend {
  readonly key?: string | null;
  readonly value: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One place to run the suite at. */
export interface Harness {
  /** Not started. `config` without its connection. */
  make(config: object): KafkaNorthward;
  /** Makes topics that may be read and written to. */
  prepare(...topics: string[]): Promise<void>;
  /** Appends to partition 0. @returns the offset */
  send(topic: string, record: RecordToSend): Promise<number>;
  /** The first `count` records of a topic; waits for them. Of one partition, they are in order. */
  read(topic: string, count: number): Promise<StoredRecord[]>;
  /** What the group has committed for partition 0; `null`: nothing. */
  committed(groupId: string, topic: string): Promise<number | null>;
  /** Where time stands still until told otherwise, so much goes by. */
  passTime(ms: number): Promise<void>;
  stop(): Promise<void>;
}

/** Where it runs, and how to get there. */
export interface Place {
  readonly name: string;
  /** Its tests may run at the same time, each with a northward object and topics of its own. */
  readonly concurrent: boolean;
  readonly start: () => Promise<Harness>;
}
