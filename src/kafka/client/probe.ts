/** Clients that only ask, for a diagnosis: made as those of the gateway are, with its properties and secrets. */
import type { TopicDescription } from '@confluentinc/kafka-javascript';
import type { ResolvedConfig, SecretSource } from '../../config/resolved-config.js';
import type { AdminPort } from '../port/admin-port.js';
import type { PartitionBounds, TopicPartition } from '../port/consumer-port.js';
import type { ClientListener, ClusterInfo } from '../port/ports.js';
import type { GroupFacts, ProbeReference, ProbeSide, ProbeSource, TopicFacts } from '../port/probe-port.js';
import type { Creation, WantedTopic } from '../port/topic-creator.js';
import { tokenServerTrouble } from '../watch/token-look.js';
import { AdminQuestions } from './admin.js';
import { failureOf, operationsOf } from './answers.js';
import { NativeCanary } from './canary.js';
import { groupFacts } from './group-facts.js';
import { consumerProperties, producerProperties } from './librdkafka.js';
import { loadNative, type Native } from './native.js';
import {
  askMetadata,
  buildClient,
  connectLocally,
  listen,
  type NativeConsumer,
  type NativeProducer,
  type NativeProperties,
} from './native-client.js';
import { nativeWaits } from './native-waits.js';
import { startPolling } from './producer.js';
import { readSecret, secretReferences } from './secrets.js';
import { NativeSource } from './source.js';
import { assertReadable, clientCertificate, tlsFilesOf } from './tls-files.js';
import { createTopic } from './topic-maker.js';

/** A consumer serves its callbacks in `consume()` only. Nothing is read by it: it has no topics. */
const SERVE_MS = 100;

export function nativeProbes(config: ResolvedConfig): ProbeSource {
  return {
    load: async () => `librdkafka ${(await loadNative()).librdkafkaVersion}`,
    references: referencesOf(config),
    open: (side, server, listener) => openAdmin(withServer(config, server), side, listener),
    ownCertificate: () => clientCertificate(config),
    whySilent: async (stopping) => {
      const url = config.connection.security.sasl?.oauthbearer?.tokenEndpointUrl;
      return url === undefined ? null : tokenServerTrouble(url, stopping);
    },
    canary: () => new NativeCanary(withServer(config, null)),
  };
}

/** Brokers log another name than that of the gateway. */
function withServer(config: ResolvedConfig, server: string | null): ResolvedConfig {
  const { connection } = config;
  const bootstrapServers = server ?? connection.bootstrapServers;
  return {
    ...config,
    connection: { ...connection, bootstrapServers, clientId: `${connection.clientId}-doctor` },
  };
}

function referencesOf(config: ResolvedConfig): ProbeReference[] {
  const secrets = Object.values(secretReferences(config)).flatMap((reference) => {
    const { path, source } = reference;
    if (source === null) return [];
    const check = async (): Promise<void> => void (await readSecret(reference));
    return [{ path, from: placeOf(source), check }];
  });
  const files = tlsFilesOf(config).map((file) => ({
    path: file.path,
    from: `the file ${file.file}`,
    check: () => assertReadable(file),
  }));
  return [...secrets, ...files];
}

function placeOf(source: SecretSource): string {
  if (typeof source === 'string') return 'the configuration itself';
  return 'env' in source ? `the environment variable ${source.env}` : `the file ${source.file}`;
}

/** A client that asks, and makes topics. */
export function openAdmin(
  config: ResolvedConfig,
  side: ProbeSide,
  listener: ClientListener,
): Promise<AdminPort> {
  const source = new NativeSource<ClientListener, AdminPort>(config, (secrets, heard) =>
    side === 'uplink'
      ? openAsProducer(producerProperties(config, secrets), heard)
      : openAsConsumer(consumerProperties(config, secrets), heard),
  );
  return source.open(listener);
}

async function openAsProducer(properties: NativeProperties, listener: ClientListener): Promise<AdminPort> {
  const native = await loadNative();
  const client = buildClient(
    properties,
    () => new native.Producer({ ...properties, event_cb: true, dr_cb: true }),
  );
  listen(client, listener);
  await connectLocally(client);
  const probe = new NativeProbe(native, client, 'uplink', () => undefined);
  startPolling(client, properties);
  return probe;
}

async function openAsConsumer(properties: NativeProperties, listener: ClientListener): Promise<AdminPort> {
  const native = await loadNative();
  const config = { ...properties, event_cb: true } as ConstructorParameters<Native['KafkaConsumer']>[0];
  const client = buildClient(properties, () => new native.KafkaConsumer(config));
  listen(client, listener);
  await connectLocally(client);
  client.setDefaultConsumeTimeout(0);
  const serving = new Serving(client);
  return new NativeProbe(native, client, 'downlink', () => serving.stop());
}

/** Calls `consume()` now and then, one at a time. */
class Serving {
  readonly #client: NativeConsumer;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(client: NativeConsumer) {
    this.#client = client;
    this.#next();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #next(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#client.consume(1, () => {
        this.#next();
      });
    }, SERVE_MS).unref();
  }
}

