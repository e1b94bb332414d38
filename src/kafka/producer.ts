/** The native producer behind `ProducerPort`. The traps that this file avoids are told in docs/design.md. */
import { ConnectionError } from '../errors.js';
import { causeOfLine } from './error-map.js';
import { loadNative, type Native } from './native.js';
import { nativeWaits } from './native-waits.js';
import {
  PRODUCED,
  type ClientListener,
  type ClusterInfo,
  type NativeHeaders,
  type ProducerListener,
  type ProducerPort,
} from './ports.js';

export type NativeProperties = Readonly<Record<string, string | number | boolean>>;

type NativeProducer = InstanceType<Native['Producer']>;
type Metadata = Parameters<Parameters<NativeProducer['getMetadata']>[1] & {}>[1];

/** What a delivery report holds, of what the client's types leave open. */
interface Report {
  readonly partition: number;
  readonly offset: number;
  readonly opaque: number;
}

/**
 * Builds a producer and starts connecting in the background.
 * @throws ConnectionError `CLIENT_FAILED` or `TLS_FAILED` when librdkafka refuses the properties.
 */
export async function openNativeProducer(
  properties: NativeProperties,
  listener: ProducerListener,
): Promise<ProducerPort> {
  const native = await loadNative();
  let client: NativeProducer;
  try {
    // All properties are global ones: a topic configuration, even an empty one, would discard
    // message.timeout.ms and the like.
    client = new native.Producer({ ...properties, event_cb: true, dr_cb: true });
  } catch (cause) {
    throw refusedProperties(cause);
  }
  listen(client, listener);
  client.on('delivery-report', (error, report) => {
    const { partition, offset, opaque } = report as unknown as Report;
    listener.onReport(opaque, error ? error.code : PRODUCED, partition, offset < 0 ? null : offset);
  });
  await connectLocally(client);
  // Before the connect this crashes the process.
  client.setPollInBackground(true);
  return new NativeProducerPort(client);
}

/** Forwards the client's events. Shared with the consumer. */
function listen(client: NativeProducer, listener: ClientListener): void {
  client.on('event.log', (line: { severity: number; fac: string; message: string }) => {
    listener.onLog(line.severity, line.fac, line.message);
    if (line.fac === 'FAIL' || line.fac === 'ERROR' || line.fac === 'OIDC')
      listener.onCause(causeOfLine(line.message));
  });
  client.on('event.error', (error) => {
    // The code is always -1 here: the text is all that tells these apart.
    if (/fatal error/i.test(error.message)) listener.onFatal(error.message);
    else if (/all broker connections are down/i.test(error.message)) listener.onAllBrokersDown();
    else listener.onLog(5, 'EVENT', error.message);
  });
}

/**
 * `connect()` asks for metadata and destroys the client when no broker answers. Answering that question
 * here makes it a local step: librdkafka connects by itself, whenever a broker is there.
 */
async function connectLocally(client: NativeProducer): Promise<void> {
  client.getMetadata = (_options, callback) => {
    callback?.(null as never, {} as never);
    return client;
  };
  try {
    await nativeWaits.run(
      () =>
        new Promise<void>((resolve, reject) => {
          client.connect({}, (error) => {
            if (error) reject(refusedProperties(error));
            else resolve();
          });
        }),
    );
  } finally {
    Reflect.deleteProperty(client, 'getMetadata');
  }
}

function refusedProperties(cause: unknown): ConnectionError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const tls = /ssl|certificate|private key|\bpem\b/i.test(reason);
  return new ConnectionError(
    tls ? 'TLS_FAILED' : 'CLIENT_FAILED',
    `The Kafka client could not be created: ${reason}`,
    { cause },
  );
}

class NativeProducerPort implements ProducerPort {
  readonly #client: NativeProducer;
  #closing: Promise<void> | undefined;

  constructor(client: NativeProducer) {
    this.#client = client;
  }

  produce(
    topic: string,
    value: Buffer,
    key: Buffer | null,
    timestampMs: number,
    id: number,
    headers: NativeHeaders | undefined,
  ): number {
    try {
      this.#client.produce(topic, null, value, key, timestampMs, id, headers);
      return PRODUCED;
    } catch (error) {
      const code = (error as { code?: unknown }).code;
      if (typeof code === 'number') return code;
      throw error;
    }
  }

  async metadata(timeoutMs: number, topic?: string): Promise<ClusterInfo> {
    const options = { timeout: timeoutMs, allTopics: false, ...(topic === undefined ? {} : { topic }) };
    return nativeWaits.run(
      () =>
        new Promise<ClusterInfo>((resolve, reject) => {
          if (this.#closing !== undefined) {
            reject(new ConnectionError('REQUEST_TIMEOUT', 'The Kafka client is closing'));
            return;
          }
          this.#client.getMetadata(options, (error, metadata) => {
            if (error)
              reject(
                new ConnectionError('REQUEST_TIMEOUT', `No broker answered within ${timeoutMs} ms`, {
                  cause: error,
                }),
              );
            else resolve(clusterInfo(metadata));
          });
        }),
    );
  }

  close(flushMs: number): Promise<void> {
    // A second disconnect would never call back.
    this.#closing ??= nativeWaits.run(
      () =>
        new Promise<void>((resolve) => {
          this.#client.disconnect(flushMs, () => {
            resolve();
          });
        }),
    );
    return this.#closing;
  }
}

function clusterInfo(metadata: Metadata): ClusterInfo {
  return {
    answeredBy: metadata.orig_broker_id,
    brokers: metadata.brokers.map((broker) => `${broker.host}:${broker.port}`),
    topics: new Map(metadata.topics.map((topic) => [topic.name, topic.partitions.length])),
  };
}
