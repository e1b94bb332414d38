/** The native consumer behind `ConsumerPort`. The traps that this file avoids are told in docs/design.md. */
import { setTimeout as pause } from 'node:timers/promises';
import type {
  CommitMark,
  CommittedOffset,
  Consumed,
  ConsumerListener,
  ConsumerPort,
  PartitionBounds,
  TopicPartition,
} from '../port/consumer-port.js';
import type { RecordPlace } from '../../api/events.js';
import { reasonOf, isError } from '../../api/reason.js';
import { ConsumeWaker } from './consume-waker.js';
import { commitAnswer, consumeFailure, RD } from '../port/codes.js';
import { loadNative, type Native } from './native.js';
import {
  askMetadata,
  askNative,
  buildClient,
  connectLocally,
  keepAwake,
  listen,
  OpenQuestions,
  type Ask,
  type NativeProperties,
} from './native-client.js';
import {
  boundsOf,
  committedOf,
  wholeAnswer,
  type CommittedAnswer,
  type NativeAnswer,
  type OffsetAnswer,
  NONE,
  PartitionEnds,
} from './native-answers.js';
import { nativeWaits } from './native-waits.js';
import type { ClusterInfo } from '../port/ports.js';
import { TopicIds } from './topic-ids.js';
import type { IncomingRecord } from '../../record/incoming-record.js';

/** What the client's own types leave out. */
type NativeConsumer = InstanceType<Native['KafkaConsumer']> & {
  incrementalAssign(partitions: readonly RecordPlace[]): void;
  incrementalUnassign(partitions: readonly TopicPartition[]): void;
  assignmentLost(): boolean;
  rebalanceProtocol(): 'NONE' | 'EAGER' | 'COOPERATIVE';
  setDefaultIsTimeoutOnlyForFirstMessage(only: boolean): void;
};

interface Failure {
  readonly code: number;
  readonly message: string;
}

/** Logical offsets that ListOffsets understands. */
const OFFSET_END = -1;
const OFFSET_BEGINNING = -2;

/** How often a closing client is looked at that waits for the answer to a commit. */
const LOOK_AGAIN_MS = 200;

const NOTHING: Consumed = { records: [], ends: NONE, failure: null };

/**
 * Builds a consumer and starts connecting in the background.
 * @throws ConnectionError `CLIENT_FAILED` or `TLS_FAILED` when librdkafka refuses the properties.
 */
export async function openNativeConsumer(
  properties: NativeProperties,
  listener: ConsumerListener,
): Promise<ConsumerPort> {
  const native = await loadNative();
  let port: NativeConsumerPort | undefined;
  const waker = new ConsumeWaker();
  const callbacks = {
    event_cb: true,
    rebalance_cb: (failure: Failure, partitions: readonly TopicPartition[]) => {
      try {
        port?.rebalance(failure.code, partitions);
      } catch (cause) {
        // A member that cannot follow its group is of no use.
        listener.onFatal(`a rebalance failed: ${reasonOf(cause)}`);
      }
    },
    offset_commit_cb: (failure: Failure | undefined, offsets: readonly RecordPlace[]) => {
      port?.commitAnswered();
      listener.onCommitAnswer(commitAnswer(failure?.code ?? 0, offsets.length), offsets);
    },
    queue_non_empty_cb: () => {
      waker.wake();
    },
  };
  // All properties are global ones, as for the producer.
  const config = {
    ...properties,
    'enable.partition.eof': true,
    ...callbacks,
  } as ConstructorParameters<Native['KafkaConsumer']>[0];
  const client = buildClient(properties, () => new native.KafkaConsumer(config) as NativeConsumer);
  listen(client, listener);
  port = new NativeConsumerPort(client, listener, waker, new PartitionEnds(client));
  await connectLocally(client);
  port.topicIdSource = new TopicIds(native, client);
  // The client says when something came, so no call has to wait in libuv's pool.
  client.setDefaultConsumeTimeout(0);
  client.setDefaultIsTimeoutOnlyForFirstMessage(false);
  port.unwatch = keepAwake(client, properties);
  return port;
}

