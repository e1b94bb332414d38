/** What makes topics: where a person asks for it, or where the configuration does (`topics.create`). */

/** A topic to be made. `null`: as the brokers do by default. */
export interface WantedTopic {
  readonly topic: string;
  readonly partitions: number | null;
  readonly replicationFactor: number | null;
  /** `retention.ms`; -1: without end. */
  readonly retentionMs: number | null;
}

/** What became of it. */
export type Creation = 'made' | 'was_there' | { readonly refused: string };

export interface TopicCreator {
  /** Rejects with a `ConnectionError` when nobody answers in time; then it may be made, or not. */
  createTopic(wanted: WantedTopic, timeoutMs: number): Promise<Creation>;
}
