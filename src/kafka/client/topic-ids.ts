/** Asks for the ids of topics: a topic that was deleted and created again has another one (KIP-516). */
import { AdminQuestions } from './admin.js';
import type { NativeConsumer } from './native-client.js';
import type { Native } from './native.js';

/** What brokers before 2.8 have, and topics that do not exist. */
const NO_ID = 'A'.repeat(22);

export class TopicIds {
  readonly #questions: AdminQuestions;

  constructor(native: Native, client: NativeConsumer) {
    this.#questions = new AdminQuestions(native, client);
  }

  /** The ids that are known; without an answer in time none is. Never rejects. */
  async ask(
    topics: readonly string[],
    timeoutMs: number,
    closing: () => boolean,
  ): Promise<ReadonlyMap<string, string>> {
    const failure = `No broker told the topic ids within ${timeoutMs} ms`;
    const descriptions = await this.#questions
      .ask<readonly Description[]>(failure, timeoutMs, closing, (admin, timeout, done) => {
        admin.describeTopics([...topics], { timeout }, (error, answer) => {
          done(error, answer as unknown as readonly Description[]);
        });
      })
      .catch((): readonly Description[] => []);
    return new Map(descriptions.flatMap((each) => entryOf(each)));
  }

  /** The client must not be closed before. */
  quiet(): Promise<void> {
    return this.#questions.quiet();
  }
}

interface Description {
  readonly name: string;
  readonly topicId: { readonly base64: string };
  readonly error?: unknown;
}

function entryOf({ name, topicId, error }: Description): [string, string][] {
  const id = topicId.base64.replace(/=+$/, '');
  return error !== undefined || id === NO_ID ? [] : [[name, id]];
}
