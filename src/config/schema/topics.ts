import { flag, integerOrDefault, section } from './kit.js';

/** Whether and how topics are made. */
export const topics = section(
  'Topics',
  'How topics are made that are missing: by npx ng-kafka-northward topics --create, or while publishing. Topics that exist are left as they are.',
  {
    create: flag(
      'Create missing topics',
      'A topic that is found missing while publishing is made, and its messages are sent then. For topics by hour or by device on brokers without auto-creation. Needs the right CREATE. Topics of commands are never made.',
      false,
    ),
    partitions: integerOrDefault(
      'Partitions',
      'Partitions of a topic that is made. null: as many as the brokers give by default (num.partitions).',
      { minimum: 1, maximum: 100_000 },
    ),
    replicationFactor: integerOrDefault(
      'Replicas',
      'On how many brokers each partition is kept. null: as the brokers do by default (default.replication.factor).',
      // librdkafka asks for no more.
      { minimum: 1, maximum: 10_000 },
    ),
    retentionMs: integerOrDefault(
      'Retention (ms)',
      'How long records are kept, in milliseconds; -1: without end. null: as the brokers do by default (log.retention.ms). Kafka: retention.ms.',
      { minimum: -1, maximum: Number.MAX_SAFE_INTEGER },
    ),
  },
);
