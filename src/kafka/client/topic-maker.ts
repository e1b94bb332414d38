/** Makes topics: for the command line, and where `topics.create` is on. */
import { RD } from '../port/codes.js';
import type { Creation, WantedTopic } from '../port/topic-creator.js';
import type { AdminQuestions } from './admin.js';
import { failureOf, refusalIn } from './answers.js';

/** What brokers take for "as you do by default" (KIP-464). */
const BY_DEFAULT = -1;

/** Rejects with a `ConnectionError` when nobody answers in time. */
export async function createTopic(
  questions: AdminQuestions,
  { topic, partitions, replicationFactor, retentionMs }: WantedTopic,
  timeoutMs: number,
  closing: () => boolean,
): Promise<Creation> {
  const asked = {
    topic,
    num_partitions: partitions ?? BY_DEFAULT,
    replication_factor: replicationFactor ?? BY_DEFAULT,
    config: retentionMs === null ? {} : { 'retention.ms': String(retentionMs) },
  };
  const failure = `The cluster did not make the topic ${topic} within ${timeoutMs} ms`;
  try {
    return await questions.ask<Creation>(failure, timeoutMs, closing, (admin, timeout, done) => {
      admin.createTopic(asked, timeout, (error) => {
        done(error, 'made');
      });
    });
  } catch (error) {
    const refusal = refusalIn(error);
    if (refusal === null) throw error;
    return refusal.code === RD.TOPIC_ALREADY_EXISTS ? 'was_there' : { refused: failureOf(refusal).message };
  }
}
