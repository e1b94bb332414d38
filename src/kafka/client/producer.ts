/** The native producer behind `ProducerPort`. The traps that this file avoids are told in docs/design.md. */
import { AdminQuestions } from './admin.js';
import { epochLines, withEpochLines } from './epochs.js';
import { loadNative } from './native.js';
import {
  askMetadata,
  buildClient,
  connectLocally,
  keepAwake,
  listen,
  OpenQuestions,
  type NativeProducer,
  type NativeProperties,
} from './native-client.js';
import { nativeWaits } from './native-waits.js';
import type { OutgoingRecord } from '../../record/outgoing-record.js';
import { deliveryFailure, produceAnswer } from '../port/codes.js';
import { nativeHeaders } from './native-headers.js';
import { ReportPoll } from './report-poll.js';
import type { ClusterInfo, ProduceAnswer, ProducerListener, ProducerPort } from '../port/ports.js';
import type { TopicCreator } from '../port/topic-creator.js';
import { createTopic } from './topic-maker.js';

/**
 * The client takes a Buffer without memory for null. A view of no bytes on memory that exists is what it takes for
 * empty.
 */
const EMPTY = Buffer.alloc(1).subarray(0, 0);

/** What a delivery report holds, of what the client's types leave open. */
interface Report {
  readonly partition: number;
  readonly offset: number;
  readonly opaque: number;
}

/**
 * Builds a producer and starts connecting in the background.
 * @param createsTopics whether it is asked to make topics
 * @throws ConnectionError `CLIENT_FAILED` or `TLS_FAILED` when librdkafka refuses the properties.
 */
export async function openNativeProducer(
  properties: NativeProperties,
  listener: ProducerListener,
  createsTopics = false,
): Promise<ProducerPort> {
  const native = await loadNative();
  // All properties are global ones: a topic configuration, even an empty one, would discard
  // message.timeout.ms and the like.
  const client = buildClient(
    properties,
    () => new native.Producer({ ...withEpochLines(properties), event_cb: true, dr_cb: true }),
  );
  listen(client, listener, epochLines(properties, listener));
  let poll: ReportPoll | null = null;
  client.on('delivery-report', (error, report) => {
    poll?.reported();
    const { partition, offset, opaque } = report as unknown as Report;
    listener.onReport(
      opaque,
      error ? deliveryFailure(error.code) : null,
      partition,
      offset < 0 ? null : offset,
    );
  });
  await connectLocally(client);
  const questions = createsTopics ? new AdminQuestions(native, client) : null;
  poll = startPolling(client, properties);
  return new NativeProducerPort(client, poll, questions, keepAwake(client, properties));
}

/** After the connect: before it this crashes the process. @returns `null`: the client polls itself */
export function startPolling(client: NativeProducer, properties: NativeProperties): ReportPoll | null {
  // The thread that polls in the background also fetches tokens, and waits up to 50 s for a token server in trouble.
  if (properties['sasl.mechanisms'] === 'OAUTHBEARER') {
    const poll = new ReportPoll(() => void client.poll());
    client.once('disconnected', () => {
      poll.stop();
    });
    return poll;
  }
  client.setPollInBackground(true);
  return null;
}

class NativeProducerPort implements ProducerPort {
  readonly creator: TopicCreator | undefined;
  readonly #client: NativeProducer;
  readonly #poll: ReportPoll | null;
  readonly #questions: AdminQuestions | null;
  readonly #unwatch: () => void;
  readonly #open = new OpenQuestions();
  #closing: Promise<void> | undefined;

  /**
   * @param poll `null`: the client polls itself
   * @param questions `null`: it makes no topics
   * @param unwatch nobody looks after its threads any more
   */
  constructor(
    client: NativeProducer,
    poll: ReportPoll | null,
    questions: AdminQuestions | null,
    unwatch: () => void,
  ) {
    this.#client = client;
    this.#poll = poll;
    this.#questions = questions;
    this.#unwatch = unwatch;
    this.creator =
      questions === null
        ? undefined
        : { createTopic: (wanted, ms) => createTopic(questions, wanted, ms, this.#isClosing) };
  }

  produce(record: OutgoingRecord, id: number): ProduceAnswer {
    const { topic, value, key, timestampMs, headers, messageId } = record;
    try {
      const sentValue = value?.length === 0 ? EMPTY : value;
      const sentKey = key?.length === 0 ? EMPTY : key;
      const sentHeaders = nativeHeaders(headers, timestampMs, messageId);
      this.#client.produce(topic, null, sentValue, sentKey, timestampMs, id, sentHeaders);
      this.#poll?.sent();
      return null;
    } catch (error) {
      const code = (error as { code?: unknown }).code;
      if (typeof code === 'number') return produceAnswer(code);
      throw error;
    }
  }

  metadata(timeoutMs: number, topic?: string): Promise<ClusterInfo> {
    return askMetadata(this.#client, timeoutMs, topic, this.#isClosing, this.#open);
  }

  close(flushMs: number): Promise<void> {
    // A second disconnect would never call back.
    this.#closing ??= this.#close(flushMs);
    return this.#closing;
  }

  readonly #isClosing = (): boolean => this.#closing !== undefined;

  async #close(flushMs: number): Promise<void> {
    await Promise.resolve(); // so that #closing is set, and nothing more is asked
    await this.#questions?.quiet();
    await this.#open.quiet();
    await nativeWaits.run(
      () =>
        new Promise<void>((resolve) => {
          this.#unwatch();
          this.#client.disconnect(flushMs, () => {
            resolve();
          });
        }),
      true,
    );
  }
}