class NativeProbe implements AdminPort {
  readonly #client: NativeProducer | NativeConsumer;
  readonly #side: ProbeSide;
  readonly #questions: AdminQuestions;
  readonly #onClose: () => void;
  #closing: Promise<void> | undefined;

  constructor(native: Native, client: NativeProducer | NativeConsumer, side: ProbeSide, onClose: () => void) {
    this.#client = client;
    this.#side = side;
    this.#questions = new AdminQuestions(native, client);
    this.#onClose = onClose;
  }

  metadata(timeoutMs: number, topic?: string): Promise<ClusterInfo> {
    return askMetadata(this.#client, timeoutMs, topic, this.#isClosing);
  }

  async describeTopics(topics: readonly string[], timeoutMs: number): Promise<readonly TopicFacts[]> {
    const failure = `No broker described the topics within ${timeoutMs} ms`;
    const options = { includeAuthorizedOperations: true };
    const answers = await this.#questions.ask<readonly TopicDescription[]>(
      failure,
      timeoutMs,
      this.#isClosing,
      (admin, timeout, done) => {
        admin.describeTopics([...topics], { ...options, timeout }, done);
      },
    );
    const byName = new Map(answers.map((answer) => [answer.name, answer]));
    return topics.map((topic) => topicFacts(topic, byName.get(topic)));
  }

  createTopic(wanted: WantedTopic, timeoutMs: number): Promise<Creation> {
    return createTopic(this.#questions, wanted, timeoutMs, this.#isClosing);
  }

  describeGroup(groupId: string, timeoutMs: number): Promise<GroupFacts> {
    // "Not coordinator" as the answer makes librdkafka ask for the coordinator of its own group, and it ends the process where it
    // has none (rd_kafka_handle_OffsetFetch).
    if (this.#side !== 'downlink') return Promise.reject(new Error('a producer was asked for a group'));
    return groupFacts(this.#questions, groupId, timeoutMs, this.#isClosing);
  }

  async bounds(
    partitions: readonly TopicPartition[],
    timeoutMs: number,
  ): Promise<readonly PartitionBounds[]> {
    if (partitions.length === 0) return [];
    const [lows, highs] = await Promise.all([
      this.#offsets(partitions, EARLIEST, timeoutMs),
      this.#offsets(partitions, LATEST, timeoutMs),
    ]);
    return partitions.flatMap((place) => {
      const { topic, partition } = place;
      const low = lows.get(placeText(place));
      const high = highs.get(placeText(place));
      return low === undefined || high === undefined
        ? []
        : [{ topic, partition, low, high, leaderEpoch: null }];
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  readonly #isClosing = (): boolean => this.#closing !== undefined;

  async #close(): Promise<void> {
    await Promise.resolve(); // so that #closing is set, and nothing more is asked
    this.#onClose();
    await this.#questions.quiet();
    await nativeWaits.run(
      () =>
        new Promise<void>((resolve) => {
          this.#client.disconnect(() => {
            resolve();
          });
        }),
      true,
    );
  }

  async #offsets(
    partitions: readonly TopicPartition[],
    which: number,
    timeoutMs: number,
  ): Promise<Map<string, number>> {
    const failure = `The leaders did not tell their offsets within ${timeoutMs} ms`;
    const asked = partitions.map(({ topic, partition }) => ({
      topic,
      partition,
      offset: { timestamp: which },
    }));
    const answers = await this.#questions.ask<readonly OffsetAnswer[]>(
      failure,
      timeoutMs,
      this.#isClosing,
      (admin, timeout, done) => {
        admin.listOffsets(asked as never, { timeout }, done);
      },
    );
    const told = answers.filter(({ error, offset }) => error === undefined && offset >= 0);
    return new Map(told.map((answer) => [placeText(answer), answer.offset]));
  }
}

/** Of an OffsetSpec. */
const LATEST = -1;
const EARLIEST = -2;

interface OffsetAnswer extends TopicPartition {
  readonly offset: number;
  readonly error?: unknown;
}

function placeText({ topic, partition }: TopicPartition): string {
  return `${topic} ${partition}`;
}

function topicFacts(topic: string, answer: TopicDescription | undefined): TopicFacts {
  if (answer === undefined) {
    const failure = { code: 'REQUEST_TIMEOUT', message: 'the broker did not tell' } as const;
    return { topic, failure, partitions: [], operations: null };
  }
  const { error, partitions, authorizedOperations } = answer;
  return {
    topic,
    failure: error === undefined ? null : failureOf(error),
    partitions: partitions.map(({ partition, leader, replicas, isr }) => ({
      partition,
      leader: (leader as { id: number } | null | undefined)?.id ?? null,
      replicas: replicas.map(({ id }) => id),
      inSync: isr.map(({ id }) => id),
    })),
    operations: operationsOf(authorizedOperations),
  };
}
