/**
 * A Kafka broker inside this process: librdkafka's mock cluster, on loopback TCP. Any client of any
 * process can talk to it. It creates topics by itself when somebody publishes to them (4 partitions), keeps 5 MiB per
 * partition, and has no TLS, SASL or ACLs. A consumer group of it is formed in 3 s; after a member has left, it takes
 * the next one only when `session.timeout.ms` (45 s, less 1 s) is over: pass 6000 through
 * `downlink.consumer.properties` where gateways of one group follow each other.
 */
import { ConnectionError } from '../api/errors.js';
import { loadNative } from '../kafka/client/native.js';

/** A running embedded broker. */
export interface EmbeddedBroker {
  /** `host:port[,host:port…]`, for `connection.bootstrapServers`. */
  readonly bootstrapServers: string;
  /** Ends the broker; what it held is gone. May be called more than once. */
  stop(): Promise<void>;
}

/** How to start an embedded broker. */
export interface EmbeddedBrokerOptions {
  /** Number of brokers, 1–9. Default 1. */
  readonly brokers?: number;
}

const START_TIMEOUT_MS = 10_000;

/**
 * @throws NorthwardError `NATIVE_MODULE_UNAVAILABLE` where the native client cannot be loaded.
 */
export async function startEmbeddedBroker(options: EmbeddedBrokerOptions = {}): Promise<EmbeddedBroker> {
  const native = await loadNative();
  const properties = { 'test.mock.num.brokers': options.brokers ?? 1, 'bootstrap.servers': 'embedded' };
  // The client's types do not know the test properties.
  const host = new native.Producer(properties as ConstructorParameters<typeof native.Producer>[0]);
  // Its clients come and go: that is no news.
  host.on('event.error', () => undefined);
  const bootstrapServers = await new Promise<string>((resolve, reject) => {
    host.connect({ timeout: START_TIMEOUT_MS }, (error, metadata) => {
      if (error)
        reject(new ConnectionError('CLIENT_FAILED', 'The embedded broker did not start', { cause: error }));
      else resolve(metadata.brokers.map((broker) => `${broker.host}:${broker.port}`).join(','));
    });
  });
  let stopping: Promise<void> | undefined;
  return {
    bootstrapServers,
    stop: () => {
      stopping ??= new Promise<void>((resolve) => {
        host.disconnect(0, () => {
          resolve();
        });
      });
      return stopping;
    },
  };
}