class NativeConsumerPort implements ConsumerPort {
  readonly #client: NativeConsumer;
  readonly #listener: ConsumerListener;
  readonly #waker: ConsumeWaker;
  readonly #ends: PartitionEnds;
  /** There is none before the client is connected. */
  topicIdSource: TopicIds | null = null;
  /** The same: nobody looks after its threads any more. */
  unwatch: (() => void) | null = null;
  readonly #open = new OpenQuestions();
  #closing: Promise<void> | undefined;
  /** The client says NONE while it closes, so the protocol is remembered. */
  #protocol: 'EAGER' | 'COOPERATIVE' = 'EAGER';
  /** What still has to be answered: a client without its answer never closes. */
  #unanswered: { readonly code: number; readonly partitions: readonly TopicPartition[] } | null = null;

  /** Commits without an answer. */
  #commits = 0;

  constructor(client: NativeConsumer, listener: ConsumerListener, waker: ConsumeWaker, ends: PartitionEnds) {
    this.#client = client;
    this.#listener = listener;
    this.#waker = waker;
    this.#ends = ends;
  }

  /** Called by the client. */
  commitAnswered(): void {
    this.#commits -= 1;
  }

  /** Called by the client. */
  rebalance(code: number, partitions: readonly TopicPartition[]): void {
    const protocol = this.#client.rebalanceProtocol();
    if (protocol !== 'NONE') this.#protocol = protocol;
    const copy = partitions.map(({ topic, partition }) => ({ topic, partition }));
    this.#unanswered = { code, partitions: copy };
    if (code === RD.ASSIGN_PARTITIONS) this.#listener.onAssigned(copy);
    else this.#listener.onRevoked(copy, this.#client.assignmentLost());
    if (this.#closing !== undefined) this.#answerItself();
  }

  subscribe(topics: readonly string[]): void {
    if (this.#closing === undefined) this.#client.subscribe([...topics]);
  }

  unsubscribe(): void {
    if (this.#closing === undefined) this.#client.unsubscribe();
  }

  async consume(max: number): Promise<Consumed> {
    if (this.#closing !== undefined) return NOTHING;
    const first = await this.#consumeNow(max);
    if (first.records.length > 0 || first.ends.length > 0 || first.failure !== null) {
      this.#waker.busy();
      return first;
    }
    await this.#waker.wait();
    return this.#closing === undefined ? this.#consumeNow(max) : NOTHING;
  }

  wake(): void {
    this.#waker.wake();
  }

  assign(positions: readonly RecordPlace[]): boolean {
    if (this.#unanswered?.code !== RD.ASSIGN_PARTITIONS) return false;
    if (this.#protocol === 'COOPERATIVE') this.#client.incrementalAssign(positions);
    else this.#client.assign([...positions]);
    // An answer that the client refuses is owed still.
    this.#unanswered = null;
    return true;
  }

  unassign(partitions: readonly TopicPartition[]): void {
    if (this.#unanswered?.code !== RD.REVOKE_PARTITIONS) return;
    if (this.#protocol === 'COOPERATIVE') this.#client.incrementalUnassign(partitions);
    else this.#client.unassign();
    this.#unanswered = null;
  }

  seek(position: RecordPlace, timeoutMs: number): Promise<void> {
    const failure = `The client did not go to offset ${position.offset} of ${position.topic} ${position.partition}`;
    const seek = (ms: number, done: (error: unknown, result: null | undefined) => void): void => {
      this.#client.seek(position, ms, (error) => {
        done(error, error ? undefined : null);
      });
    };
    return this.#ask(failure, timeoutMs, seek, true).then(() => undefined);
  }

  pause(partitions: readonly TopicPartition[]): void {
    if (this.#closing === undefined && partitions.length > 0) this.#client.pause([...partitions]);
  }

  resume(partitions: readonly TopicPartition[]): void {
    if (this.#closing === undefined && partitions.length > 0) this.#client.resume([...partitions]);
  }

  commit(marks: readonly CommitMark[]): boolean {
    if (this.#closing !== undefined) return false;
    try {
      // An epoch of `null` is none to it.
      this.#client.commit(marks.map((mark) => ({ ...mark })) as never);
      this.#commits += 1;
      return true;
    } catch {
      // What is wrong is told by the connection's own events; the mark is sent again later.
      return false;
    }
  }

  metadata(timeoutMs: number, topic?: string): Promise<ClusterInfo> {
    return askMetadata(this.#client, timeoutMs, topic, this.#isClosing, this.#open);
  }

  async committed(partitions: readonly TopicPartition[], timeoutMs: number): Promise<CommittedOffset[]> {
    const failure = `The group's coordinator did not tell the committed offsets within ${timeoutMs} ms`;
    const answers = await this.#ask<readonly NativeAnswer<CommittedAnswer>[]>(
      failure,
      timeoutMs,
      (ms, done) => {
        this.#client.committed([...partitions], ms, (error, offsets) => {
          done(error, error ? undefined : (offsets as readonly NativeAnswer<CommittedAnswer>[]));
        });
      },
    );
    return wholeAnswer(partitions, answers, 'committed offset').map(committedOf);
  }

  async bounds(partitions: readonly TopicPartition[], timeoutMs: number): Promise<PartitionBounds[]> {
    const [lows, highs] = await Promise.all([
      this.#listOffsets(partitions, OFFSET_BEGINNING, timeoutMs),
      this.#listOffsets(partitions, OFFSET_END, timeoutMs),
    ]);
    const first = wholeAnswer(partitions, lows, 'first offset');
    return wholeAnswer(partitions, highs, 'end offset').map((high, index) => boundsOf(high, first[index]));
  }

  async ends(partitions: readonly TopicPartition[], timeoutMs: number): Promise<(number | null)[]> {
    const ends = await this.#listOffsets(partitions, OFFSET_END, timeoutMs);
    return partitions.map((_, index) => {
      const end = ends[index];
      return end === undefined || isError(end) ? null : end.offset;
    });
  }

  topicIds(topics: readonly string[], timeoutMs: number): Promise<ReadonlyMap<string, string>> {
    return this.topicIdSource?.ask(topics, timeoutMs, this.#isClosing) ?? Promise.resolve(new Map());
  }

  knownBounds({ topic, partition }: TopicPartition): PartitionBounds | null {
    if (this.#closing !== undefined) return null;
    try {
      const { lowOffset, highOffset } = this.#client.getWatermarkOffsets(topic, partition);
      if (highOffset < 0) return null;
      return { topic, partition, low: Math.max(0, lowOffset), high: highOffset, leaderEpoch: null };
    } catch {
      return null; // nothing was fetched yet
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  readonly #isClosing = (): boolean => this.#closing !== undefined;

  #ask<T>(failure: string, timeoutMs: number, ask: Ask<T>, urgent = false): Promise<T> {
    return askNative<T>(failure, timeoutMs, this.#isClosing, this.#open.counted(ask), urgent);
  }

  async #close(): Promise<void> {
    await Promise.resolve(); // so that #closing is set before the client calls back
    this.#waker.stop();
    this.#answerItself();
    await this.#commitsAnswered();
    await this.topicIdSource?.quiet();
    await this.#open.quiet();
    await nativeWaits.run(
      () =>
        new Promise<void>((resolve) => {
          this.unwatch?.();
          this.#client.disconnect(() => {
            resolve();
          });
        }),
      true,
    );
  }

  /**
   * While a commit has no answer, the client's own close would hold a thread of libuv's pool until a broker is back, and
   * not even `process.exit()` gets past that. Open, it harms nobody; answers come by `consume()` only.
   */
  async #commitsAnswered(): Promise<void> {
    while (this.#commits > 0) {
      await this.#consumeNow(1);
      if (this.#commits > 0) await pause(LOOK_AGAIN_MS, undefined, { ref: false });
    }
  }

  #consumeNow(max: number): Promise<Consumed> {
    return new Promise((resolve, reject) => {
      this.#client.consume(max, (error, messages) => {
        const failure = error as Failure | null;
        try {
          const ends = this.#ends.take();
          if (failure) resolve({ records: [], ends, failure: consumeFailure(failure.code, failure.message) });
          else if (messages.length === 0 && ends.length === 0) resolve(NOTHING);
          else resolve({ records: messages.map(recordOf), ends, failure: null });
        } catch (cause) {
          reject(cause as Error);
        }
      });
    });
  }

  async #listOffsets(
    partitions: readonly TopicPartition[],
    which: number,
    timeoutMs: number,
  ): Promise<readonly NativeAnswer<OffsetAnswer>[]> {
    const failure = `The leaders did not tell their offsets within ${timeoutMs} ms`;
    const answers = await this.#ask<readonly NativeAnswer<OffsetAnswer>[]>(failure, timeoutMs, (ms, done) => {
      const asked = partitions.map(({ topic, partition }) => ({ topic, partition, offset: which }));
      this.#client.offsetsForTimes(asked as never, ms, (error, offsets) => {
        done(error, error ? undefined : offsets);
      });
    });
    // What is left of the question is no answer.
    return answers.map((answer) =>
      'offset' in answer && answer.offset < 0 ? new Error('no answer') : answer,
    );
  }

