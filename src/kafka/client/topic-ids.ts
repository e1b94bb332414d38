/** Asks for the ids of topics: a topic that was deleted and created again has another one (KIP-516). */
import type { Native } from './native.js';
import { askNative } from './native-client.js';

type Consumer = InstanceType<Native['KafkaConsumer']>;

/** What brokers before 2.8 have, and topics that do not exist. */
const NO_ID = 'A'.repeat(22);

export class TopicIds {
  readonly #admin: ReturnType<Native['AdminClient']['createFrom']>;
  #asking = 0;
  #whenQuiet: (() => void) | undefined;

  /**
   * Before the first `consume()`: the admin client copies the lock of the other client, and would wait forever for a
   * call that held it at that moment.
   */
  constructor(native: Native, client: Consumer) {
    this.#admin = native.AdminClient.createFrom(client);
  }

  /** The ids that are known; without an answer in time none is. Never rejects. */
  async ask(
    topics: readonly string[],
    timeoutMs: number,
    closing: () => boolean,
  ): Promise<ReadonlyMap<string, string>> {
    const failure = `No broker told the topic ids within ${timeoutMs} ms`;
    const descriptions = await askNative<readonly Description[]>(failure, timeoutMs, closing, (ms, done) => {
      this.#asking += 1;
      this.#admin.describeTopics([...topics], { timeout: ms }, (error, answer) => {
        this.#asking -= 1;
        if (this.#asking === 0) this.#whenQuiet?.();
        done(error, error ? undefined : (answer as unknown as readonly Description[]));
      });
    }).catch((): readonly Description[] => []);
    return new Map(descriptions.flatMap((each) => entryOf(each)));
  }

  /** The client must not be closed before: the admin client works on its memory. */
  async quiet(): Promise<void> {
    if (this.#asking === 0) return;
    await new Promise<void>((resolve) => {
      this.#whenQuiet = resolve;
    });
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