  /** While closing, nobody else does. */
  #answerItself(): void {
    const partitions = this.#unanswered?.partitions ?? [];
    try {
      this.assign(partitions.map((partition) => ({ ...partition, offset: OFFSET_END })));
      this.unassign(partitions);
    } catch {
      // It is closed all the same.
    }
  }
}

/** A message as the native client hands it over. */
interface NativeMessage {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key?: Buffer | string | null | undefined;
  readonly value: Buffer | null;
  readonly timestamp?: number | undefined;
  readonly leaderEpoch?: number | undefined;
  readonly headers?: ReadonlyArray<Readonly<Record<string, string | Buffer>>> | undefined;
}

const NO_HEADERS: IncomingRecord['headers'] = [];

/** The native client's message in our words. */
export function recordOf(message: NativeMessage): IncomingRecord {
  const { partition, offset, key, value, timestamp, headers, leaderEpoch } = message;
  return {
    topic: sameText(message.topic),
    partition,
    offset,
    key: typeof key === 'string' ? Buffer.from(key) : (key ?? null),
    value,
    headers: headers === undefined ? NO_HEADERS : headers.flatMap(headerPairs),
    // -1 is "none"; what lies further before 1970 is a time.
    timestampMs: timestamp === -1 ? undefined : timestamp,
    leaderEpoch: leaderEpoch ?? null,
  };
}

let lastTopic = '';

/** Each message has a string of its own for its topic: one is kept for all, which is also found faster. */
function sameText(topic: string): string {
  if (topic !== lastTopic) lastTopic = topic;
  return lastTopic;
}

/** Each header is an object with one property. */
function headerPairs(header: Readonly<Record<string, string | Buffer>>): [string, Buffer][] {
  const pairs = Object.entries(header);
  if (pairs.length === 0) return prototypePair(header);
  return pairs.map(([name, value]) => [name, typeof value === 'string' ? Buffer.from(value) : value]);
}

/** The client assigns the property, and assigning `__proto__` makes the value the object's prototype instead. */
function prototypePair(header: object): [string, Buffer][] {
  const value: unknown = Object.getPrototypeOf(header);
  return Buffer.isBuffer(value) ? [['__proto__', value]] : [];
}
